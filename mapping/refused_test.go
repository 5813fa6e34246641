package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// oneTable is a catalog of table ks.t with key k and a column for each type,
// named c0, c1, …
func oneTable(t *testing.T, types []string) *mapping.Catalog {
	t.Helper()
	table := &mapping.Table{Keyspace: "ks", Name: "t", PartitionKey: []int{0},
		Columns: []mapping.Column{{Name: "k", Type: cql(t, "text"), Kind: mapping.PartitionKey}}}
	for i, text := range types {
		table.Columns = append(table.Columns, mapping.Column{Name: fmt.Sprint("c", i), Type: cql(t, text)})
	}
	return &mapping.Catalog{Keyspaces: map[string]map[string]*mapping.Table{"ks": {"t": table}}, Names: []string{"ks"}}
}

// compiled gives the program that feeds columns c0, c1, … of oneTable from these
// paths.
func compiled(t *testing.T, types, paths []string) *mapping.Program {
	t.Helper()
	var b strings.Builder
	b.WriteString("version: 1\ntopics:\n  - topic: t\n    key:\n      format: string\n    tables:\n      - table: ks.t\n        accept: [list_append]\n        columns:\n          k: key\n")
	for i, path := range paths {
		fmt.Fprintf(&b, "          c%d: %s\n", i, path)
	}
	file, ds := mapping.Parse("m.yaml", []byte(b.String()))
	if err := ds.Err(); err != nil {
		t.Fatal(err)
	}
	p, ds := mapping.Compile(file, 0, oneTable(t, types))
	if err := ds.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRefusedPairs: every refused pair of the type table is a validation error at
// the column's place that says what fits, and what to write where an expression
// converts; no legal pair is one.
func TestRefusedPairs(t *testing.T) {
	columns := tableColumns[: len(tableColumns)-7 : len(tableColumns)-7] // no table has counters beside others
	columns = append(columns, tableColumns[len(tableColumns)-6:]...)
	paths := make([]string, len(columns))
	for i := range paths {
		paths[i] = "value.x"
	}
	for _, row := range avroTypes {
		schema, err := avro.Parse(`{"type":"record","name":"Rec","fields":[{"name":"x","type":`+row.schema+`}]}`, nil)
		if err != nil {
			t.Fatal(err)
		}
		said := map[int]mapping.Diagnostic{}
		p := compiled(t, columns, paths)
		for _, d := range mapping.CheckShapes(p, nil, []mapping.NamedShape{{Name: "v1", Shape: schema.Shape()}}) {
			if d.Severity == mapping.Error {
				said[d.Line-11] = d // c0 stands in line 11
			}
		}
		for i, column := range columns {
			_, fitErr := mapping.FitOf(schema.Shape().Fields[0].Shape, cql(t, column), mapping.UnitNone)
			d, refused := said[i]
			switch {
			case refused != (fitErr != nil):
				t.Errorf("%s into %s: %v, but validation says %q", row.name, column, fitErr, d.Message)
			case !refused:
			case !strings.Contains(d.Message, fmt.Sprintf(`value.x cannot feed column "c%d" in v1: %v`, i, fitErr)):
				t.Errorf("%s into %s: %s", row.name, column, d.Message)
			case mapping.ConversionFor(fitErr, "value.x") != "" && d.Hint != "write "+mapping.ConversionFor(fitErr, "value.x"):
				t.Errorf("%s into %s: hint %q", row.name, column, d.Hint)
			}
		}
	}
}
