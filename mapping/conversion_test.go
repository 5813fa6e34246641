package mapping_test

import (
	"fmt"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// TestNamedConversionsFit: what a refusal tells people to write is taken.
func TestNamedConversionsFit(t *testing.T) {
	tried := 0
	for _, row := range avroTypes {
		value, err := avro.Parse(`{"type":"record","name":"V","fields":[{"name":"x","type":`+row.schema+`}]}`, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range tableColumns {
			letter, conversion := verdict(value.Shape().Fields[0].Shape, cql(t, column))
			if letter != "x" || column == "counter" { // counters are added to, not set
				continue
			}
			tried++
			if err := converts(t, conversion, cql(t, column), value.Shape()); err != nil {
				t.Errorf("%s into %s: %v", row.name, column, err)
			}
		}
	}
	if tried < 100 {
		t.Errorf("%d conversions were tried", tried)
	}
}

func converts(t *testing.T, expression string, column *mapping.Type, value *mapping.Shape) error {
	t.Helper()
	src := fmt.Sprintf("version: 1\ntopics:\n  - topic: t\n    key: {format: string}\n    tables:\n      - table: k.t\n        columns:\n          id: key\n          x: \"%s\"\n", expression)
	file, found := mapping.Parse("m.yaml", []byte(src))
	if found.Err() != nil {
		return found.Err()
	}
	table := &mapping.Table{Keyspace: "k", Name: "t", PartitionKey: []int{0}, Columns: []mapping.Column{
		{Name: "id", Type: cql(t, "text"), Kind: mapping.PartitionKey}, {Name: "x", Type: column}}}
	catalog := &mapping.Catalog{Names: []string{"k"}, Keyspaces: map[string]map[string]*mapping.Table{"k": {"t": table}}}
	program, found := mapping.Compile(file, 0, catalog)
	if found.Err() != nil {
		return found.Err()
	}
	return mapping.CheckShapes(program, nil, []mapping.NamedShape{{Name: "v1", Shape: value}}).Err()
}
