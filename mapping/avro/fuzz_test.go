package avro_test

import (
	"testing"

	twmb "github.com/twmb/avro"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// fuzzed are schemas without logical types, so that the other implementation
// gives plain values, each with columns for all that it holds.
var fuzzed = []struct {
	schema string
	wants  []want
}{
	{`"long"`, []want{at("bigint")}},
	{`"int"`, []want{at("bigint")}},
	{`["null","string",{"type":"array","items":"bytes"}]`, nil},
	{`{"type":"record","name":"R","fields":[
		{"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},{"name":"d","type":"double"},
		{"name":"y","type":"bytes"},{"name":"s","type":"string"},{"name":"n","type":["null","long"]},{"name":"x","type":{"type":"fixed","name":"X","size":3}},
		{"name":"e","type":{"type":"enum","name":"E","symbols":["A","BC","D"]}}]}`,
		[]want{at("boolean", "b"), at("bigint", "i"), at("bigint", "l"), at("float", "f"), at("double", "d"), at("blob", "y"), at("blob", "s"),
			at("bigint", "n"), at("blob", "x"), at("text", "e")}},
	{`{"type":"array","items":["null","long",{"type":"array","items":"string"}]}`, []want{at("bigint", 0, "long"), at("list<blob>", 1, "array")}},
	{`{"type":"array","items":"long"}`, []want{at("list<bigint>"), at("bigint", 1), at("bigint", 0)}},
	{`{"type":"array","items":{"type":"array","items":"string"}}`, []want{at("list<frozen<list<blob>>>"), at("blob", 0, 1)}},
	{`{"type":"map","values":["null","long"]}`, []want{at("bigint", "a"), at("bigint", "b")}},
	{`{"type":"array","items":"null"}`, nil},
	{`{"type":"array","items":{"type":"record","name":"Addr","fields":[{"name":"zip","type":"int"},{"name":"gone","type":"long"},{"name":"street","type":["null","string"]}]}}`,
		[]want{at("list<frozen<addr>>"), at("bigint", 0, "gone"), at("addr", 1)}},
	{`{"type":"record","name":"Tree","fields":[{"name":"v","type":"long"},{"name":"kids","type":{"type":"map","values":"Tree"}},{"name":"next","type":["null","Tree"]}]}`,
		[]want{at("bigint", "v"), at("bigint", "next", "next", "v"), at("bigint", "kids", "a", "v")}},
}

// stricter are the faults for which this package refuses what twmb/avro reads.
var stricter = []string{"neither 0 nor 1", "a block's size", "too many items of no size", "nest too deep"}

func seeds(f *testing.F) {
	f.Helper()
	for i := range fuzzed {
		for _, seed := range []string{"", "\x00", "\x02\x02", "\x04\x02\x04\x00", "\x01\x04\x02a\x02\x02b\x00", "\x03\x08\x02\x02\x02\x02\x00",
			"\x04\x02\x02a\x02\x02\x02b\x00\x00", "\x02\x02a\x02\x04\x00", "\x04\x04\x06\x02\x02z\x08\x09\x00\x00",
			"\x01\x02\x04\x00\x00\xc0\x3f\x00\x00\x00\x00\x00\x00\xe0\x3f\x02y\x04st\x02\x06abc\x02",
			"\x01\x02\x04\x00\x00\xba\x7f\x00\x00\x00\x00\x00\x00\xe0\x3f\x02y\x04st\x02\x06abc\x02", // a signaling NaN
			"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
			f.Add(byte(i), []byte(seed))
		}
	}
}

// FuzzDecode holds the cursor against twmb/avro: what is accepted, and what the
// columns then hold. What is accepted must not depend on which columns there are.
func FuzzDecode(f *testing.F) {
	seeds(f)
	type pair struct {
		all, none mapping.Decoder
		oracle    *twmb.Schema
		targets   []mapping.Target
		shape     *mapping.Shape
	}
	var pairs []pair
	for _, c := range fuzzed {
		s := parse(f, c.schema)
		all, problems := avro.Compile(s, targets(f, c.wants))
		if problems != nil {
			f.Fatal(c.schema, problems)
		}
		none, _ := avro.Compile(s, nil)
		pairs = append(pairs, pair{all, none, twmb.MustParse(c.schema), targets(f, c.wants), s.Shape()})
	}
	f.Fuzz(func(t *testing.T, which byte, payload []byte) {
		p := pairs[int(which)%len(pairs)]
		var buffer, other mapping.Buffer
		frame := buffer.Frame(len(p.targets))
		err := p.all.Decode(payload, frame)
		if skipped := p.none.Decode(payload, other.Frame(0)); (skipped == nil) != (err == nil) {
			t.Fatalf("with columns %v, without %v", err, skipped)
		}
		against(t, p.oracle, p.shape, p.targets, frame, payload, err)
	})
}

// FuzzSchema reads any schema and any payload under it, with columns of every
// type that fits: nothing may panic or hang, and what is accepted must not
// depend on the columns.
func FuzzSchema(f *testing.F) {
	for _, c := range fuzzed {
		f.Add(c.schema, []byte("\x02\x02"))
	}
	for _, schema := range []string{`{"type":"fixed","name":"F","size":12,"logicalType":"duration"}`, `{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}`,
		`{"type":"array","items":{"type":"string","logicalType":"uuid"}}`, `{"type":"map","values":{"type":"bytes","logicalType":"big-decimal"}}`, treeText, orderSchema} {
		f.Add(schema, []byte("\x02\x02a\x00"))
	}
	var types []*mapping.Type
	for _, text := range []string{"boolean", "tinyint", "int", "bigint", "varint", "decimal", "float", "double", "timestamp", "date", "time", "duration", "text", "ascii",
		"blob", "uuid", "timeuuid", "inet", "list<text>", "set<bigint>", "map<text, varint>", "vector<varint, 2>", "vector<float, 2>", "addr", "list<frozen<list<decimal>>>"} {
		types = append(types, cql(f, text))
	}
	f.Fuzz(func(t *testing.T, schema string, payload []byte) {
		s, err := avro.Parse(schema, nil)
		if err != nil {
			return
		}
		paths := [][]mapping.Step{nil, {{Kind: mapping.StepIndex}}, {{Kind: mapping.StepKey, Name: "a"}}}
		for _, field := range s.Shape().Fields {
			paths = append(paths, []mapping.Step{{Kind: mapping.StepField, Name: field.Name}})
		}
		var wanted []mapping.Target
		for _, path := range paths[:min(len(paths), 12)] {
			for _, typ := range types {
				wanted = append(wanted, mapping.Target{Slot: len(wanted), Path: path, Type: typ})
			}
		}
		all, _ := avro.Compile(s, wanted)
		none, _ := avro.Compile(s, nil)
		var buffer mapping.Buffer
		err = all.Decode(payload, buffer.Frame(len(wanted)))
		if skipped := none.Decode(payload, buffer.Frame(0)); (err == nil) != (skipped == nil) {
			t.Fatalf("with columns %v, without %v", err, skipped)
		}
	})
}
