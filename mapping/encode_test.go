package mapping_test

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"ingest/mapping"
)

func shape(kind mapping.Kind, logical ...mapping.Logical) *mapping.Shape {
	s := &mapping.Shape{Kind: kind}
	if len(logical) > 0 {
		s.Logical = logical[0]
	}
	return s
}

// check compares appended bytes, which must leave what stood before alone.
func check(t *testing.T, got []byte, err error, want string) {
	t.Helper()
	fault, bad := strings.CutPrefix(want, "!")
	switch {
	case bad && (err == nil || !strings.Contains(err.Error(), fault)):
		t.Errorf("got %x, %v, want the fault %q", got, err, fault)
	case !bad && err != nil:
		t.Error(err)
	case !bad && hex.EncodeToString(got) != "ee"+want:
		t.Errorf("got %x, want ee%s", got, want)
	}
}

func TestIntEncoders(t *testing.T) {
	date, millis, micros, nanos := mapping.LogicalDate, mapping.LogicalTimestampMillis, mapping.LogicalTimestampMicros, mapping.LogicalTimestampNanos
	long, integer := shape(mapping.KindLong), shape(mapping.KindInt)
	cases := []struct {
		name  string
		shape *mapping.Shape
		cql   string
		unit  mapping.Unit
		v     int64
		want  string // hexadecimal, or ! and the fault
	}{
		{"true", shape(mapping.KindBoolean), "boolean", 0, 1, "01"},
		{"false", shape(mapping.KindBoolean), "boolean", 0, 0, "00"},
		{"tinyint lowest", long, "tinyint", 0, -128, "80"},
		{"tinyint too large", long, "tinyint", 0, 128, "!out of range for tinyint"},
		{"tinyint too small", long, "tinyint", 0, -129, "!out of range for tinyint"},
		{"smallint", integer, "smallint", 0, -2, "fffe"},
		{"smallint too large", integer, "smallint", 0, 32768, "!out of range for smallint"},
		{"int highest", long, "int", 0, math.MaxInt32, "7fffffff"},
		{"int too large", long, "int", 0, math.MaxInt32 + 1, "!out of range for int"},
		{"int too small", long, "int", 0, math.MinInt32 - 1, "!out of range for int"},
		{"bigint", long, "bigint", 0, math.MinInt64, "8000000000000000"},
		{"bigint from int", integer, "bigint", 0, -1, "ffffffffffffffff"},
		{"varint zero", long, "varint", 0, 0, "00"},
		{"varint 127", long, "varint", 0, 127, "7f"},
		{"varint 128 needs a sign byte", long, "varint", 0, 128, "0080"},
		{"varint -128", long, "varint", 0, -128, "80"},
		{"varint -129", long, "varint", 0, -129, "ff7f"},
		{"varint lowest", long, "varint", 0, math.MinInt64, "8000000000000000"},
		{"decimal", long, "decimal", 0, 1234, "0000000004d2"},
		{"double", integer, "double", 0, -3, "c008000000000000"},
		{"double 2^53", long, "double", 0, 1 << 53, "4340000000000000"},
		{"double 2^53+1", long, "double", 0, 1<<53 + 1, "!more digits"},
		{"double highest long", long, "double", 0, math.MaxInt64, "!more digits"},
		{"double lowest long", long, "double", 0, math.MinInt64, "c3e0000000000000"},
		{"float", long, "float", 0, 1 << 24, "4b800000"},
		{"float 2^24+1", integer, "float", 0, 1<<24 + 1, "!more digits"},
		{"timestamp reads milliseconds", long, "timestamp", 0, 1_000, "00000000000003e8"},
		{"timestamp in seconds", long, "timestamp", mapping.UnitSeconds, -1, "fffffffffffffc18"},
		{"timestamp in too many seconds", long, "timestamp", mapping.UnitSeconds, math.MaxInt64 / 999, "!out of range for timestamp"},
		{"timestamp in too few seconds", long, "timestamp", mapping.UnitSeconds, math.MinInt64 / 999, "!out of range for timestamp"},
		{"timestamp in microseconds", long, "timestamp", mapping.UnitMicros, 1_999, "0000000000000001"},
		{"timestamp in nanoseconds", long, "timestamp", mapping.UnitNanos, -1, "ffffffffffffffff"},
		{"timestamp-millis", shape(mapping.KindLong, millis), "timestamp", 0, 7, "0000000000000007"},
		{"timestamp-millis raw", shape(mapping.KindLong, millis), "bigint", 0, 7, "0000000000000007"},
		{"timestamp-micros before 1970 is floored", shape(mapping.KindLong, micros), "timestamp", 0, -1, "ffffffffffffffff"},
		{"timestamp-micros exact before 1970", shape(mapping.KindLong, micros), "timestamp", 0, -1000, "ffffffffffffffff"},
		{"timestamp-nanos", shape(mapping.KindLong, nanos), "timestamp", 0, 2_999_999, "0000000000000002"},
		{"unit wins over the logical type", shape(mapping.KindLong, millis), "timestamp", mapping.UnitMicros, 3_000, "0000000000000003"},
		{"date 1970-01-01", shape(mapping.KindInt, date), "date", 0, 0, "80000000"},
		{"date 1969-12-31", shape(mapping.KindInt, date), "date", 0, -1, "7fffffff"},
		{"date 1970-01-02", shape(mapping.KindInt, date), "date", 0, 1, "80000001"},
		{"date lowest", shape(mapping.KindInt, date), "date", 0, math.MinInt32, "00000000"},
		{"date into timestamp is midnight", shape(mapping.KindInt, date), "timestamp", 0, -1, "fffffffffad9a400"},
		{"time-millis", shape(mapping.KindInt, mapping.LogicalTimeMillis), "time", 0, 1, "00000000000f4240"},
		{"time-millis last", shape(mapping.KindInt, mapping.LogicalTimeMillis), "time", 0, 86_399_999, "00004e94913fbdc0"},
		{"time-millis of a whole day", shape(mapping.KindInt, mapping.LogicalTimeMillis), "time", 0, 86_400_000, "!time of day"},
		{"time-micros", shape(mapping.KindLong, mapping.LogicalTimeMicros), "time", 0, 86_399_999_999, "00004e94914efc18"},
		{"time-micros negative", shape(mapping.KindLong, mapping.LogicalTimeMicros), "time", 0, -1, "!time of day"},
		{"time-micros too large to multiply", shape(mapping.KindLong, mapping.LogicalTimeMicros), "time", 0, math.MaxInt64 / 2, "!time of day"},
		{"time-millis raw", shape(mapping.KindInt, mapping.LogicalTimeMillis), "int", 0, 5, "00000005"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			encode, err := mapping.IntEncoderFor(c.shape, cql(t, c.cql), c.unit)
			if err != nil {
				t.Fatal(err)
			}
			got, err := encode([]byte{0xee}, c.v)
			check(t, got, err, c.want)
		})
	}
}

