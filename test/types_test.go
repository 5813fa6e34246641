//go:build stack

package test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"
)

// pair is one Avro type in one CQL type.
type pair struct {
	name  string // of the field and the column
	avro  string // a schema, as JSON
	cql   string
	value any    // what is encoded
	want  string // the column as Cassandra itself writes it in JSON
	unit  string // of the mapping, when set
}

func scalarPairs() []pair {
	return []pair{
		{name: "bool_boolean", avro: `"boolean"`, cql: "boolean", value: true, want: `true`},
		{name: "int_int", avro: `"int"`, cql: "int", value: -1 << 31, want: `-2147483648`},
		{name: "int_bigint", avro: `"int"`, cql: "bigint", value: 7, want: `7`},
		{name: "int_varint", avro: `"int"`, cql: "varint", value: -129, want: `-129`},
		{name: "int_decimal", avro: `"int"`, cql: "decimal", value: 128, want: `128`},
		{name: "int_double", avro: `"int"`, cql: "double", value: 1<<31 - 1, want: `2.147483647E9`},
		{name: "int_tinyint", avro: `"int"`, cql: "tinyint", value: -128, want: `-128`},
		{name: "int_smallint", avro: `"int"`, cql: "smallint", value: 32767, want: `32767`},
		{name: "int_timestamp", avro: `"int"`, cql: "timestamp", value: 1000, unit: "s", want: `"1970-01-01 00:16:40.000Z"`},
		{name: "long_bigint", avro: `"long"`, cql: "bigint", value: int64(-1 << 63), want: `-9223372036854775808`},
		{name: "long_varint", avro: `"long"`, cql: "varint", value: int64(1 << 40), want: `1099511627776`},
		{name: "long_decimal", avro: `"long"`, cql: "decimal", value: int64(-32769), want: `-32769`},
		{name: "long_int", avro: `"long"`, cql: "int", value: int64(2147483647), want: `2147483647`},
		{name: "long_float", avro: `"long"`, cql: "float", value: int64(1 << 24), want: `1.6777216E7`},
		{name: "long_double", avro: `"long"`, cql: "double", value: int64(1 << 53), want: `9.007199254740992E15`},
		{name: "long_timestamp", avro: `"long"`, cql: "timestamp", value: int64(1_770_091_506_789), want: `"2026-02-03 04:05:06.789Z"`},
		{name: "long_timestamp_us", avro: `"long"`, cql: "timestamp", value: int64(-1), unit: "us", want: `"1969-12-31 23:59:59.999Z"`},
		{name: "float_float", avro: `"float"`, cql: "float", value: float32(0.1), want: `0.1`},
		{name: "float_double", avro: `"float"`, cql: "double", value: float32(-0.5), want: `-0.5`},
		{name: "double_double", avro: `"double"`, cql: "double", value: 2.5e-300, want: `2.5E-300`},
		{name: "bytes_blob", avro: `"bytes"`, cql: "blob", value: []byte{0, 0xff, 0x10}, want: `"0x00ff10"`},
		{name: "fixed_blob", avro: `{"type": "fixed", "name": "Three", "size": 3}`, cql: "blob", value: [3]byte{1, 2, 3}, want: `"0x010203"`},
		{name: "string_text", avro: `"string"`, cql: "text", value: "grüße, 世界 🎈", want: `"grüße, 世界 🎈"`},
		{name: "string_empty", avro: `"string"`, cql: "text", value: "", want: `""`},
		{name: "string_ascii", avro: `"string"`, cql: "ascii", value: "plain", want: `"plain"`},
		{name: "string_blob", avro: `"string"`, cql: "blob", value: "é", want: `"0xc3a9"`},
		{name: "string_uuid", avro: `"string"`, cql: "uuid", value: "0F5A3C10-1b2c-4d3e-8f90-a1b2c3d4e5f6", want: `"0f5a3c10-1b2c-4d3e-8f90-a1b2c3d4e5f6"`},
		{name: "string_timeuuid", avro: `"string"`, cql: "timeuuid", value: "50554d6e-29bb-11e5-b345-feff819cdc9f", want: `"50554d6e-29bb-11e5-b345-feff819cdc9f"`},
		{name: "string_inet", avro: `"string"`, cql: "inet", value: "192.0.2.1", want: `"192.0.2.1"`},
		{name: "string_inet6", avro: `"string"`, cql: "inet", value: "2001:db8::1", want: `"2001:db8:0:0:0:0:0:1"`},
		{name: "enum_text", avro: `{"type": "enum", "name": "Colour", "symbols": ["RED", "BLUE"]}`, cql: "text", value: "BLUE", want: `"BLUE"`},
	}
}

