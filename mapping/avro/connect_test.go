package avro_test

import (
	"encoding/hex"
	"testing"

	"ingest/mapping"
)

// A value schema as Debezium's PostgreSQL and MySQL connectors and Confluent's
// Avro converter write it, with one field of each kind.
const debeziumValue = `{"type":"record","name":"Value","namespace":"shop.public.orders","connect.name":"shop.public.orders.Value","fields":[
 {"name":"price","type":{"type":"bytes","scale":2,"precision":10,"connect.version":1,
  "connect.parameters":{"scale":"2","connect.decimal.precision":"10"},"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}},
 {"name":"unlimited","type":["null",{"type":"bytes","scale":2,"precision":64,"connect.version":1,"connect.parameters":{"scale":"2"},
  "connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}],"default":null},
 {"name":"rounded","type":{"type":"bytes","scale":-2,"precision":5,"connect.version":1,
  "connect.parameters":{"scale":"-2","connect.decimal.precision":"5"},"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}},
 {"name":"bare_decimal","type":{"type":"bytes","connect.version":1,"connect.parameters":{"scale":"4"},"connect.name":"org.apache.kafka.connect.data.Decimal"}},
 {"name":"no_scale","type":{"type":"bytes","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Decimal"}},
 {"name":"connect_date","type":{"type":"int","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Date","logicalType":"date"}},
 {"name":"connect_time","type":{"type":"int","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Time","logicalType":"time-millis"}},
 {"name":"connect_timestamp","type":{"type":"long","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Timestamp","logicalType":"timestamp-millis"}},
 {"name":"bare_timestamp","type":{"type":"long","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Timestamp"}},
 {"name":"date","type":["null",{"type":"int","connect.version":1,"connect.parameters":{"__debezium.source.column.type":"DATE"},"connect.name":"io.debezium.time.Date"}]},
 {"name":"time","type":{"type":"int","connect.version":1,"connect.name":"io.debezium.time.Time"}},
 {"name":"micro_time","type":{"type":"long","connect.version":1,"connect.name":"io.debezium.time.MicroTime"}},
 {"name":"nano_time","type":{"type":"long","connect.version":1,"connect.name":"io.debezium.time.NanoTime"}},
 {"name":"timestamp","type":{"type":"long","connect.version":1,"connect.default":0,"connect.name":"io.debezium.time.Timestamp"},"default":0},
 {"name":"micro_timestamp","type":["null",{"type":"long","connect.version":1,"connect.name":"io.debezium.time.MicroTimestamp"}]},
 {"name":"nano_timestamp","type":{"type":"long","connect.version":1,"connect.name":"io.debezium.time.NanoTimestamp"}},
 {"name":"zoned","type":[{"type":"string","connect.version":1,"connect.default":"1970-01-01T00:00:00.000000Z","connect.name":"io.debezium.time.ZonedTimestamp"},"null"]},
 {"name":"year","type":{"type":"int","connect.version":1,"connect.name":"io.debezium.time.Year"}},
 {"name":"micro_duration","type":{"type":"long","connect.version":1,"connect.name":"io.debezium.time.MicroDuration"}},
 {"name":"nano_duration","type":{"type":"long","connect.version":1,"connect.name":"io.debezium.time.NanoDuration"}},
 {"name":"interval","type":{"type":"string","connect.version":1,"connect.name":"io.debezium.time.Interval"}},
 {"name":"uuid","type":{"type":"string","connect.version":1,"connect.name":"io.debezium.data.Uuid"}},
 {"name":"json","type":{"type":"string","connect.version":1,"connect.name":"io.debezium.data.Json"}},
 {"name":"colour","type":{"type":"string","connect.version":1,"connect.parameters":{"allowed":"red,blue"},"connect.name":"io.debezium.data.Enum"}},
 {"name":"bits","type":{"type":"bytes","connect.version":1,"connect.parameters":{"length":"10"},"connect.name":"io.debezium.data.Bits"}},
 {"name":"number","type":{"type":"record","name":"VariableScaleDecimal","namespace":"io.debezium.data","fields":[{"name":"scale","type":"int"},{"name":"value","type":"bytes"}],
  "connect.doc":"Variable scaled decimal","connect.version":1,"connect.name":"io.debezium.data.VariableScaleDecimal"}},
 {"name":"again","type":["null","io.debezium.data.VariableScaleDecimal"],"default":null},
 {"name":"place","type":{"type":"record","name":"Point","namespace":"io.debezium.data.geometry","fields":[{"name":"x","type":"double"},{"name":"y","type":"double"},
  {"name":"wkb","type":["null","bytes"]},{"name":"srid","type":["null","int"]}],"connect.name":"io.debezium.data.geometry.Point"}},
 {"name":"misplaced","type":{"type":"long","connect.name":"io.debezium.time.Date"}},
 {"name":"unknown","type":{"type":"long","connect.name":"com.acme.Mystery"}}]}`

