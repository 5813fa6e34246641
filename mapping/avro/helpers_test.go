package avro_test

import (
	"encoding/binary"
	"math"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
)

func putLong(b []byte, v int64) []byte {
	return binary.AppendUvarint(b, uint64(v)<<1^uint64(v>>63))
}

func putString(b []byte, s string) []byte { return append(putLong(b, int64(len(s))), s...) }

func putDouble(b []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}

func parse(tb testing.TB, schema string) *avro.Schema {
	tb.Helper()
	s, err := avro.Parse(schema, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// addr is the user-defined type of the tests.
func addr() *mapping.Type {
	return &mapping.Type{Kind: mapping.TypeUDT, Keyspace: "shop", Name: "addr", Fields: []string{"street", "zip", "extra"},
		Elems: []*mapping.Type{{Kind: mapping.TypeText}, {Kind: mapping.TypeInt}, {Kind: mapping.TypeText}}}
}

func cql(tb testing.TB, text string) *mapping.Type {
	tb.Helper()
	t, err := mapping.ParseType(text, func(string) (*mapping.Type, error) { return addr(), nil })
	if err != nil {
		tb.Fatal(err)
	}
	return t
}
