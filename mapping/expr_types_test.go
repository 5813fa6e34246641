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

// TestExpressionFieldsOfVersions: a field that one version lacks is null there, and
// one that none has is a mistake.
func TestExpressionFieldsOfVersions(t *testing.T) {
	version := func(field string) string {
		return `{"type":"record","name":"V","fields":[{"name":"items","type":{"type":"array","items":{"type":"record","name":"I","fields":[{"name":"` + field + `","type":"string"}]}}}]}`
	}
	for _, tt := range []struct {
		text, want string
		versions   []string
	}{
		{"any(value.items, .sku == 'x')", "", []string{version("old"), version("sku")}},
		{"any(value.items, .sku == 'x')", "", []string{version("sku"), version("new")}},
		{"any(value.items, .sku == 'x')", `has no field "sku"`, []string{version("old"), version("new")}},
		{"any(value.items, .sku == 1)", "a text and a whole number are never equal in version 1", []string{version("sku"), version("new")}},
		{"any(value.items, .sku == 1)", `has no field "sku"`, []string{version("new")}},
	} {
		src := "version: 1\ntopics:\n  - topic: orders\n    key: {format: string}\n    tables:\n      - table: shop.orders\n        when: \"" + tt.text + "\"\n        columns: {id: key}\n"
		err := examined(t, "m.yaml", []byte(src), "testdata/expression-types.cql", tt.versions...).Err()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s of %d versions: got %v, want %q", tt.text, len(tt.versions), err, tt.want)
		}
	}
}
