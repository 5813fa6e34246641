package avro_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// leafSchemas are all of Avro's types that hold no others, with logical types.
var leafSchemas = []string{
	`"null"`, `"boolean"`, `"int"`, `"long"`, `"float"`, `"double"`, `"bytes"`, `"string"`,
	`{"type":"fixed","name":"%s","size":5}`, `{"type":"enum","name":"%s","symbols":["A","BC"]}`,
	`{"type":"bytes","logicalType":"decimal","precision":38,"scale":10}`, `{"type":"fixed","name":"%s","size":9,"logicalType":"decimal","precision":18,"scale":2}`,
	`{"type":"bytes","logicalType":"big-decimal"}`, `{"type":"string","logicalType":"uuid"}`, `{"type":"fixed","name":"%s","size":16,"logicalType":"uuid"}`,
	`{"type":"int","logicalType":"date"}`, `{"type":"int","logicalType":"time-millis"}`, `{"type":"long","logicalType":"time-micros"}`,
	`{"type":"long","logicalType":"timestamp-millis"}`, `{"type":"long","logicalType":"timestamp-micros"}`, `{"type":"long","logicalType":"timestamp-nanos"}`,
	`{"type":"long","logicalType":"local-timestamp-millis"}`, `{"type":"long","logicalType":"local-timestamp-micros"}`, `{"type":"long","logicalType":"local-timestamp-nanos"}`,
	`{"type":"fixed","name":"%s","size":12,"logicalType":"duration"}`,
	`{"type":"long","connect.name":"io.debezium.time.NanoTime"}`, `{"type":"long","connect.name":"io.debezium.time.MicroDuration"}`, `{"type":"bytes","connect.name":"io.debezium.data.Bits"}`,
}

// someOf draws, or goes through everything: the generator of schemas, values and
// columns below does not know which.
type someOf interface{ pick(n int, what string) int }

type drawn struct{ t *rapid.T }

func (d drawn) pick(n int, what string) int { return rapid.IntRange(0, n-1).Draw(d.t, what) }

// exprWorld makes a schema and what fits it.
type exprWorld struct {
	someOf
	names int
}

func (w *exprWorld) name() string { w.names++; return fmt.Sprintf("T%d", w.names) }

func (w *exprWorld) leaf(i int) string {
	if strings.Contains(leafSchemas[i], "%s") {
		return fmt.Sprintf(leafSchemas[i], w.name())
	}
	return leafSchemas[i]
}

func (w *exprWorld) schema(depth int) string {
	kind := 0
	if depth > 0 {
		kind = w.pick(6, "kind")
	}
	switch kind {
	case 1:
		return `{"type":"array","items":` + w.schema(depth-1) + `}`
	case 2:
		return `{"type":"map","values":` + w.schema(depth-1) + `}`
	case 3, 4:
		fields := make([]string, 1+w.pick(3, "fields"))
		for i := range fields {
			fields[i] = fmt.Sprintf(`{"name":"f%d","type":%s}`, i, w.schema(depth-1))
		}
		return fmt.Sprintf(`{"type":"record","name":"%s","fields":[%s]}`, w.name(), strings.Join(fields, ","))
	case 5:
		return `["null",` + w.leaf(1+w.pick(len(leafSchemas)-1, "leaf")) + `]`
	}
	return w.leaf(w.pick(len(leafSchemas), "leaf"))
}

var (
	edgeInts  = []int64{0, 1, -1, 12, 86_399_999, 86_400_000, math.MaxInt32, math.MinInt32}
	edgeLongs = append(append([]int64{}, edgeInts...), math.MaxInt64, math.MinInt64, 1_767_225_600_123, -1_767_225_600_123, 1_767_225_600_123_456_789)
	edgeReals = []float64{0, math.Copysign(0, -1), 1.5, -2, math.MaxFloat32, math.SmallestNonzeroFloat64, math.Inf(-1), math.NaN(), 1e300}
	edgeTexts = []string{"", "a", "ä😀", "true", "12", "-1.50", "2026-01-31", "13:30", "2026-01-31T13:30:00.123Z", "P1DT2H", "10.0.0.1", "123e4567-e89b-12d3-a456-426614174000", "k", "1y2mo"}
)

