package literal

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ingest/mapping"
)

// scalar writes a value of a type that holds no others.
func scalar(kind mapping.TypeKind, data []byte) (string, error) {
	switch kind {
	case mapping.TypeVarint:
		return whole(data).String(), nil
	case mapping.TypeDecimal:
		return decimal(data)
	case mapping.TypeInet:
		address, ok := netip.AddrFromSlice(data)
		if !ok {
			return "", errBytes
		}
		return "'" + address.String() + "'", nil
	case mapping.TypeDuration:
		return duration(data)
	}
	if want, ok := sizes[kind]; !ok || len(data) != want {
		return "", errBytes
	}
	return sized(kind, data), nil
}

// sizes are those of the types of one size, in bytes.
var sizes = map[mapping.TypeKind]int{
	mapping.TypeBoolean: 1, mapping.TypeTinyint: 1, mapping.TypeSmallint: 2, mapping.TypeInt: 4, mapping.TypeDate: 4, mapping.TypeFloat: 4,
	mapping.TypeBigint: 8, mapping.TypeCounter: 8, mapping.TypeTimestamp: 8, mapping.TypeTime: 8, mapping.TypeDouble: 8,
	mapping.TypeUUID: 16, mapping.TypeTimeUUID: 16,
}

func sized(kind mapping.TypeKind, data []byte) string {
	n := signed(data)
	switch kind {
	case mapping.TypeBoolean:
		return strconv.FormatBool(data[0] != 0)
	case mapping.TypeFloat:
		return float(float64(math.Float32frombits(binary.BigEndian.Uint32(data))), 32)
	case mapping.TypeDouble:
		return float(math.Float64frombits(binary.BigEndian.Uint64(data)), 64)
	case mapping.TypeTimestamp:
		return timestamp(n)
	case mapping.TypeDate: // days, with 1970-01-01 in the middle of what 32 bits hold
		days := int64(binary.BigEndian.Uint32(data)) - 1<<31
		return date(days)
	case mapping.TypeTime:
		return "'" + time.Unix(0, n).UTC().Format("15:04:05.999999999") + "'"
	case mapping.TypeUUID, mapping.TypeTimeUUID:
		h := hex.EncodeToString(data)
		return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
	}
	return number(n)
}

// signed reads up to eight bytes as a number.
func signed(data []byte) int64 {
	if len(data) > 8 {
		return 0
	}
	n := int64(int8(data[0]))
	for _, c := range data[1:] {
		n = n<<8 | int64(c)
	}
	return n
}

func float(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}

// Years that CQL's text of a point in time can have; others are numbers.
const (
	firstYear = 0
	lastYear  = 9999
)

func timestamp(millis int64) string {
	at := time.UnixMilli(millis).UTC()
	if at.Year() < firstYear || at.Year() > lastYear {
		return number(millis)
	}
	return "'" + at.Format("2006-01-02T15:04:05.000Z") + "'"
}

func date(days int64) string {
	at := time.Unix(0, 0).UTC().AddDate(0, 0, int(days))
	if at.Year() < firstYear || at.Year() > lastYear {
		return number(days + 1<<31)
	}
	return "'" + at.Format("2006-01-02") + "'"
}

// whole reads a number of any length in two's complement.
func whole(data []byte) *big.Int {
	n := new(big.Int).SetBytes(data)
	if len(data) > 0 && data[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(data))*8))
	}
	return n
}

// maxZeros bounds how many zeros are written out for a decimal's scale.
const maxZeros = 100

func decimal(data []byte) (string, error) {
	if len(data) < 5 {
		return "", errBytes
	}
	scale := int(int32(binary.BigEndian.Uint32(data)))
	n := whole(data[4:])
	digits := new(big.Int).Abs(n).String()
	switch {
	case scale == 0:
		return n.String(), nil
	case scale < 0 || scale > len(digits)+maxZeros:
		return n.String() + "E" + strconv.Itoa(-scale), nil
	}
	if missing := scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:], nil
}

// duration writes months, days and nanoseconds, of which all have one sign.
func duration(data []byte) (string, error) {
	r := &reader{data: data}
	months, days, nanos := r.vint(), r.vint(), r.vint()
	if err := r.done(); err != nil {
		return "", err
	}
	sign := ""
	if months < 0 || days < 0 || nanos < 0 {
		sign, months, days, nanos = "-", -months, -days, -nanos
	}
	var b strings.Builder
	for _, part := range [...]struct {
		n    int64
		unit string
	}{{months, "mo"}, {days, "d"}, {nanos, "ns"}} {
		if part.n != 0 {
			b.WriteString(number(part.n) + part.unit)
		}
	}
	if b.Len() == 0 {
		return "0s", nil
	}
	return sign + b.String(), nil
}
