package sink

import (
	"slices"
	"testing"

	"ingest/mapping"
)

// The parts of a key come in any order, and a table may go while it is read.
func TestFinishedTables(t *testing.T) {
	r := schemaReader{tables: map[string]*mapping.Table{"gone": {Name: "gone"}, "there": {Name: "there"}}, keys: map[*mapping.Table]map[int]int{}}
	there := r.tables["there"]
	for _, c := range []struct {
		name, kind string
		position   int
	}{{"a", "partition_key", 1}, {"b", "clustering", 0}, {"c", "regular", -1}, {"d", "partition_key", 0}} {
		if err := r.addColumn(there, c.name, c.kind, c.position, "int"); err != nil {
			t.Fatal(err)
		}
	}
	r.finish()
	if r.tables["gone"] != nil || r.tables["there"] != there {
		t.Errorf("the tables are %v, want the one that has columns", r.tables)
	}
	if !slices.Equal(there.PartitionKey, []int{3, 0}) || !slices.Equal(there.Clustering, []int{1}) {
		t.Errorf("the key is %v, %v", there.PartitionKey, there.Clustering)
	}
}
