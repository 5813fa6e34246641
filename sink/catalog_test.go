package sink

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
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

// A column of a custom type is told of once, however often the catalog is read, and
// again when it is another one.
func TestWhatIsLeftOutIsLoggedOnce(t *testing.T) {
	var log strings.Builder
	s := &Session{opener: &opener{log: slog.New(slog.NewTextHandler(&log, nil))}}
	for range 3 {
		s.leaveOut("ks.t", "shape", errors.New("unknown type PointType"))
		s.leaveOut("ks.t", "other", errors.New("unknown type PointType"))
	}
	s.leaveOut("ks.t", "shape", errors.New("unknown type PolygonType"))
	if lines := strings.Count(log.String(), "left a column out"); lines != 3 {
		t.Errorf("%d lines, want 3:\n%s", lines, log.String())
	}
}