func logicalPairs() []pair {
	const millis = 1_770_091_506_789 // 2026-02-03T04:05:06.789Z
	return []pair{
		{name: "decimal_bytes", avro: `{"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}`, cql: "decimal", value: big.NewRat(-1234567, 100), want: `-12345.67`},
		{name: "decimal_fixed", avro: `{"type": "fixed", "name": "Eight", "size": 8, "logicalType": "decimal", "precision": 12, "scale": 3}`, cql: "decimal", value: big.NewRat(1, 8), want: `0.125`},
		{name: "decimal_varint", avro: `{"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}`, cql: "varint", value: big.NewRat(500, 1), want: `500`},
		{name: "big_decimal", avro: `{"type": "bytes", "logicalType": "big-decimal"}`, cql: "decimal", value: big.NewRat(-3, 4), want: `-0.75`},
		{name: "uuid_string", avro: `{"type": "string", "logicalType": "uuid"}`, cql: "uuid", value: "0f5a3c10-1b2c-4d3e-8f90-a1b2c3d4e5f6", want: `"0f5a3c10-1b2c-4d3e-8f90-a1b2c3d4e5f6"`},
		{name: "uuid_text", avro: `{"type": "string", "logicalType": "uuid"}`, cql: "text", value: "0f5a3c10-1b2c-4d3e-8f90-a1b2c3d4e5f6", want: `"0f5a3c10-1b2c-4d3e-8f90-a1b2c3d4e5f6"`},
		{name: "uuid_fixed", avro: `{"type": "fixed", "name": "Id", "size": 16, "logicalType": "uuid"}`, cql: "uuid", value: "0f5a3c10-1b2c-4d3e-8f90-a1b2c3d4e5f6", want: `"0f5a3c10-1b2c-4d3e-8f90-a1b2c3d4e5f6"`},
		{name: "date_date", avro: `{"type": "int", "logicalType": "date"}`, cql: "date", value: -1, want: `"1969-12-31"`},
		{name: "date_timestamp", avro: `{"type": "int", "logicalType": "date"}`, cql: "timestamp", value: 20_487, want: `"2026-02-03 00:00:00.000Z"`},
		{name: "date_int", avro: `{"type": "int", "logicalType": "date"}`, cql: "int", value: 20_487, want: `20487`},
		{name: "time_millis_time", avro: `{"type": "int", "logicalType": "time-millis"}`, cql: "time", value: 48_600_500, want: `"13:30:00.500000000"`},
		{name: "time_micros_time", avro: `{"type": "long", "logicalType": "time-micros"}`, cql: "time", value: int64(86_399_999_999), want: `"23:59:59.999999000"`},
		{name: "time_micros_bigint", avro: `{"type": "long", "logicalType": "time-micros"}`, cql: "bigint", value: int64(1), want: `1`},
		{name: "timestamp_millis", avro: `{"type": "long", "logicalType": "timestamp-millis"}`, cql: "timestamp", value: int64(millis), want: `"2026-02-03 04:05:06.789Z"`},
		{name: "timestamp_millis_bigint", avro: `{"type": "long", "logicalType": "timestamp-millis"}`, cql: "bigint", value: int64(millis), want: `1770091506789`},
		{name: "timestamp_micros", avro: `{"type": "long", "logicalType": "timestamp-micros"}`, cql: "timestamp", value: int64(millis*1000 + 999), want: `"2026-02-03 04:05:06.789Z"`},
		{name: "timestamp_micros_old", avro: `{"type": "long", "logicalType": "timestamp-micros"}`, cql: "timestamp", value: int64(-1), want: `"1969-12-31 23:59:59.999Z"`},
		{name: "timestamp_micros_bigint", avro: `{"type": "long", "logicalType": "timestamp-micros"}`, cql: "bigint", value: int64(-1), want: `-1`},
		{name: "timestamp_nanos", avro: `{"type": "long", "logicalType": "timestamp-nanos"}`, cql: "timestamp", value: int64(millis*1_000_000 + 1), want: `"2026-02-03 04:05:06.789Z"`},
		{name: "local_timestamp_millis", avro: `{"type": "long", "logicalType": "local-timestamp-millis"}`, cql: "timestamp", value: int64(millis), want: `"2026-02-03 04:05:06.789Z"`},
		{name: "local_timestamp_micros", avro: `{"type": "long", "logicalType": "local-timestamp-micros"}`, cql: "timestamp", value: int64(millis * 1000), want: `"2026-02-03 04:05:06.789Z"`},
		{name: "duration", avro: `{"type": "fixed", "name": "Twelve", "size": 12, "logicalType": "duration"}`, cql: "duration",
			value: avro.Duration{Months: 14, Days: 3, Milliseconds: 4500}, want: `"1y2mo3d4s500ms"`},
	}
}