func TestFloatEncoders(t *testing.T) {
	cases := []struct {
		kind mapping.Kind
		cql  string
		v    float64
		want string
	}{
		{mapping.KindFloat, "float", 1.5, "3fc00000"},
		{mapping.KindFloat, "double", 0.5, "3fe0000000000000"},
		{mapping.KindFloat, "float", mapping.Widen(0xffba0001), "ffba0001"},
		{mapping.KindFloat, "float", mapping.Widen(0x7fc00000), "7fc00000"},
		{mapping.KindFloat, "double", mapping.Widen(0x7fba0000), "7ff7400000000000"},
		{mapping.KindDouble, "double", math.Inf(-1), "fff0000000000000"},
		{mapping.KindDouble, "double", 0.1, "3fb999999999999a"},
	}
	for _, c := range cases {
		encode, err := mapping.FloatEncoderFor(shape(c.kind), cql(t, c.cql))
		if err != nil {
			t.Fatal(err)
		}
		got, err := encode([]byte{0xee}, c.v)
		check(t, got, err, c.want)
	}
	if _, err := mapping.FloatEncoderFor(shape(mapping.KindDouble), cql(t, "float")); err == nil || !strings.Contains(err.Error(), "double") {
		t.Errorf("double into float: got %v", err)
	}
}

const (
	uuid4 = "6f1c2b9e-8a41-4f63-9c0e-2f0a6f0f3d11"
	uuid1 = "58e0a7d7-eebc-11d8-9669-0800200c9a66"
)

