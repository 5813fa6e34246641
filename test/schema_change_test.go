//go:build stack

package test

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// nth gives what the nth record of a changing topic says.
func nth(c *changing) func(*kgo.Record) string {
	return func(r *kgo.Record) string {
		var v map[string]any
		if _, err := c.value.schema.Decode(r.Value[5:], &v); err != nil {
			c.t.Fatal(err)
		}
		return fmt.Sprint(v["n"])
	}
}

// The columns of a live table change: what nothing feeds stops nothing, what is
// fed holds the topic until it is back.
func TestColumnsOfALiveTable(t *testing.T) {
	t.Parallel()
	const name = "altered"
	schema := `{"type": "record", "name": "Row", "fields": [{"name": "n", "type": "int"}, {"name": "v", "type": "string"}]}`
	c := newChanging(t, name, schema, func(n int32) map[string]any { return map[string]any{"n": n, "v": strconv.Itoa(int(n))} }, 997,
		"n: value.n\nv: value.v", "CREATE TABLE altered.rows (k text PRIMARY KEY, n bigint, v text, spare text)")

	c.change("ALTER TABLE altered.rows DROP spare")
	c.replanned(`column "spare" of altered.rows is gone`)
	c.flows(name)
	c.change("ALTER TABLE altered.rows ADD another text")
	c.replanned(`column "another" of altered.rows is new`)
	c.flows(name)
	if strings.Contains(c.Output(), "no longer fits") {
		t.Errorf("a column that nothing feeds held the topic:\n%s", c.Tail())
	}

	c.change("ALTER TABLE altered.rows RENAME k TO id")
	c.holds(`column "k" of altered.rows is gone`, `column "id" of altered.rows is new`, `has no column "k"`)
	c.change("ALTER TABLE altered.rows RENAME id TO k")
	c.goesOn()

	c.change("ALTER TABLE altered.rows DROP v")
	c.holds(`column "v" of altered.rows is gone`, `has no column "v"`)
	c.change("ALTER TABLE altered.rows ADD v text")
	c.goesOn()
	if !strings.Contains(c.Output(), "Cassandra hides what is written to it with an earlier write timestamp") {
		t.Errorf("the worker does not warn of values that are hidden:\n%s", c.Tail())
	}

	records := c.end()
	got := c.rows("v")
	demandChanged(t, got, changedFold(records, nth(c)), nil, 0)
	var dropped time.Time // in milliseconds, where Cassandra itself knows microseconds
	if !c.scan("SELECT dropped_time FROM system_schema.dropped_columns WHERE keyspace_name = 'altered' AND table_name = 'rows' AND column_name = 'v'", &dropped) {
		t.Fatal("Cassandra does not say when v was dropped")
	}
	hidden := 0
	for key, row := range got {
		switch {
		case row.more == "" && row.stamp < dropped.UnixMicro()+1000:
			hidden++
		case row.more != row.n || row.stamp <= dropped.UnixMicro():
			t.Errorf("row %s of %d says %s and %q; v was dropped at %d", key, row.stamp, row.n, row.more, dropped.UnixMicro())
		}
	}
	t.Logf("%d of %d rows are older than the drop", hidden, len(got))
}

// frozen has nothing on its way to Cassandra while a table is changed, so that it
// is known which rows were in the table before. What was on its way then arrives
// at the new table with the old one's plan.
func (c *changing) frozen(gone map[string]changedRow, ddl ...string) {
	c.t.Helper()
	letGo := c.front.hold()
	defer letGo()
	time.Sleep(700 * time.Millisecond) // what was passed on before has its answer
	maps.Copy(gone, c.rows("n"))
	c.change(ddl...)
}

func (c *changing) recreate(gone map[string]changedRow, kind string) {
	c.t.Helper()
	c.frozen(gone, "DROP TABLE "+c.name+".rows", "CREATE TABLE "+c.name+".rows (k text PRIMARY KEY, n "+kind+")")
}