func nestedPairs() []pair {
	return []pair{
		{name: "array_list", avro: `{"type": "array", "items": "int"}`, cql: "list<int>", value: []int32{3, 1, 3}, want: `[3, 1, 3]`},
		{name: "array_empty", avro: `{"type": "array", "items": "int"}`, cql: "frozen<list<int>>", value: []int32{}, want: `[]`},
		{name: "array_set", avro: `{"type": "array", "items": "string"}`, cql: "set<text>", value: []string{"b", "a", "b"}, want: `["a", "b"]`},
		{name: "array_vector", avro: `{"type": "array", "items": "float"}`, cql: "vector<float, 3>", value: []float32{1, -2.5, 0}, want: `[1.0, -2.5, 0.0]`},
		{name: "map_map", avro: `{"type": "map", "values": "long"}`, cql: "map<text, bigint>", value: map[string]any{"x": int64(1)}, want: `{"x": 1}`},
		{name: "map_nested", avro: `{"type": "map", "values": {"type": "array", "items": "string"}}`, cql: "map<text, frozen<list<text>>>",
			value: map[string]any{"x": []string{"p", "q"}}, want: `{"x": ["p", "q"]}`},
		{name: "record_udt", avro: `{"type": "record", "name": "Address", "fields": [{"name": "zipCode", "type": "int"},
			{"name": "street", "type": ["null", "string"]}, {"name": "unused", "type": "string"}]}`, cql: "address",
			value: map[string]any{"zipCode": 10115, "street": nil, "unused": "u"}, want: `{"street": null, "zip_code": 10115, "door": null}`},
		{name: "record_tuple", avro: `{"type": "record", "name": "Point", "fields": [{"name": "x", "type": "double"}, {"name": "label", "type": "string"}]}`,
			cql: "tuple<double, text>", value: map[string]any{"x": 1.5, "label": "here"}, want: `[1.5, "here"]`},
		{name: "union_null", avro: `["null", "string"]`, cql: "text", value: nil, want: `null`},
		{name: "union_int", avro: `["null", "int", "long"]`, cql: "bigint", value: int64(1 << 33), want: `8589934592`},
	}
}

// TestTypes reads one wide row back, column by column, as the server itself
// understands its bytes.
func TestTypes(t *testing.T) {
	pairs := append(append(scalarPairs(), logicalPairs()...), nestedPairs()...)
	fields, columns, units := []string{}, []string{}, ""
	value := map[string]any{}
	for _, p := range pairs {
		fields = append(fields, fmt.Sprintf(`{"name": %q, "type": %s}`, p.name, p.avro))
		columns = append(columns, p.name+" "+p.cql)
		value[p.name] = p.value
		if p.unit != "" {
			units += fmt.Sprintf("          %s: {from: value.%s, unit: %s}\n", p.name, p.name, p.unit)
		}
	}
	s := newScene(t, "types", 1, "CREATE TYPE types.address (street text, zip_code int, door text)",
		"CREATE TABLE types.wide (k text PRIMARY KEY, "+strings.Join(columns, ", ")+")")
	schema := register(t, "types-value", `{"type": "record", "name": "Wide", "fields": [`+strings.Join(fields, ",\n")+`]}`)
	r := s.record("k", schema.encode(t, value))
	r.Timestamp = time.UnixMilli(1_770_000_000_000)
	produce(t, s.client, r)
	s.catchUp(s.env(`version: 1
topics:
  - topic: types
    key:
      format: string
    tables:
      - table: types.wide
        columns_from: value
        columns:
          k: key
` + units))
	s.noLetters()

	var text string
	if !s.scan("SELECT JSON * FROM types.wide WHERE k = 'k'", &text) {
		t.Fatal("the row is not there")
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for _, p := range pairs {
		if string(got[p.name]) != p.want {
			t.Errorf("%s: Avro %s of %v in %s is %s, want %s", p.name, p.avro, p.value, p.cql, got[p.name], p.want)
		}
	}
}
