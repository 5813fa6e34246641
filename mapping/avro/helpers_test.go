package avro_test

import (
	"encoding/binary"
	"encoding/hex"
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

// want is a column of a test: strings are fields, numbers indexes.
type want struct {
	path  []any
	cql   string
	unit  mapping.Unit
	loose bool
}

func at(cql string, path ...any) want { return want{path: path, cql: cql} }

func targets(tb testing.TB, wants []want) []mapping.Target {
	tb.Helper()
	var out []mapping.Target
	for i, w := range wants {
		target := mapping.Target{Slot: i, Type: cql(tb, w.cql), Unit: w.unit, Loose: w.loose}
		for _, step := range w.path {
			switch step := step.(type) {
			case string:
				target.Path = append(target.Path, mapping.Step{Kind: mapping.StepField, Name: step})
			case int:
				target.Path = append(target.Path, mapping.Step{Kind: mapping.StepIndex, Index: step})
			}
		}
		out = append(out, target)
	}
	return out
}

// states are cells without a value, as the tests write them.
var states = map[mapping.State]string{mapping.Absent: "absent", mapping.Null: "null", mapping.Value: "", mapping.Bad: "!"}

// cells writes each cell as its state, the hexadecimal digits of its value, or
// ! and its fault.
func cells(f *mapping.Frame) []string {
	out := make([]string, len(f.Cells))
	for i, c := range f.Cells {
		out[i] = states[c.State]
		if c.State == mapping.Value {
			out[i] = hex.EncodeToString(c.Data)
		}
	}
	for _, fault := range f.Faults {
		if f.Cells[fault.Slot].State == mapping.Bad {
			out[fault.Slot] = "!" + fault.Err.Error()
		}
	}
	return out
}

// decode compiles without problems and reads one payload.
func decode(tb testing.TB, schema string, wants []want, payload []byte) ([]string, error) {
	tb.Helper()
	decoder, problems := avro.Compile(parse(tb, schema), targets(tb, wants))
	if problems != nil {
		tb.Fatal(problems)
	}
	var buffer mapping.Buffer
	frame := buffer.Frame(len(wants))
	err := decoder.Decode(payload, frame)
	return cells(frame), err
}