const mostEdges = 14 // values of one type that there are

// value appends one of a schema's values.
func (w *exprWorld) value(b []byte, s *mapping.Shape) []byte {
	edge := func(n int) int { return w.pick(mostEdges, "value") % n }
	switch s.Kind {
	case mapping.KindBoolean:
		return append(b, byte(edge(2)))
	case mapping.KindInt:
		return putLong(b, edgeInts[edge(len(edgeInts))])
	case mapping.KindLong:
		return putLong(b, edgeLongs[edge(len(edgeLongs))])
	case mapping.KindFloat:
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(edgeReals[edge(len(edgeReals))])))
	case mapping.KindDouble:
		return putDouble(b, edgeReals[edge(len(edgeReals))])
	case mapping.KindString:
		return putString(b, edgeTexts[edge(len(edgeTexts))])
	case mapping.KindEnum:
		return putLong(b, int64(edge(len(s.Symbols))))
	case mapping.KindBytes:
		return putString(b, []string{"", "\x00", "\xff\x80", "\x7f\x01\x02", "\x00\x00\x05", "\x04\x04\xd2\x04", "\x02\x07\x03"}[edge(7)])
	case mapping.KindFixed:
		data := make([]byte, s.Size)
		for i := range data {
			data[i] = []byte{0, 1, 0xff, 0x7f, byte(i)}[edge(5)]
		}
		return append(b, data...)
	}
	return w.nested(b, s)
}

func (w *exprWorld) nested(b []byte, s *mapping.Shape) []byte {
	switch s.Kind {
	case mapping.KindUnion:
		branch := w.pick(len(s.Branches), "branch")
		return w.value(putLong(b, int64(branch)), s.Branches[branch])
	case mapping.KindRecord:
		for i := range s.Fields {
			b = w.value(b, s.Fields[i].Shape)
		}
	case mapping.KindArray, mapping.KindMap:
		n := w.pick(3, "items")
		if n > 0 {
			b = putLong(b, int64(n))
		}
		for i := range n {
			if s.Kind == mapping.KindMap {
				b = putString(b, string("abk"[i]))
			}
			b = w.value(b, s.Elem)
		}
		b = putLong(b, 0)
	}
	return b
}

// path draws one that leads somewhere.
func (w *exprWorld) path(text string, s *mapping.Shape) (string, *mapping.Shape) {
	inner := s.NonNull()
	stop := w.pick(3, "stop") == 0 && text != "value"
	switch {
	case stop:
	case inner.Kind == mapping.KindRecord && inner.Logical == mapping.LogicalNone:
		f := inner.Fields[w.pick(len(inner.Fields), "field")]
		return w.path(text+"."+f.Name, f.Shape)
	case inner.Kind == mapping.KindArray:
		return w.path(text+fmt.Sprintf("[%d]", w.pick(2, "index")), inner.Elem)
	case inner.Kind == mapping.KindMap:
		return w.path(text+[]string{"['k']", "['b']"}[w.pick(2, "key")], inner.Elem)
	}
	return text, s
}

var everyScalar = strings.Fields("boolean tinyint smallint int bigint varint decimal float double timestamp date time duration text ascii blob uuid timeuuid inet")