// A table is dropped and created again as it was, and goes on at once: each record
// is in the new table, or was in the old one.
func TestRecreatedTable(t *testing.T) {
	t.Parallel()
	c := newChanging(t, "recreated_same", numberOnly, justNumber, 0, "n: value.n", "CREATE TABLE recreated_same.rows (k text PRIMARY KEY, n bigint)")
	gone := map[string]changedRow{}
	for range 2 {
		before := c.plans()
		c.recreate(gone, "bigint")
		harness.Eventually(t, time.Minute, "the topic is planned anew", func() error {
			if c.plans() == before {
				return fmt.Errorf("not yet")
			}
			return nil
		})
		c.flows(c.name)
	}
	c.frozen(gone, "TRUNCATE recreated_same.rows")
	c.flows(c.name)
	records := c.end()
	demandChanged(t, c.rows("n"), changedFold(records, nth(c)), gone, c.lastDDL)
}

// The same with other types: one that takes the same bytes as another number, one
// that takes them as they are, and one that the mapping does not fit.
func TestRecreatedTableWithAnotherType(t *testing.T) {
	t.Parallel()
	c := newChanging(t, "recreated_other", numberOnly, justNumber, 0, "n: value.n", "CREATE TABLE recreated_other.rows (k text PRIMARY KEY, n bigint)")
	gone := map[string]changedRow{}
	for _, kind := range []string{"double", "int", "varint"} {
		c.recreate(gone, kind)
		c.replanned("and is " + kind)
		c.goesOn()
	}
	c.recreate(gone, "boolean")
	c.holds("was varint and is boolean", "dropped and created again")
	if rows := c.rows("n"); len(rows) > 0 {
		t.Errorf("%d rows in a table that the mapping does not fit", len(rows))
	}
	c.recreate(gone, "bigint")
	c.goesOn()
	records := c.end()
	demandChanged(t, c.rows("n"), changedFold(records, nth(c)), gone, c.lastDDL)
}

// A user-defined type gets another field: nothing stops, and records that come
// afterwards fill it.
func TestAlteredType(t *testing.T) {
	t.Parallel()
	const name = "altered_type"
	schema := `{"type": "record", "name": "Row", "fields": [{"name": "n", "type": "int"}, {"name": "u", "type":
		{"type": "record", "name": "U", "fields": [{"name": "x", "type": "int"}, {"name": "y", "type": "string"}, {"name": "z", "type": "int"}]}}]}`
	value := func(n int32) map[string]any {
		return map[string]any{"n": n, "u": map[string]any{"x": n, "y": "text", "z": n}}
	}
	c := newChanging(t, name, schema, value, 997, "n: value.n\nu: value.u",
		"CREATE TYPE altered_type.pair (x int, y text)", "CREATE TABLE altered_type.rows (k text PRIMARY KEY, n bigint, u frozen<pair>)")
	c.change("ALTER TYPE altered_type.pair ADD z int")
	c.replanned(`column "u" of altered_type.rows has other fields`)
	c.flows(name)
	c.mu.Lock()
	since := len(c.records)
	c.mu.Unlock()
	c.flows(name)
	if strings.Contains(c.Output(), "no longer fits") {
		t.Errorf("the new field held the topic:\n%s", c.Tail())
	}

	records := c.end()
	want := changedFold(records, nth(c))
	first := c.rows("CAST(u.x AS text)")
	demandChanged(t, first, want, nil, 0)
	filled := 0
	for key, row := range c.rows("CAST(u.z AS text)") {
		if first[key].more != row.n {
			t.Errorf("row %s says %s and %q", key, row.n, first[key].more)
		}
		switch {
		case row.more == row.n:
			filled++
		case row.more != "" || want[key].order >= since:
			t.Errorf("the new field of row %s says %q, want %s", key, row.more, row.n)
		}
	}
	t.Logf("the new field has a value in %d of %d rows", filled, len(first))
}
