package mapping_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"gopkg.in/inf.v0"

	"ingest/mapping"
)

// alike compares what an encoder made of a value, or that it made nothing of it,
// with the driver's bytes of the Go value that it stands for; nil is a value that
// the type does not hold.
func alike(t *testing.T, column string, got []byte, err error, theirs any) {
	t.Helper()
	kind := cql(t, column).Kind
	want, driverErr := []byte(nil), error(nil)
	if theirs != nil {
		want, driverErr = gocql.Marshal(driverType(kind), theirs)
	}
	switch fits := theirs != nil && driverErr == nil; {
	case fits != (err == nil):
		t.Fatalf("%s: got %x, %v, the driver %x, %v", column, got, err, want, driverErr)
	case fits && !bytes.Equal(got, want):
		t.Fatalf("%s: got %x, the driver %x", column, got, want)
	}
}

// when gives a value, or nil where the column does not hold it.
func when(holds bool, v any) any {
	if holds {
		return v
	}
	return nil
}

// FuzzIntegersLikeTheDriver holds every encoder of int and long to gocql.
func FuzzIntegersLikeTheDriver(f *testing.F) {
	for _, v := range []int64{0, -1, 127, 128, -128, -129, math.MaxInt16, math.MaxInt32, math.MinInt32, 1 << 24, 1<<24 + 1, 1 << 53, 1<<53 + 1,
		math.MaxInt64, math.MinInt64, 86_399_999, 86_400_000, 86_400_000_000, -1_000_001, math.MaxInt64 / 1000, math.MinInt64/1000 - 1} {
		f.Add(v)
	}
	const day = 86_400
	f.Fuzz(func(t *testing.T, v int64) {
		small := int64(int32(v))
		date := time.Unix(small*day, 0).UTC()
		isTime := func(perDay int64) bool { return v >= 0 && v < perDay }
		for _, c := range []struct {
			shape  *mapping.Shape
			column string
			unit   mapping.Unit
			theirs any
		}{
			{shape(mapping.KindLong), "tinyint", 0, v}, {shape(mapping.KindLong), "smallint", 0, v}, {shape(mapping.KindLong), "int", 0, v},
			{shape(mapping.KindLong), "bigint", 0, v}, {shape(mapping.KindLong), "counter", 0, v}, {shape(mapping.KindLong), "varint", 0, v},
			{shape(mapping.KindLong), "decimal", 0, *inf.NewDec(v, 0)}, {shape(mapping.KindLong), "timestamp", 0, v},
			{shape(mapping.KindLong), "double", 0, when(holdsExactly(v, 53), float64(v))}, {shape(mapping.KindLong), "float", 0, when(holdsExactly(v, 24), float32(v))},
			{shape(mapping.KindLong), "timestamp", mapping.UnitSeconds, when(v == v*1000/1000, time.Unix(v, 0))},
			{shape(mapping.KindLong), "timestamp", mapping.UnitMicros, time.UnixMicro(v)}, {shape(mapping.KindLong), "timestamp", mapping.UnitNanos, time.Unix(0, v)},
			{shape(mapping.KindInt, mapping.LogicalDate), "date", 0, date}, {shape(mapping.KindInt, mapping.LogicalDate), "timestamp", 0, date},
			{shape(mapping.KindInt, mapping.LogicalTimeMillis), "time", 0, when(isTime(day*1000), time.Duration(v)*time.Millisecond)},
			{shape(mapping.KindLong, mapping.LogicalTimeMicros), "time", 0, when(isTime(day*1_000_000), time.Duration(v)*time.Microsecond)},
			{shape(mapping.KindLong, mapping.LogicalTimeNanos), "time", 0, when(isTime(day*1_000_000_000), time.Duration(v))},
			{shape(mapping.KindLong, mapping.LogicalTimestampMicros), "timestamp", 0, time.UnixMicro(v)},
			{shape(mapping.KindLong, mapping.LogicalTimestampNanos), "timestamp", 0, time.Unix(0, v)},
			{shape(mapping.KindLong, mapping.LogicalTimestampMicros), "date", 0, time.UnixMicro(v).UTC().Truncate(day * time.Second)},
			{shape(mapping.KindLong, mapping.LogicalTimestampNanos), "date", 0, time.Unix(0, v).UTC().Truncate(day * time.Second)},
			{shape(mapping.KindLong, mapping.LogicalMicroDuration), "duration", 0, when(v == v*1000/1000, gocql.Duration{Nanoseconds: v * 1000})},
			{shape(mapping.KindLong, mapping.LogicalNanoDuration), "duration", 0, gocql.Duration{Nanoseconds: v}},
		} {
			encode, err := mapping.IntEncoderFor(c.shape, cql(t, c.column), c.unit)
			if err != nil {
				t.Fatal(err)
			}
			in := v
			if c.shape.Logical == mapping.LogicalDate {
				in = small
			}
			if c.column == "date" && c.shape.Logical == mapping.LogicalTimestampMicros && (v > 1<<60 || v < -1<<60) {
				continue // the driver multiplies in 64 bits
			}
			got, err := encode(nil, in)
			alike(t, c.column, got, err, c.theirs)
		}
	})
}

// holdsExactly says by bits alone whether a binary floating point number of so many
// digits holds an integer.
func holdsExactly(v int64, digits int) bool {
	n := new(big.Int).Abs(big.NewInt(v))
	return n.BitLen()-int(n.TrailingZeroBits()) <= digits
}

