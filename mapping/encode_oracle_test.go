package mapping_test

import (
	"encoding/binary"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gocql/gocql"
	"gopkg.in/inf.v0"
)

// What a text or bytes stand for, read by other code than the encoders': each gives
// the Go value that gocql marshals, or nil.

var (
	uuidText    = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	wholeText   = regexp.MustCompile(`^[+-]?[0-9]{1,1000}$`)
	decimalText = regexp.MustCompile(`^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$`)
	clockText   = regexp.MustCompile(`^\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z?$`)
	instantText = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
	isoText     = regexp.MustCompile(`^(-?)P(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?(T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?)(\d+)(?:[.,](\d{1,9}))?S)?)?$`)
)

func uuidOf(text string, version int) any {
	id, err := gocql.ParseUUID(text)
	return when(err == nil && uuidText.MatchString(text) && (version == 0 || id.Version() == version), id)
}

func wholeOf(text string) any {
	n, ok := new(big.Int).SetString(text, 10)
	return when(ok && wholeText.MatchString(text), n)
}

func decimalOf(text string) any {
	m := decimalText.FindStringSubmatch(text)
	if m == nil || m[2]+m[3] == "" || len(m[1]+m[2]+m[3]) > 1000 {
		return nil
	}
	n, ok := new(big.Int).SetString(m[1]+m[2]+m[3], 10)
	exponent, err := strconv.Atoi("0" + m[4])
	if m[4] != "" {
		exponent, err = strconv.Atoi(m[4])
	}
	if !ok || err != nil || exponent > 4096 || exponent < -4096 {
		return nil
	}
	return *inf.NewDecBig(n, inf.Scale(len(m[3])-exponent))
}

func instantOf(text string) any {
	at, err := time.Parse(time.RFC3339, text)
	return when(err == nil && len(text) <= 44 && instantText.MatchString(text), at)
}

func dayOf(text string) any {
	at, err := time.Parse(time.DateOnly, strings.TrimSuffix(text, "Z"))
	return when(err == nil && len(strings.TrimSuffix(text, "Z")) == 10, at)
}

func clockOf(text string) any {
	if !clockText.MatchString(text) {
		return nil
	}
	layout := "15:04:05"
	if strings.Count(text, ":") == 1 {
		layout = "15:04"
	}
	at, err := time.Parse(layout, strings.TrimSuffix(text, "Z"))
	return when(err == nil, at.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)))
}

// isoDurationOf counts in numbers without bounds and looks at the bounds last.
func isoDurationOf(text string) any {
	m := isoText.FindStringSubmatch(text)
	if m == nil || m[6] == "T" || strings.HasSuffix(text, "P") {
		return nil
	}
	for _, digits := range []string{m[2], m[3], m[4], m[5], m[7], m[8], m[10]} {
		if len(strings.Trim(digits, "+-")) > 18 {
			return nil
		}
	}
	num := func(s string) *big.Int {
		n, _ := new(big.Int).SetString("0"+strings.TrimLeft(s, "+-"), 10)
		if strings.HasPrefix(s, "-") {
			n.Neg(n)
		}
		return n
	}
	sum := func(parts ...*big.Int) *big.Int {
		total := new(big.Int)
		for i := 0; i < len(parts); i += 2 {
			total.Add(total, new(big.Int).Mul(parts[i], parts[i+1]))
		}
		return total
	}
	one := func(n int64) *big.Int { return big.NewInt(n) }
	nanos := num(m[9] + m[10] + (m[11] + "000000000")[:9])
	months, days := sum(num(m[2]), one(12), num(m[3]), one(1)), sum(num(m[4]), one(7), num(m[5]), one(1))
	nanos = sum(num(m[7]), one(3_600_000_000_000), num(m[8]), one(60_000_000_000), nanos, one(1))
	all := []*big.Int{months, days, nanos}
	for i, n := range all {
		limit := int64(math.MaxInt32)
		if i == 2 {
			limit = math.MaxInt64
		}
		if new(big.Int).Abs(n).Cmp(one(limit)) > 0 {
			return nil
		}
		if m[1] == "-" {
			n.Neg(n)
		}
	}
	signs := []int{months.Sign(), days.Sign(), nanos.Sign()}
	if slices.Min(signs) < 0 && slices.Max(signs) > 0 {
		return nil
	}
	return gocql.Duration{Months: int32(months.Int64()), Days: int32(days.Int64()), Nanoseconds: nanos.Int64()}
}

// bigDecimalOf reads Avro's bytes, then an Avro int, and nothing more.
func bigDecimalOf(v []byte) any {
	length, n := binary.Varint(v)
	if n <= 0 || length < 1 || length > int64(len(v)-n) {
		return nil
	}
	scale, m := binary.Varint(v[n+int(length):])
	if m <= 0 || n+int(length)+m != len(v) || scale != int64(int32(scale)) {
		return nil
	}
	return *inf.NewDecBig(twos(v[n:n+int(length)]), inf.Scale(scale))
}

// twos reads two's complement, bit by bit.
func twos(v []byte) *big.Int {
	n := new(big.Int).SetBytes(v)
	if len(v) > 0 && v[0]&0x80 != 0 {
		n.SetBit(n, 8*len(v), 0)
		n.Sub(n, new(big.Int).SetBit(new(big.Int), 8*len(v), 1))
	}
	return n
}

func reversed(v []byte) []byte {
	out := slices.Clone(v)
	slices.Reverse(out)
	return out
}
