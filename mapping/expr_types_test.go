package mapping_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/mapping/ddl"
)

// examined gives what is said of a mapping of one topic, a CQL file and the .avsc
// files of its values, the newest last.
func examined(t *testing.T, name string, src []byte, cqlFile string, values ...string) mapping.Diagnostics {
	t.Helper()
	file, ds := mapping.Parse(name, src)
	if ds.Err() != nil {
		t.Fatal(ds.Err())
	}
	text, err := os.ReadFile(cqlFile)
	if err != nil {
		t.Fatal(err)
	}
	var tables ddl.Schema
	if err := tables.Read(cqlFile, text).Err(); err != nil {
		t.Fatal(err)
	}
	var shapes []mapping.NamedShape
	for i, value := range values {
		schema, err := avro.Parse(value, nil)
		if err != nil {
			t.Fatal(err)
		}
		shapes = append(shapes, mapping.NamedShape{Name: "version " + string(rune('1'+i)), Shape: schema.Shape()})
	}
	program, ds := mapping.Examine(file, 0, tables.Catalog())
	return append(ds, mapping.CheckShapes(program, nil, shapes)...)
}

// TestExpressionTypeFaults: each expression of a file that does not fit its schema
// or its column has a message with its place, and what to do about it.
func TestExpressionTypeFaults(t *testing.T) {
	const name = "testdata/expression-types"
	src, err := os.ReadFile(name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile(name + ".avsc")
	if err != nil {
		t.Fatal(err)
	}
	ds := examined(t, "expression-types.yaml", src, name+".cql", string(schema))
	var out bytes.Buffer
	if err := ds.Render(&out, src); err != nil {
		t.Fatal(err)
	}
	golden(t, name+".golden", out.String())
	faulty := map[int]bool{}
	for _, d := range ds {
		faulty[d.Line] = faulty[d.Line] || d.Severity == mapping.Error
		if d.Severity == mapping.Error && d.Hint == "" {
			t.Errorf("%s: says nothing about what to do", d.String())
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(string(src)), "\n") {
		if i < 6 || strings.HasSuffix(line, ":") || strings.Contains(line, "- table") || strings.Contains(line, "id: key") || strings.Contains(line, "unit: ") ||
			strings.Contains(line, "accept: ") || strings.Contains(line, "for_each: ") || strings.Contains(line, "tombstone: ") {
			continue
		}
		if !faulty[i+1] {
			t.Errorf("line %d has no fault: %s", i+1, line)
		}
	}
}