func TestConnectTypes(t *testing.T) {
	want := map[string]string{
		"price": "bytes (decimal)", "unlimited": "nullable bytes (decimal)", "rounded": "bytes (decimal)", "bare_decimal": "bytes (decimal)", "no_scale": "bytes",
		"connect_date": "int (date)", "connect_time": "int (time-millis)", "connect_timestamp": "long (timestamp-millis)", "bare_timestamp": "long (timestamp-millis)",
		"date": "nullable int (date)", "time": "int (time-millis)", "micro_time": "long (time-micros)", "nano_time": "long (NanoTime)",
		"timestamp": "long (local-timestamp-millis)", "micro_timestamp": "nullable long (local-timestamp-micros)", "nano_timestamp": "long (local-timestamp-nanos)",
		"zoned": "nullable string", "year": "int", "micro_duration": "long (MicroDuration)", "nano_duration": "long (NanoDuration)", "interval": "string",
		"uuid": "string (uuid)", "json": "string", "colour": "string", "bits": "bytes (Bits)",
		"number": "record (VariableScaleDecimal)", "again": "nullable record (VariableScaleDecimal)", "place": "record io.debezium.data.geometry.Point",
		"misplaced": "long", "unknown": "long",
	}
	scales := map[string]int{"price": 2, "unlimited": 2, "rounded": -2, "bare_decimal": 4}
	fields := parse(t, debeziumValue).Shape().Fields
	if len(fields) != len(want) {
		t.Errorf("%d fields, want %d", len(fields), len(want))
	}
	for _, f := range fields {
		if got := f.Shape.String(); got != want[f.Name] {
			t.Errorf("%s: got %s, want %s", f.Name, got, want[f.Name])
		}
		if scale := f.Shape.NonNull().Scale; scale != scales[f.Name] {
			t.Errorf("%s: got scale %d, want %d", f.Name, scale, scales[f.Name])
		}
	}
}

// TestOwnLogicalTypeWins: what Avro says of a type counts before what Connect says.
func TestOwnLogicalTypeWins(t *testing.T) {
	if got := parse(t, `{"type":"long","logicalType":"timestamp-micros","connect.name":"io.debezium.time.Timestamp"}`).Shape(); got.Logical != mapping.LogicalTimestampMicros {
		t.Errorf("got %s", got)
	}
}

// TestVariableScaleDecimal: a decimal column takes the record as one number, others
// take its parts; what is malformed costs its column alone.
func TestVariableScaleDecimal(t *testing.T) {
	schema := `{"type":"record","name":"R","fields":[{"name":"n","type":["null",{"type":"record","name":"VariableScaleDecimal","namespace":"io.debezium.data",
	 "fields":[{"name":"scale","type":"int"},{"name":"value","type":"bytes"}]}]},{"name":"after","type":"long"}]}`
	wants := []want{at("decimal", "n"), at("int", "n", "scale"), at("blob", "n", "value"), at("bigint", "after")}
	number := func(scale int64, unscaled string) []byte {
		return putLong(putString(putLong([]byte{2}, scale), unscaled), 7)
	}
	cases := []struct {
		name    string
		payload []byte
		want    [4]string
	}{
		{"a number", number(3, "\x04\xd2"), [4]string{"0000000304d2", "00000003", "04d2", "0000000000000007"}},
		{"a negative scale, digits too many", number(-2, "\x00\x05"), [4]string{"fffffffe05", "fffffffe", "0005", "0000000000000007"}},
		{"no digits", number(0, ""), [4]string{"!decimal has no digits", "00000000", "", "0000000000000007"}},
		{"null", putLong([]byte{0}, 7), [4]string{"null", "null", "null", "0000000000000007"}},
	}
	for _, c := range cases {
		got, err := decode(t, schema, wants, c.payload)
		if err != nil || [4]string(got) != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	broken, err := hex.DecodeString("0206") // a scale without digits
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decode(t, schema, wants, broken); err == nil {
		t.Errorf("a cut record gave %q", got)
	}
}
