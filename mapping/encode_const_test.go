package mapping_test

import (
	"strings"
	"testing"

	"ingest/mapping"
)

func TestEncodeConst(t *testing.T) {
	const text, number, boolean = mapping.ConstText, mapping.ConstNumber, mapping.ConstBool
	cases := []struct {
		kind mapping.ConstKind
		text string
		cql  string
		want string
	}{
		{text, "web", "text", "776562"},
		{text, "", "text", ""},
		{number, "5", "text", "!takes a text (in quotes), not a number"},
		{boolean, "true", "text", "!takes a text (in quotes), not true or false"},
		{text, "ü", "ascii", "!outside of ASCII"},
		{boolean, "true", "boolean", "01"},
		{boolean, "False", "boolean", "00"},
		{text, "true", "boolean", "!takes true or false, not a text"},
		{number, "-1", "tinyint", "ff"},
		{number, "200", "tinyint", "!out of range for tinyint"},
		{number, "+7", "smallint", "0007"},
		{number, "0x10", "int", "00000010"},
		{number, "0o10", "int", "00000008"},
		{number, "010", "int", "0000000a"},
		{number, "1.5", "int", "!not a whole number"},
		{text, "1", "int", "!takes a number, not a text"},
		{number, "9223372036854775808", "bigint", "!out of range"},
		{number, "-9223372036854775808", "bigint", "8000000000000000"},
		{number, "18446744073709551616", "varint", "010000000000000000"},
		{number, "-18446744073709551616", "varint", "ff0000000000000000"},
		{number, "-128", "varint", "80"},
		{number, "0", "varint", "00"},
		{number, "1.50", "decimal", "000000020096"},
		{number, "-1.5e3", "decimal", "fffffffef1"},
		{number, "1e999999", "decimal", "!not a decimal number"},
		{number, "1.5", "float", "3fc00000"},
		{number, "1e39", "float", "!out of range"},
		{number, "-.inf", "double", "fff0000000000000"},
		{number, ".nan", "double", "7ff8000000000001"},
		{number, "3", "double", "4008000000000000"},
		{number, "1000", "timestamp", "00000000000003e8"},
		{text, "1970-01-01T00:00:01.5Z", "timestamp", "00000000000005dc"},
		{text, "1970-01-01T01:00:00+01:00", "timestamp", "0000000000000000"},
		{text, "1970-01-02", "timestamp", "0000000005265c00"},
		{text, "yesterday", "timestamp", "!not a time with its zone"},
		{text, "1970-01-02", "date", "80000001"},
		{text, "1969-12-31", "date", "7fffffff"},
		{text, "2026-02-30", "date", "!not a date"},
		{text, "00:00:01.5", "time", "0000000059682f00"},
		{text, "24:00:00", "time", "!not a time of day"},
		{text, "1mo2d3ms", "duration", "0204e05b8d80"},
		{text, "-1y1w", "duration", "170d00"},
		{text, "1h1h", "duration", "0000fc0d18c2e28000"},
		{text, "9223372036854775807s", "duration", "!not a duration"},
		{text, "999999999999999999h", "duration", "!out of range for duration"},
		{text, "5 minutes", "duration", "!not a duration"},
		{text, "", "duration", "!not a duration"},
		{text, "0x00Ff", "blob", "00ff"},
		{text, "00ff", "blob", "!hexadecimal digits after 0x"},
		{text, uuid4, "uuid", "6f1c2b9e8a414f639c0e2f0a6f0f3d11"},
		{text, uuid4, "timeuuid", "!not of version 1"},
		{text, "192.0.2.1", "inet", "c0000201"},
		{text, "a", "list<text>", "!a constant cannot fill a column of type list<text>"},
		{number, "-1", "counter", "ffffffffffffffff"},
	}
	for _, c := range cases {
		t.Run(c.cql+" "+c.text, func(t *testing.T) {
			got, err := mapping.EncodeConst([]byte{0xee}, mapping.Const{Kind: c.kind, Text: c.text}, cql(t, c.cql))
			check(t, got, err, c.want)
		})
	}
}

func TestEncodeConstBoundsNumbers(t *testing.T) {
	for _, name := range []string{"varint", "decimal"} {
		_, err := mapping.EncodeConst(nil, mapping.Const{Kind: mapping.ConstNumber, Text: strings.Repeat("9", 100_000)}, cql(t, name))
		if err == nil {
			t.Errorf("%s of 100,000 digits was accepted", name)
		}
	}
}