// column draws a type that values of a shape go into; nil where there is none.
func (w *exprWorld) column(t failer, s *mapping.Shape) *mapping.Type {
	inner := s.NonNull()
	var out *mapping.Type
	switch inner.Kind {
	case mapping.KindArray:
		out = &mapping.Type{Kind: []mapping.TypeKind{mapping.TypeList, mapping.TypeSet, mapping.TypeVector}[w.pick(3, "collection")], Frozen: true, Elem: w.column(t, inner.Elem)}
		if out.Kind == mapping.TypeVector {
			out.Size, out.Frozen = 1+w.pick(2, "size"), false
		}
	case mapping.KindMap:
		out = &mapping.Type{Kind: mapping.TypeMap, Frozen: true, Key: &mapping.Type{Kind: mapping.TypeText}, Elem: w.column(t, inner.Elem)}
	case mapping.KindRecord:
		out = &mapping.Type{Kind: mapping.TypeUDT, Frozen: true, Keyspace: "ks", Name: "u"}
		for i := range inner.Fields {
			out.Fields = append(out.Fields, strings.ToUpper(inner.Fields[i].Name))
			elem := w.column(t, inner.Fields[i].Shape)
			if elem == nil {
				return nil
			}
			out.Elems = append(out.Elems, elem)
		}
		return out
	default:
		fits := scalarsFor(t, s)
		if len(fits) == 0 {
			return nil
		}
		return fits[w.pick(len(fits), "type")]
	}
	if out.Elem == nil {
		return nil
	}
	return out
}

