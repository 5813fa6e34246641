package mapping

import (
	"testing"
)

// filled gives the cell that a source makes of a record.
func filled(t *testing.T, source Source, typ string, r *Record) (Cell, error) {
	t.Helper()
	parsed, err := ParseType(typ, nil)
	if err != nil {
		t.Fatal(err)
	}
	fill, err := fillerFor(&source, parsed)
	if err != nil {
		t.Fatal(err)
	}
	var b Buffer
	frame := b.Frame(2)
	err = fill(r, frame, 1)
	return frame.Cells[1], err
}

func TestHeaderAndMeta(t *testing.T) {
	header, meta := func(name string) Source { return Source{Root: RootHeader, Name: name} }, func(name string) Source { return Source{Root: RootMeta, Name: name} }
	r := &Record{
		Topic: "orders", Partition: 258, Offset: 1<<40 + 1, Timestamp: 1, SchemaID: 7,
		Headers: []Header{{"h", []byte("first")}, {"h", []byte("last")}, {"null", nil}, {"empty", []byte{}}, {"id", []byte("123e4567-e89b-12d3-a456-426614174000")}, {"raw", []byte{0xff, 0}}},
	}
	for _, tt := range []struct {
		source Source
		typ    string
		state  State
		want   string
	}{
		{header("h"), "text", Value, "last"},
		{header("h"), "ascii", Value, "last"},
		{header("raw"), "blob", Value, "\xff\x00"},
		{header("id"), "uuid", Value, "\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x14\x17\x40\x00"},
		{header("empty"), "text", Value, ""},
		{header("null"), "text", Null, ""},
		{header("H"), "text", Absent, ""},
		{meta("topic"), "text", Value, "orders"},
		{meta("topic"), "ascii", Value, "orders"},
		{meta("topic"), "blob", Value, "orders"},
		{meta("partition"), "int", Value, "\x00\x00\x01\x02"},
		{meta("partition"), "smallint", Value, "\x01\x02"},
		{meta("offset"), "bigint", Value, "\x00\x00\x01\x00\x00\x00\x00\x01"},
		{meta("timestamp"), "timestamp", Value, "\x00\x00\x00\x00\x00\x00\x00\x01"},
		{meta("schema_id"), "int", Value, "\x00\x00\x00\x07"},
	} {
		c, err := filled(t, tt.source, tt.typ, r)
		if err != nil || c.State != tt.state || string(c.Data) != tt.want {
			t.Errorf("%s into %s: %+v, %v; want state %d and %q", &tt.source, tt.typ, c, err, tt.state, tt.want)
		}
	}
}

// TestHeaderFaults: a value that does not fit is a fault of its slot, and leaves
// nothing behind.
func TestHeaderFaults(t *testing.T) {
	r := &Record{Headers: []Header{{"latin", []byte("caf\xe9")}}, Partition: 1 << 20}
	for typ, source := range map[string]Source{
		"text":     {Root: RootHeader, Name: "latin"},
		"uuid":     {Root: RootHeader, Name: "latin"},
		"smallint": {Root: RootMeta, Name: "partition"},
	} {
		if c, err := filled(t, source, typ, r); err == nil || c.State != Absent || c.Data != nil {
			t.Errorf("%s: %+v, %v", typ, c, err)
		}
	}
}

// TestMetaAbsent: a record without a timestamp, or without a schema, has none.
func TestMetaAbsent(t *testing.T) {
	for name, typ := range map[string]string{"timestamp": "timestamp", "schema_id": "int"} {
		if c, err := filled(t, Source{Root: RootMeta, Name: name}, typ, &Record{Timestamp: -1}); err != nil || c.State != Absent {
			t.Errorf("meta.%s: %+v, %v", name, c, err)
		}
	}
}
