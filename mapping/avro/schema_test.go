package avro_test

import (
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
)

func TestLogicalTypes(t *testing.T) {
	cases := []struct{ schema, want string }{
		{`"long"`, "long"},
		{`{"type":"int","logicalType":"date"}`, "int (date)"},
		{`{"type":"long","logicalType":"date"}`, "long"},
		{`{"type":"int","logicalType":"time-millis"}`, "int (time-millis)"},
		{`{"type":"long","logicalType":"time-micros"}`, "long (time-micros)"},
		{`{"type":"long","logicalType":"timestamp-millis"}`, "long (timestamp-millis)"},
		{`{"type":"long","logicalType":"timestamp-micros"}`, "long (timestamp-micros)"},
		{`{"type":"long","logicalType":"timestamp-nanos"}`, "long (timestamp-nanos)"},
		{`{"type":"long","logicalType":"local-timestamp-millis"}`, "long (local-timestamp-millis)"},
		{`{"type":"long","logicalType":"local-timestamp-micros"}`, "long (local-timestamp-micros)"},
		{`{"type":"long","logicalType":"local-timestamp-nanos"}`, "long (local-timestamp-nanos)"},
		{`{"type":"string","logicalType":"uuid"}`, "string (uuid)"},
		{`{"type":"bytes","logicalType":"uuid"}`, "bytes"},
		{`{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`, "fixed (uuid)"},
		{`{"type":"fixed","name":"U","size":15,"logicalType":"uuid"}`, "fixed U"},
		{`{"type":"fixed","name":"D","size":12,"logicalType":"duration"}`, "fixed (duration)"},
		{`{"type":"fixed","name":"D","size":13,"logicalType":"duration"}`, "fixed D"},
		{`{"type":"bytes","logicalType":"big-decimal"}`, "bytes (big-decimal)"},
		{`{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, "bytes (decimal)"},
		{`{"type":"bytes","logicalType":"decimal","precision":4}`, "bytes (decimal)"},
		{`{"type":"bytes","logicalType":"decimal","precision":2,"scale":4}`, "bytes"},
		{`{"type":"bytes","logicalType":"decimal"}`, "bytes"},
		{`{"type":"string","logicalType":"decimal","precision":4}`, "string"},
		{`{"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":4}`, "fixed (decimal)"},
		{`{"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":5}`, "fixed F"},
		{`{"type":"fixed","name":"F","size":0,"logicalType":"decimal","precision":1}`, "fixed F"},
		{`{"type":"fixed","name":"F","size":200,"logicalType":"decimal","precision":400}`, "fixed (decimal)"},
		{`{"type":"string","logicalType":"colour"}`, "string"},
		{`{"type":"array","items":["null",{"type":"int","logicalType":"date"}]}`, "array of union"},
		{`["null",{"type":"int","logicalType":"date"}]`, "nullable int (date)"},
	}
	for _, c := range cases {
		if got := parse(t, c.schema).Shape().String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.schema, got, c.want)
		}
	}
}

func TestShapeOfRecord(t *testing.T) {
	s := parse(t, `{"type":"record","name":"Order","namespace":"com.acme","doc":7,"fields":[
	 {"name":"id","type":"string","aliases":["key"],"default":12},
	 {"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID"],"default":"GONE"}},
	 {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
	 {"name":"before","type":["null","State","Order"],"default":"none"}]}`).Shape()
	if s.Name != "com.acme.Order" || len(s.Fields) != 4 || s.Fields[0].Aliases[0] != "key" {
		t.Fatalf("got %+v", s)
	}
	state := s.Fields[1].Shape
	if state.Name != "com.acme.State" || strings.Join(state.Symbols, ",") != "NEW,PAID" {
		t.Errorf("got %+v", state)
	}
	if price := s.Fields[2].Shape; price.Precision != 9 || price.Scale != 2 {
		t.Errorf("got %+v", price)
	}
	if before := s.Fields[3].Shape; before.Branches[1] != state || before.Branches[2] != s {
		t.Error("named types are not shared")
	}
}

func TestParseWithReferences(t *testing.T) {
	refs := []avro.Reference{
		{Name: "zip.avsc", Schema: `{"type":"fixed","name":"Zip","namespace":"geo","size":5}`},
		{Name: "addr.avsc", Schema: `{"type":"record","name":"Addr","namespace":"geo","fields":[{"name":"zip","type":"Zip"}]}`},
	}
	s, err := avro.Parse(`{"type":"record","name":"R","fields":[{"name":"a","type":"geo.Addr"},{"name":"b","type":["null","geo.Addr"]}]}`, refs)
	if err != nil {
		t.Fatal(err)
	}
	path := []mapping.Step{{Name: "b"}, {Name: "zip"}}
	if got, found, err := mapping.ResolvePath(s.Shape(), path, false); err != nil || !found || got.String() != "nullable fixed geo.Zip" {
		t.Errorf("got %v, %v, %v", got, found, err)
	}
}

// TestParseKeepsSchemasApart: one schema's names are unknown to the next.
func TestParseKeepsSchemasApart(t *testing.T) {
	parse(t, `{"type":"record","name":"Leaked","fields":[]}`)
	if _, err := avro.Parse(`{"type":"array","items":"Leaked"}`, nil); err == nil {
		t.Error("a name of another schema was found")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, schema := range []string{``, `{`, `"strin"`, `[]`, `{"type":"record","name":"R"}`, `{"type":"fixed","name":"F","size":-1}`,
		`{"type":"fixed","name":"F","size":9000000000}`, `["int","int"]`, `{"type":"enum","name":"E","symbols":[]}`, `null7`} {
		if _, err := avro.Parse(schema, nil); err == nil {
			t.Errorf("%s was accepted", schema)
		}
	}
	_, err := avro.Parse(`"int"`, []avro.Reference{{Name: "bad.avsc", Schema: `{"type":"record"}`}})
	if err == nil || !strings.Contains(err.Error(), "bad.avsc") {
		t.Errorf("got %v, want the reference's name", err)
	}
}