func scalarsFor(t failer, s *mapping.Shape) (fits []*mapping.Type) {
	for _, name := range everyScalar {
		typ, err := mapping.ParseType(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mapping.FitOf(s, typ, mapping.UnitNone); err == nil {
			fits = append(fits, typ)
		}
	}
	return fits
}

// failer is what testing and rapid share.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// exprForms are expressions that give what a path gives.
var exprForms = []string{"true ? (%s) : nil", "coalesce(nil, %s)", "(%s) ?? nil", "[%s][0]", "let x = %s; x", "first([%s])", "{a: %s}.a"}

// feed is a column that a text of a mapping feeds.
type feed struct {
	text    string
	form    *mapping.Form
	decoder mapping.Decoder
}

// feeds compiles a mapping of one column; refused is what the check of the schema
// says.
func feeds(t failer, text string, s *avro.Schema, typ *mapping.Type) (f *feed, refused error) {
	t.Helper()
	table := &mapping.Table{Keyspace: "ks", Name: "t", ID: "5a1c395e-b41f-11e5-9f22-ba0be0483c18", GCGrace: 864000, PartitionKey: []int{0},
		Columns: []mapping.Column{{Name: "id", Type: &mapping.Type{Kind: mapping.TypeText}, Kind: mapping.PartitionKey}, {Name: "c", Type: typ}}}
	file, ds := mapping.Parse("m.yaml", []byte("version: 1\ntopics:\n  - topic: t\n    key: {format: string}\n    tables:\n      - table: ks.t\n        nulls: tombstone\n        columns:\n          id: key\n          c: \""+text+"\"\n"))
	if ds.Err() != nil {
		t.Fatal(ds.Err())
	}
	p, ds := mapping.Compile(file, 0, &mapping.Catalog{Keyspaces: map[string]map[string]*mapping.Table{"ks": {"t": table}}, Names: []string{"ks"}})
	if ds.Err() != nil {
		t.Fatal(ds.Err())
	}
	if err := mapping.CheckShapes(p, nil, []mapping.NamedShape{{Name: "v1", Shape: s.Shape()}}).Err(); err != nil {
		return nil, err
	}
	decoder, problems := avro.Compile(s, p.Write.Targets(mapping.RootValue))
	if problems != nil {
		t.Fatal(problems)
	}
	return &feed{text, p.Write, decoder}, nil
}

// cell maps a payload and gives the column's cell.
func (f *feed) cell(t failer, payload []byte) string {
	t.Helper()
	var b mapping.Buffer
	frame := b.Frame(len(f.form.Slots))
	for _, target := range f.form.Targets(mapping.RootKey) {
		at := len(frame.Arena)
		frame.Arena = append(frame.Arena, 'k')
		frame.Put(target.Slot, at)
	}
	if err := f.decoder.Decode(payload, frame); err != nil {
		t.Fatal(err)
	}
	f.form.Rows(&mapping.Record{Topic: "t", Key: []byte("k")}, frame, 1, 0, &b)
	if len(b.Poison) > 0 {
		return "poison"
	}
	c := b.Rows[0].Cells[slices.Index(b.Rows[0].Statement.Columns, 1)]
	return fmt.Sprintf("%d %x", c.State, c.Data)
}

// pair is a path alone, and the expressions that give the same.
type pair struct {
	path  *feed
	forms []*feed
}

// pairOf gives nil where the check of the schema refuses the expressions.
func pairOf(t failer, forms []string, path string, s *avro.Schema, typ *mapping.Type) *pair {
	t.Helper()
	alone, refused := feeds(t, path, s, typ)
	if refused != nil {
		t.Fatalf("%s into %s: %v", path, typ, refused)
	}
	p := &pair{path: alone}
	for _, form := range forms {
		f, refused := feeds(t, fmt.Sprintf(form, path), s, typ)
		if refused != nil {
			return nil
		}
		p.forms = append(p.forms, f)
	}
	return p
}

// same holds the expressions to what the path alone gives.
func (p *pair) same(t failer, typ *mapping.Type, payload []byte) {
	t.Helper()
	want := p.path.cell(t, payload)
	absent, null := fmt.Sprintf("%d ", mapping.Unset), fmt.Sprintf("%d ", mapping.Tombstone)
	for _, f := range p.forms {
		if got := f.cell(t, payload); got != want && (want != absent || got != null) { // what is absent is null in an expression
			t.Fatalf("into %s, of %x: %s gives %s, and %s gives %s", typ, payload, p.path.text, want, f.text, got)
		}
	}
}

// everything goes through all numbers below mostEdges.
type everything struct{ n int }

func (e everything) pick(n int, what string) int {
	if what == "value" || what == "branch" || what == "items" {
		return e.n % n
	}
	return 0
}

// unwritable are the pairs that a path writes and an expression refuses, since it
// has left behind what the logical type counts in.
var unwritable = map[string]string{
	"int (date)": "int bigint", "int (time-millis)": "int bigint", "long (time-micros)": "bigint", "long (NanoTime)": "bigint",
	"long (timestamp-millis)": "bigint", "long (timestamp-micros)": "bigint", "long (timestamp-nanos)": "bigint",
	"long (local-timestamp-millis)": "bigint", "long (local-timestamp-micros)": "bigint", "long (local-timestamp-nanos)": "bigint",
	"bytes (decimal)": "varint blob", "fixed (decimal)": "varint blob", "bytes (big-decimal)": "blob", "fixed (uuid)": "blob",
	"fixed (duration)": "duration", "long (MicroDuration)": "duration", "bytes (Bits)": "int bigint varint",
}

// TestPathIsExpression: each type of Avro, alone and nullable, goes into each column
// that takes it as it does within an expression, for every value of the table above;
// or the check of the schema refuses it, which is known of a few.
func TestPathIsExpression(t *testing.T) {
	compared := 0
	for i := range leafSchemas {
		for _, wrap := range []string{"%s", `["null",%s]`, `{"type":"array","items":%s}`, `{"type":"map","values":%s}`} {
			if i == 0 && wrap != "%s" {
				continue
			}
			w := exprWorld{}
			s := parse(t, `{"type":"record","name":"V","fields":[{"name":"f","type":`+fmt.Sprintf(wrap, w.leaf(i))+`}]}`)
			shape := s.Shape().Fields[0].Shape
			for _, typ := range columnsFor(t, shape) {
				p := pairOf(t, exprForms, "value.f", s, typ)
				leaf, column := shape.NonNull(), typ
				if leaf.Elem != nil {
					leaf, column = leaf.Elem, typ.Elem
				}
				name := strings.Replace(leaf.String(), " "+leaf.Name+" ", " ", 1)
				if refused := slices.Contains(strings.Fields(unwritable[name]), column.String()); refused != (p == nil) {
					t.Errorf("%s into %s: refused %v, want %v", name, typ, p == nil, refused)
				}
				for n := 0; n < mostEdges && p != nil; n++ {
					w.someOf = everything{n}
					p.same(t, typ, w.value(nil, s.Shape()))
					compared++
				}
			}
		}
	}
	if compared < 5000 {
		t.Errorf("%d values compared", compared)
	}
}

// columnsFor gives every type for a leaf, and for an array or map of leaves.
func columnsFor(t failer, s *mapping.Shape) []*mapping.Type {
	if s.Kind != mapping.KindArray && s.Kind != mapping.KindMap {
		return scalarsFor(t, s)
	}
	var out []*mapping.Type
	for _, elem := range scalarsFor(t, s.Elem) {
		if s.Kind == mapping.KindMap {
			out = append(out, &mapping.Type{Kind: mapping.TypeMap, Frozen: true, Key: &mapping.Type{Kind: mapping.TypeText}, Elem: elem})
			continue
		}
		out = append(out, &mapping.Type{Kind: mapping.TypeList, Frozen: true, Elem: elem}, &mapping.Type{Kind: mapping.TypeVector, Size: 2, Elem: elem})
	}
	return out
}

// TestPathsAreExpressions does the same for schemas, values and paths that nest.
func TestPathsAreExpressions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := exprWorld{someOf: drawn{t}}
		s, err := avro.Parse(`{"type":"record","name":"V","fields":[{"name":"a","type":`+w.schema(3)+`},{"name":"b","type":`+w.schema(2)+`}]}`, nil)
		if err != nil {
			t.Fatal(err)
		}
		payload := w.value(nil, s.Shape())
		path, shape := w.path("value", s.Shape())
		typ := w.column(t, shape)
		if typ == nil {
			return
		}
		if p := pairOf(t, exprForms[:3], path, s, typ); p != nil {
			p.same(t, typ, payload)
		}
	})
}

