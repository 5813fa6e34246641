//go:build stack

package sink

import (
	"fmt"
	"strings"
	"testing"

	"ingest/mapping"
)

// Every type that a marker can name, as each part of a key and in descending
// order too.
func TestMarkersNameEveryType(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	execute(t, "DROP TABLE IF EXISTS sink.named")
	execute(t, "DROP TYPE IF EXISTS sink.\"Odd Name\"")
	execute(t, `CREATE TYPE sink."Odd Name" (a int, "B c" frozen<list<int>>)`)
	types := []string{"ascii", "bigint", "blob", "boolean", "date", "decimal", "double", "float", "inet", "int", "smallint", "text", "time", "timestamp",
		"timeuuid", "tinyint", "uuid", "varint", `frozen<"Odd Name">`, "frozen<list<int>>", "frozen<map<text, int>>", "frozen<set<uuid>>", "frozen<tuple<int, text>>"}
	var columns, partition, clustering, order, all []string
	var values [][]byte
	for i, kind := range types {
		columns = append(columns, fmt.Sprintf("p%[1]d %[2]s, c%[1]d %[2]s, v%[1]d %[2]s", i, kind))
		partition, clustering = append(partition, fmt.Sprint("p", i)), append(clustering, fmt.Sprint("c", i))
		order = append(order, fmt.Sprintf("c%d DESC", i))
		all = append(all, fmt.Sprint("v", i))
		values = append(values, named(kind))
	}
	key := append(append([]string{}, partition...), clustering...)
	keyValues := append(append([][]byte{}, values...), values...)
	tab := table(t, s, "named", fmt.Sprintf("%s, PRIMARY KEY ((%s), %s)) WITH CLUSTERING ORDER BY (%s",
		strings.Join(columns, ", "), strings.Join(partition, ", "), strings.Join(clustering, ", "), strings.Join(order, ", ")))
	r := row(insert(tab, append(key, all...)...), 1, append(keyValues, values...)...)
	d := row(statement(tab, mapping.DeleteRow, key...), 2, keyValues...)
	if o := write(t, w, r, d); len(o.acked) != 2 {
		t.Errorf("%d acknowledged, want 2: %v", len(o.acked), o.poison)
	}

	columns, all = nil, []string{"pk"}
	values = [][]byte{intBytes(1)}
	for i, kind := range []string{`"Odd Name"`, `list<frozen<"Odd Name">>`, "map<text, frozen<list<int>>>", "set<int>", "duration", "vector<float, 2>", "vector<frozen<set<int>>, 1>", "map<int, duration>"} {
		columns = append(columns, fmt.Sprintf("v%d %s", i, kind))
		all, values = append(all, fmt.Sprint("v", i)), append(values, nil)
	}
	tab = table(t, s, "named", "pk int PRIMARY KEY, "+strings.Join(columns, ", "))
	if o := write(t, w, row(insert(tab, all...), 1, values...)); len(o.acked) != 1 {
		t.Errorf("the row of the types that are no keys: %v", o.poison)
	}
}

// named gives bytes of a type.
func named(kind string) []byte {
	switch kind {
	case "bigint", "double", "time", "timestamp":
		return longBytes(1)
	case "boolean", "tinyint", "varint", "blob", "ascii", "text":
		return []byte{1}
	case "smallint":
		return []byte{0, 1}
	case "int", "float", "date", "inet":
		return intBytes(1)
	case "decimal":
		return []byte{0, 0, 0, 0, 1}
	case "uuid", "timeuuid":
		return append([]byte{0, 0, 0, 0, 0, 0, 0x10, 0}, longBytes(-1<<63)...)
	case `frozen<"Odd Name">`:
		return append(intBytes(4), intBytes(1)...)
	case "frozen<tuple<int, text>>":
		return append(append(intBytes(4), intBytes(1)...), 0, 0, 0, 1, 'a')
	}
	return intBytes(0) // a collection without elements
}
