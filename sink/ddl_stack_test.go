//go:build stack

package sink

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/mapping/ddl"
)

// What ddl reads from the text is what Cassandra tells after it ran the text.
func TestTheOfflineCatalogIsTheLiveOne(t *testing.T) {
	statements := []string{
		"CREATE KEYSPACE ddl WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TYPE ddl.address (street text, \"Zip\" varchar, phones list<text>, past frozen<set<int>>)",
		"CREATE TYPE ddl.person (name text, home frozen<address>, others frozen<map<text, frozen<address>>>)",
		`CREATE TABLE ddl.orders (id bigint PRIMARY KEY, placed_at timestamp, note varchar, tags set<text>, lines list<frozen<list<int>>>,
			nested frozen<list<list<int>>>, deep frozen<map<text, tuple<int, set<text>>>>, home frozen<address>, homes map<text, frozen<address>>, who frozen<person>,
			whos frozen<list<person>>, pair tuple<int, list<text>>, pairs list<frozen<tuple<int, address>>>, person person, "Weird ""Name""" text)
			WITH comment = 'it''s; a -- text' AND default_time_to_live = 86400`,
		`CREATE TABLE ddl.by_day (day date, region ascii, placed_at timestamp, id bigint, total decimal, owner text static, d duration,
			PRIMARY KEY ((region, day), placed_at, id)) WITH CLUSTERING ORDER BY (placed_at DESC, id ASC) AND gc_grace_seconds = 3600`,
		"CREATE TABLE ddl.keyed (a frozen<list<int>>, b frozen<address>, c tuple<int, text>, hits counter, PRIMARY KEY ((a, c), b))",
		"CREATE INDEX ON ddl.orders (note)",
		"ALTER TABLE ddl.orders ADD channel text",
		"ALTER TABLE ddl.orders ADD (a int, b map<int, text>)",
		"ALTER TABLE ddl.orders DROP a",
		"ALTER TYPE ddl.address ADD country text",
		"ALTER TABLE ddl.by_day WITH default_time_to_live = 60",
		"CREATE TABLE ddl.gone (k int PRIMARY KEY)",
		"DROP TABLE ddl.gone",
	}
	for _, cql := range statements {
		execute(t, cql)
	}
	var offline ddl.Schema
	if err := offline.Read("ddl.cql", []byte(strings.Join(statements, ";\n"))).Err(); err != nil {
		t.Fatal(err)
	}
	live, err := connect(t, testDeps()).Catalog(t.Context(), []string{"ddl"})
	if err != nil {
		t.Fatal(err)
	}
	want, got := live.Keyspaces["ddl"], offline.Catalog().Keyspaces["ddl"]
	if a, b := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)); len(a) == 0 || !slices.Equal(a, b) {
		t.Fatalf("tables %v, the cluster has %v", b, a)
	}
	for name, table := range want {
		sameTable(t, got[name], table)
	}
}

func sameTable(t *testing.T, got, want *mapping.Table) {
	t.Helper()
	if len(got.Columns) != len(want.Columns) {
		t.Fatalf("%s has %d columns, the cluster's has %d", want.Name, len(got.Columns), len(want.Columns))
	}
	for i := range want.Columns {
		g, w := got.Columns[i], want.Columns[i]
		if g.Name != w.Name || g.Kind != w.Kind || g.Type.String() != w.Type.String() || !g.Type.Equal(w.Type) {
			t.Errorf("%s: column %s %s kind %d, the cluster's is %s %s kind %d", want.Name, g.Name, g.Type, g.Kind, w.Name, w.Type, w.Kind)
		}
	}
	g, w := *got, *want
	g.ID, w.ID, g.Columns, w.Columns = "", "", nil, nil
	if !reflect.DeepEqual(g, w) {
		t.Errorf("table %+v, the cluster's is %+v", g, w)
	}
}