// TestTupleOfExpressions: a record into a tuple is refused in an expression, and its
// fields as a list give what the path of the record gives.
func TestTupleOfExpressions(t *testing.T) {
	s := parse(t, `{"type":"record","name":"V","fields":[{"name":"r","type":{"type":"record","name":"R","fields":[
		{"name":"a","type":["null","string"]},{"name":"b","type":"long"},{"name":"c","type":{"type":"array","items":"double"}}]}}]}`)
	typ := cql(t, "frozen<tuple<text,bigint,list<double>>>")
	if _, refused := feeds(t, "coalesce(value.r, nil)", s, typ); refused == nil || !strings.Contains(refused.Error(), "no order") {
		t.Errorf("got %v", refused)
	}
	alone, _ := feeds(t, "value.r", s, typ)
	listed, refused := feeds(t, "[value.r.a, value.r.b, value.r.c]", s, typ)
	if refused != nil {
		t.Fatal(refused)
	}
	for n := range mostEdges {
		w := exprWorld{someOf: everything{n}}
		payload := w.value(nil, s.Shape())
		if got, want := listed.cell(t, payload), alone.cell(t, payload); got != want {
			t.Errorf("%x: got %s, want %s", payload, got, want)
		}
	}
}

// TestExpressionsAreText: a text that is not UTF-8 is poison in an expression, also
// for a blob, which a path alone fills with any bytes.
func TestExpressionsAreText(t *testing.T) {
	s := parse(t, `{"type":"record","name":"V","fields":[{"name":"f","type":"string"}]}`)
	for text, want := range map[string]string{"value.f": "2 ff", "coalesce(value.f, nil)": "poison"} {
		f, refused := feeds(t, text, s, cql(t, "blob"))
		if refused != nil {
			t.Fatal(refused)
		}
		if got := f.cell(t, putString(nil, "\xff")); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