// FuzzFloatsLikeTheDriver: every bit pattern, of a NaN too, is what gocql writes.
func FuzzFloatsLikeTheDriver(f *testing.F) {
	for _, bits := range []uint64{0, 1 << 63, 0x7ff0000000000000, 0x7ff8000000000001, 0x7ff0000000000001, 0x3fb999999999999a, 1} {
		f.Add(bits, uint32(bits>>32))
	}
	f.Fuzz(func(t *testing.T, wide uint64, narrow uint32) {
		encode := func(kind mapping.Kind, column string) mapping.FloatEncoder {
			e, err := mapping.FloatEncoderFor(shape(kind), cql(t, column))
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		got, err := encode(mapping.KindDouble, "double")(nil, math.Float64frombits(wide))
		alike(t, "double", got, err, math.Float64frombits(wide))
		got, err = encode(mapping.KindFloat, "float")(nil, mapping.Widen(narrow))
		alike(t, "float", got, err, math.Float32frombits(narrow))
	})
}

// FuzzTextLikeTheDriver: what a text is read as, and whether at all, is what the
// standard library and gocql make of it.
func FuzzTextLikeTheDriver(f *testing.F) {
	for _, s := range []string{"", "grüße", "a\xff", uuid4, uuid1, strings.ToUpper(uuid1), "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "1.50", "-.5", "1e3", "+7", "--1",
		"2026-01-31", "2026-01-31Z", "0000-01-01", "13:30", "13:30:00.5", "24:00", "2026-01-31T13:30:00.123456789Z", "2026-01-31T13:30:00+02:00", "1969-12-31T23:59:59.9999Z",
		"P1Y2M3DT4H5M6.7S", "-P1D", "P-1Y-2D", "PT0S", "P1D1Y", "1y2mo3d"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		text := string(v)
		read := func(column string) ([]byte, error) {
			encode, err := mapping.BytesEncoderFor(shape(mapping.KindString), cql(t, column))
			if err != nil {
				t.Fatal(err)
			}
			return encode(nil, v)
		}
		for column, theirs := range map[string]any{
			"text": when(strings.ToValidUTF8(text, "") == text, text), "ascii": when(strings.IndexFunc(text, func(r rune) bool { return r > 127 }) < 0 && strings.ToValidUTF8(text, "") == text, text),
			"blob": v, "uuid": uuidOf(text, 0), "timeuuid": uuidOf(text, 1), "inet": addressOf(text), "varint": wholeOf(text), "decimal": decimalOf(text),
			"timestamp": instantOf(text), "date": dayOf(text), "time": clockOf(text),
		} {
			got, err := read(column)
			alike(t, column, got, err, theirs)
		}
		if got, err := read("duration"); strings.ContainsRune(text, 'P') {
			alike(t, "duration", got, err, isoDurationOf(text))
		}
	})
}

// FuzzBinaryLikeTheDriver holds the encoders of bytes and fixed to gocql.
func FuzzBinaryLikeTheDriver(f *testing.F) {
	for _, s := range []string{"", "\x00", "\x00\x7f", "\xff\xff\x80", "\x04\xd2", "0123456789abcdef", "\x04\x04\xd2\x04", "\x02\x07\x03", "\x0a\x00\x00\x00\x00\x00\x00\x00\x00"} {
		f.Add([]byte(s), int8(2))
		f.Add([]byte(s), int8(-2))
	}
	for _, scale := range []int8{-1, 0, 1} { // longer than what is computed with
		f.Add(bytes.Repeat([]byte{90}, 4200), scale)
		f.Add(append(make([]byte, 4200), 10), scale)
	}
	f.Fuzz(func(t *testing.T, v []byte, scale int8) {
		encode := func(s *mapping.Shape, column string) ([]byte, error) {
			e, err := mapping.BytesEncoderFor(s, cql(t, column))
			if err != nil {
				t.Fatal(err)
			}
			return e(nil, v)
		}
		n, power := twos(v), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil)
		whole, rest := new(big.Int).QuoRem(n, power, new(big.Int))
		if scale < 0 {
			whole, rest = new(big.Int).Mul(n, power), new(big.Int)
		}
		decimal := decimalShape(1000, int(scale))
		got, err := encode(decimal, "decimal")
		alike(t, "decimal", got, err, when(len(v) > 0, *inf.NewDecBig(n, inf.Scale(scale))))
		got, err = encode(decimal, "varint")
		alike(t, "varint", got, err, when(len(v) > 0 && (scale == 0 || sizeOf(n) <= 4096) && rest.Sign() == 0, whole))
		got, err = encode(shape(mapping.KindBytes, mapping.LogicalBigDecimal), "decimal")
		alike(t, "decimal", got, err, bigDecimalOf(v))

		bits := new(big.Int).SetBytes(reversed(v))
		got, err = encode(shape(mapping.KindBytes, mapping.LogicalBits), "varint")
		alike(t, "varint", got, err, bits)
		got, err = encode(shape(mapping.KindBytes, mapping.LogicalBits), "bigint")
		alike(t, "bigint", got, err, when(bits.IsInt64(), bits.Int64()))
		if len(v) == 12 {
			months, days, millis := binary.LittleEndian.Uint32(v), binary.LittleEndian.Uint32(v[4:]), binary.LittleEndian.Uint32(v[8:])
			got, err = encode(&mapping.Shape{Kind: mapping.KindFixed, Size: 12, Logical: mapping.LogicalDuration}, "duration")
			alike(t, "duration", got, err, when(months|days < 1<<31, gocql.Duration{Months: int32(months), Days: int32(days), Nanoseconds: int64(millis) * 1_000_000}))
		}
	})
}

// sizeOf gives how many bytes a number has in two's complement.
func sizeOf(n *big.Int) int {
	if n.Sign() < 0 {
		n = new(big.Int).Not(n)
	}
	return n.BitLen()/8 + 1
}

func addressOf(text string) any {
	ip := net.ParseIP(text)
	return when(ip != nil, ip)
}
