package mapping

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func primitive(k Kind) *Shape { return &Shape{Kind: k} }

func nullable(s *Shape) *Shape {
	return &Shape{Kind: KindUnion, Branches: []*Shape{{Kind: KindNull}, s}}
}

// record makes a record shape of names and shapes in turn.
func record(name string, fields ...any) *Shape {
	s := &Shape{Kind: KindRecord, Name: name}
	for i := 0; i < len(fields); i += 2 {
		s.Fields = append(s.Fields, Field{Name: fields[i].(string), Shape: fields[i+1].(*Shape)})
	}
	return s
}

var long, str = primitive(KindLong), primitive(KindString)

// idKey is the key that most tests use.
func idKey() []NamedShape { return []NamedShape{{"key v1", record("K", "id", long)}} }

func TestCheckShapesFits(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, orders))
	value := record("Order", "customer", nullable(record("Customer", "id", long)))
	if ds := CheckShapes(p, idKey(), []NamedShape{{"v1", value}}); len(ds) > 0 {
		t.Errorf("got %v", ds)
	}
	if ds := CheckShapes(p, nil, nil); len(ds) > 0 {
		t.Errorf("without any version: %v", ds)
	}
}

// TestCheckShapesInSpiteOfFaults holds what is left of a faulty mapping against
// the schemas, so that all faults are found at once.
func TestCheckShapesInSpiteOfFaults(t *testing.T) {
	src := mapped(avroKey, "table: by_day\ntombstone: ignore\ncolumns:\n  region: value.nte\n  total: {const: seven}\n  nowhere: value.x") +
		"      - table: lost\n        columns:\n          id: key.id\n" +
		"      - table: orders\n        columns:\n          id: key.id\n          note: value.a\n"
	p, found := Examine(mustParse(t, src), 0, shop(t))
	if left, _ := compileOne(t, src); left != nil {
		t.Error("Compile gives a program in spite of faults")
	}
	found = append(found, CheckShapes(p, idKey(), []NamedShape{{"v1", record("O", "note", str)}})...)
	found.Sort()
	var got []string
	for i := range found {
		got = append(got, found[i].place())
	}
	// Three key columns that nothing feeds, a field that is not there, a constant
	// that is no number, no such column, no such table, a field that is not there.
	want := []string{"m.yaml:7:16", "m.yaml:7:16", "m.yaml:7:16", "m.yaml:10:19", "m.yaml:11:26", "m.yaml:12:11", "m.yaml:13:16", "m.yaml:19:17"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q:\n%v", got, want, found.Err())
	}
}

func TestCheckShapesFindings(t *testing.T) {
	micros := &Shape{Kind: KindLong, Logical: LogicalTimestampMicros}
	const one = "table: orders\ncolumns:\n  id: key.id\n  "
	const byDayRest = "table: by_day\ntombstone: ignore\ncolumns:\n  region: key.id\n  id: {const: 1}\n  day: {const: '2026-01-31'}\n  "
	v := func(shapes ...*Shape) (versions []NamedShape) {
		for i, s := range shapes {
			versions = append(versions, NamedShape{"v" + string(rune('1'+i)), s})
		}
		return versions
	}
	tests := []struct {
		name, entry string
		key, value  []NamedShape
		severity    Severity
		want        string // empty: nothing is said
	}{
		{"no such field", one + "note: value.nte", idKey(), v(record("O", "note", str)), Error, `m.yaml:10:17: value.nte is in no registered schema of this topic's value (looked in 1, up to v1) (did you mean "note"?)`},
		{"no such field of a field", one + "note: value.a.note", idKey(), v(record("O", "a", nullable(record("A", "remark", str)))), Error, `value.a.note is in no registered schema of this topic's value (looked in 1, up to v1) (there are: "remark")`},
		{"a field of a scalar", one + "note: value.a.b.c", idKey(), v(record("O", "a", record("A", "b", nullable(long)))), Error, "(a.b is long, which has no fields)"},
		{"a branch that is not there", one + "note: value.a.Vew.x", idKey(), v(record("O", "a", &Shape{Kind: KindUnion, Branches: []*Shape{record("x.Click", "x", str), record("x.View", "x", str)}})), Error, `(there are: "x.Click", "x.View")`},
		{"no such key", one + "note: key.name", idKey(), nil, Error, "key.name is in no registered schema of this topic's key"},
		{"in an old version only", one + "note: value.note", idKey(), v(record("O", "note", str), record("O", "other", str)), 0, ""},
		{"type refused", one + "note: value.note", idKey(), v(record("O", "note", long)), Error, `m.yaml:10:17: value.note cannot feed column "note" in v1: long cannot become text: it fits`},
		{"type refused in two versions", one + "note: value.note", idKey(), v(record("O", "note", long), record("O", "note", str), record("O", "note", primitive(KindDouble))), Error, `value.note cannot feed column "note" in v3 and 1 more: double cannot become text`},
		{"nullable key column", one + "note: {const: x}", v(record("K", "id", nullable(long))), nil, Warning, `m.yaml:9:15: key.id can be null or absent in v1, and primary key column "id" of shop.orders needs a value`},
		{"key column that a version lacks", one + "note: {const: x}", v(record("K", "other", long), record("K", "id", long)), nil, Warning, "key.id can be null or absent in v1"},
		{"key column finer than a millisecond", byDayRest + "placed_at: key.at", v(record("K", "id", str, "at", micros)), nil, Warning, "key.at is finer than a millisecond in v1"},
		{"ambiguous field", "table: orders\ncolumns_from: value\ntombstone: ignore\ncolumns:\n  id: key.id", idKey(), v(record("O", "Note", str, "no_te", str)), Error, "matches both Note and no_te"},
		{"part of the key left out", one + "note: {const: x}", v(record("K", "id", long, "region", str, "sub", record("S", "a", long))), nil, Error, "m.yaml:7:16: the primary key of shop.orders does not contain key.region, key.sub.a, so records of different keys can meet in one row (add it to the primary key, or, if"},
		{"part of the key left out, accepted", one + "note: {const: x}\naccept: [cross_partition]", v(record("K", "id", long, "region", str)), nil, 0, ""},
		{"a part that is always null", one + "note: {const: x}", v(record("K", "id", long, "nothing", primitive(KindNull))), nil, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustCompile(t, mapped(avroKey, tt.entry))
			ds := CheckShapes(p, tt.key, tt.value)
			found := slices.ContainsFunc(ds, func(d Diagnostic) bool {
				return d.Severity == tt.severity && strings.Contains(d.place()+": "+d.Message+" ("+d.Hint+")", tt.want)
			})
			if tt.want == "" && len(ds) > 0 || tt.want != "" && !found {
				t.Errorf("got %v\nwant %s %q", ds, tt.severity, tt.want)
			}
		})
	}
}