func decimalShape(precision, scale int) *mapping.Shape {
	return &mapping.Shape{Kind: mapping.KindBytes, Logical: mapping.LogicalDecimal, Precision: precision, Scale: scale}
}

func TestBytesEncoders(t *testing.T) {
	text, raw := shape(mapping.KindString), shape(mapping.KindBytes)
	fixedUUID := &mapping.Shape{Kind: mapping.KindFixed, Size: 16, Logical: mapping.LogicalUUID}
	duration := &mapping.Shape{Kind: mapping.KindFixed, Size: 12, Logical: mapping.LogicalDuration}
	bigDecimal := shape(mapping.KindBytes, mapping.LogicalBigDecimal)
	cases := []struct {
		name  string
		shape *mapping.Shape
		cql   string
		v     string
		want  string
	}{
		{"text", text, "text", "grüß", "6772c3bcc39f"},
		{"empty text", text, "text", "", ""},
		{"text that is no UTF-8", text, "text", "a\xff", "!not valid UTF-8"},
		{"text with a surrogate", text, "text", "\xed\xa0\x80", "!not valid UTF-8"},
		{"ascii", text, "ascii", "ab", "6162"},
		{"ascii with more", text, "ascii", "\u00fc", "!outside of ASCII"},
		{"string into blob", text, "blob", "a\xff", "61ff"},
		{"bytes into blob", raw, "blob", "\x00\x01", "0001"},
		{"uuid", text, "uuid", uuid4, "6f1c2b9e8a414f639c0e2f0a6f0f3d11"},
		{"uuid in capitals", text, "uuid", strings.ToUpper(uuid4), "6f1c2b9e8a414f639c0e2f0a6f0f3d11"},
		{"uuid too short", text, "uuid", uuid4[:35], "!not a UUID"},
		{"uuid with another letter", text, "uuid", "g" + uuid4[1:], "!not a UUID"},
		{"uuid with a hyphen too many", text, "uuid", uuid4[:34] + "-1", "!not a UUID"},
		{"uuid without hyphens", text, "uuid", strings.Repeat("0", 36), "!not a UUID"},
		{"timeuuid", text, "timeuuid", uuid1, "58e0a7d7eebc11d896690800200c9a66"},
		{"timeuuid of version 4", text, "timeuuid", uuid4, "!not of version 1"},
		{"fixed uuid", fixedUUID, "uuid", "0123456789abcdef", "30313233343536373839616263646566"},
		{"fixed timeuuid", fixedUUID, "timeuuid", "012345\x17" + "789abcdef", "30313233343517373839616263646566"},
		{"fixed timeuuid of version 3", fixedUUID, "timeuuid", "0123456789abcdef", "!not of version 1"},
		{"IPv4", text, "inet", "192.0.2.1", "c0000201"},
		{"IPv4 with a leading zero", text, "inet", "192.0.02.1", "!not an IPv4"},
		{"IPv4 of three parts", text, "inet", "192.0.2", "!not an IPv4"},
		{"IPv4 out of range", text, "inet", "192.0.2.256", "!not an IPv4"},
		{"IPv6", text, "inet", "2001:db8::8:800:200c:417a", "20010db80000000000080800200c417a"},
		{"IPv6 of all groups", text, "inet", "1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
		{"IPv6 unspecified", text, "inet", "::", "00000000000000000000000000000000"},
		{"IPv6 that ends in a gap", text, "inet", "fe80::", "fe800000000000000000000000000000"},
		{"IPv6 with an IPv4 tail", text, "inet", "64:ff9b::192.0.2.33", "0064ff9b0000000000000000c0000221"},
		{"IPv4 in IPv6 is IPv4", text, "inet", "::ffff:192.0.2.1", "c0000201"},
		{"IPv6 with two gaps", text, "inet", "1::2::3", "!not an IPv4"},
		{"IPv6 whose gap ends it", text, "inet", "1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
		{"IPv6 whose gap stands for nothing", text, "inet", "1:2:3:4:5:6:7::8", "!not an IPv4"},
		{"IPv6 with a zone", text, "inet", "fe80::1%eth0", "!not an IPv4"},
		{"IPv6 of nine groups", text, "inet", "1:2:3:4:5:6:7:8:9", "!not an IPv4"},
		{"IPv6 with an open end", text, "inet", "1:2:3:4:5:6:7:", "!not an IPv4"},
		{"IPv6 group of five digits", text, "inet", "12345::", "!not an IPv4"},
		{"no address", text, "inet", "", "!not an IPv4"},
		{"decimal 12.34", decimalShape(10, 2), "decimal", "\x04\xd2", "0000000204d2"},
		{"decimal is cut to its shortest", decimalShape(10, 2), "decimal", "\x00\x00\x04\xd2", "0000000204d2"},
		{"decimal -1 is cut to its shortest", decimalShape(10, 0), "decimal", "\xff\xff", "00000000ff"},
		{"decimal keeps its sign byte", decimalShape(10, 0), "decimal", "\x00\x80", "000000000080"},
		{"decimal without digits", decimalShape(10, 2), "decimal", "", "!no digits"},
		{"decimal into varint", decimalShape(10, 0), "varint", "\x00\x7f", "7f"},
		{"decimal 12.00 into varint", decimalShape(10, 2), "varint", "\x04\xb0", "0c"},
		{"decimal -12.00 into varint", decimalShape(10, 2), "varint", "\xfb\x50", "f4"},
		{"decimal 12.34 into varint", decimalShape(10, 2), "varint", "\x04\xd2", "!fraction"},
		{"decimal 2^64 into varint", decimalShape(30, 1), "varint", "\x0a\x00\x00\x00\x00\x00\x00\x00\x00", "010000000000000000"},
		{"decimal -2^64 into varint", decimalShape(30, 1), "varint", "\xf6\x00\x00\x00\x00\x00\x00\x00\x00", "ff0000000000000000"},
		{"decimal 2^64 plus a tenth into varint", decimalShape(30, 1), "varint", "\x0a\x00\x00\x00\x00\x00\x00\x00\x01", "!fraction"},
		{"long decimal into varint", decimalShape(30, 1), "varint", strings.Repeat("a", 5000), "!too many digits"},
		{"big-decimal 12.34", bigDecimal, "decimal", "\x04\x04\xd2\x04", "0000000204d2"},
		{"big-decimal of negative scale", bigDecimal, "decimal", "\x02\x07\x03", "fffffffe07"},
		{"big-decimal without scale", bigDecimal, "decimal", "\x02\x07", "!malformed"},
		{"big-decimal with more", bigDecimal, "decimal", "\x02\x07\x03\x00", "!malformed"},
		{"big-decimal with a long length", bigDecimal, "decimal", "\x20\x07\x03", "!malformed"},
		{"duration", duration, "duration", "\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00", "0204e05b8d80"},
		{"duration of too many months", duration, "duration", "\x00\x00\x00\x80\x02\x00\x00\x00\x03\x00\x00\x00", "!out of range for duration"},
		{"longest duration", duration, "duration", "\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff\xff", "f0fffffffef0fffffffefe1e847fffe17b80"},
		{"duration into blob", duration, "blob", "123456789012", "313233343536373839303132"},
		{"enum", shape(mapping.KindEnum), "text", "WEB", "574542"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			encode, err := mapping.BytesEncoderFor(c.shape, cql(t, c.cql))
			if err != nil {
				t.Fatal(err)
			}
			got, err := encode([]byte{0xee}, []byte(c.v))
			check(t, got, err, c.want)
			if check, same := mapping.SameBytes(c.shape, cql(t, c.cql)); same && err == nil {
				if string(got[1:]) != c.v || check != nil && check([]byte(c.v)) != nil {
					t.Error("SameBytes disagrees with the encoder")
				}
			} else if same && check([]byte(c.v)) == nil {
				t.Error("SameBytes' check passes what the encoder refuses")
			}
		})
	}
}

func TestEncodersAllocateNothing(t *testing.T) {
	buffer := make([]byte, 0, 256)
	for name, text := range map[string]string{"uuid": uuid4, "timeuuid": uuid1, "inet": "2001:db8::1", "text": "text"} {
		encode, err := mapping.BytesEncoderFor(shape(mapping.KindString), cql(t, name))
		if err != nil {
			t.Fatal(err)
		}
		v := []byte(text)
		if n := testing.AllocsPerRun(100, func() { _, err = encode(buffer, v) }); n != 0 || err != nil {
			t.Errorf("%s: %v allocations, %v", name, n, err)
		}
	}
}