// TestCheckShapesColumnsFrom: a column that no field fills is worth a warning,
// a key column that no field fills is a fault.
func TestCheckShapesColumnsFrom(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, "table: by_day\ncolumns_from: value\ntombstone: ignore\naccept: [cross_partition]\ncolumns:\n  id: key.id"))
	day := &Shape{Kind: KindInt, Logical: LogicalDate}
	ds := CheckShapes(p, idKey(), []NamedShape{{"v1", record("O", "DAY", day, "placedAt", long)}})
	var got []string
	for i := range ds {
		got = append(got, ds[i].String())
	}
	want := []string{
		`m.yaml:8:23: error: no field of the value has the name of primary key column "region" of shop.by_day`,
		`m.yaml:8:23: warning: nothing fills column "total" of shop.by_day: no field of the value has its name`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestCheckShapesWholeKey: an Avro key that is no record is one part.
func TestCheckShapesWholeKey(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, "table: orders\ncolumns: {id: key}"))
	if ds := CheckShapes(p, []NamedShape{{"v1", long}}, nil); len(ds) > 0 {
		t.Errorf("got %v", ds)
	}
	if ds := CheckShapes(p, []NamedShape{{"v1", record("K", "a", long)}}, nil); ds.Err() == nil {
		t.Error("a record went into a bigint")
	}
}

// TestCheckShapesLooseKey: columns_from: key finds parts in another spelling.
func TestCheckShapesLooseKey(t *testing.T) {
	p := mustCompile(t, mapped("", "table: by_day\ncolumns_from: key"))
	key := record("K", "Day", &Shape{Kind: KindInt, Logical: LogicalDate}, "region", str, "placedAt", &Shape{Kind: KindLong, Logical: LogicalTimestampMillis}, "ID", long)
	for _, d := range CheckShapes(p, []NamedShape{{"v1", key}}, nil) {
		if d.Severity == Error {
			t.Error(d.String())
		}
	}
}

// TestKeyWalkEnds: schemas that contain themselves, or that unfold without end,
// are looked at for a bounded time.
func TestKeyWalkEnds(t *testing.T) {
	cyclic := record("Node", "id", long)
	cyclic.Fields = append(cyclic.Fields, Field{Name: "next", Shape: cyclic})
	wide := record("Empty")
	for range 40 {
		wide = record("Wide", "a", wide, "b", wide)
	}
	start := time.Now()
	for _, s := range []*Shape{cyclic, wide} {
		var w keyWalk
		w.walk(s, nil)
		if len(w.leaves) > maxKeyVisits {
			t.Errorf("%d parts", len(w.leaves))
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}
