package registry

import (
	"strings"
	"testing"

	"ingest/mapping"
)

// itemRows gives the rows of one order with these items; item i has n = i.
func itemRows(t *testing.T, entry string, tb *mapping.Table, items ...string) string {
	t.Helper()
	w := newWorld(t, config())
	w.seed("events-value", 1, 1, itemsRecord)
	p := compile(t, itemsFile(entry, tb), tb)
	return mapAll(t, NewMapper(p, w.client), anOrder("n", nil, items...))
}

func itemsFile(entry string, tb *mapping.Table) string {
	return "version: 1\ntopics:\n  - topic: events\n    key: {format: string}\n    tables:\n      - table: shop." + tb.Name +
		"\n        for_each: value.items\n        tombstone: ignore\n" + entry
}

// TestItemsOfOneRow: a record writes a row once, and no item's share is lost.
func TestItemsOfOneRow(t *testing.T) {
	skus := func(cql string) *mapping.Table { return table(t, "skus", 1, "id", "text", "tags", cql, "n", "int") }
	add := func(op string) string {
		return "        write: update\n        accept: [list_append]\n        columns: {id: key, n: item.n, tags: {from: \"[item.sku]\", op: " + op + "}}\n"
	}
	text := func(items ...string) string {
		out := "0000000" + string('0'+byte(len(items)))
		for _, s := range items {
			out += "00000001" + s
		}
		return out
	}
	for _, tc := range []struct {
		name, entry string
		table       *mapping.Table
		want        string
	}{
		{"into a set", add("append"), skus("set<text>"), "UPDATE at 100: tags=" + text("61", "62", "63", "62") + " n=00000003 id=6b30"},
		{"to the end of a list", add("append"), skus("list<text>"), "UPDATE at 100: tags=" + text("61", "62", "63", "62") + " n=00000003 id=6b30"},
		{"to the beginning of a list", add("prepend"), skus("list<text>"), "UPDATE at 100: tags=" + text("62", "63", "62", "61") + " n=00000003 id=6b30"},
		{"out of a set", add("remove"), skus("set<text>"), "UPDATE at 100: tags=" + text("61", "62", "63", "62") + " n=00000003 id=6b30"},
		{"all set", "        columns: {id: key, n: item.n}\n", skus("set<text>"), "INSERT at 100: id=6b30 n=00000003"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			check(t, itemRows(t, tc.entry, tc.table, "a", "b", "c", "b"), "0: "+tc.want)
		})
	}
}

// TestTheFirstItemOfARowThatMustNotBeThere: as if each item were a record.
func TestTheFirstItemOfARowThatMustNotBeThere(t *testing.T) {
	got := itemRows(t, "        write: insert_if_absent\n        accept: [lwt, cross_partition]\n        columns: {sku: item.sku, n: item.n}\n",
		table(t, "sold", 1, "sku", "text", "n", "int"), "x", "y", "x")
	check(t, got, "0: INSERT at 100: sku=78 n=00000000", "0: INSERT at 100: sku=79 n=00000001")
}

// TestTiesOfItems: what items of one record would do to each other at one write
// timestamp is refused.
func TestTiesOfItems(t *testing.T) {
	static := table(t, "lines", 1, "id", "text", "n", "int", "last", "text")
	static.Columns[1].Kind, static.Columns[2].Kind, static.Clustering = mapping.Clustering, mapping.Static, []int{1}
	wide := table(t, "lines", 1, "id", "text", "n", "int", "x", "text")
	wide.Columns[1].Kind, wide.Clustering = mapping.Clustering, []int{1}
	for _, tc := range []struct {
		name, entry string
		table       *mapping.Table
		want        string
	}{
		{"one static cell", "        columns: {id: key, n: item.n, last: item.sku}\n", static, "would write its static column \"last\""},
		{"a static cell of the record", "        columns: {id: key, n: item.n, last: value.note}\n", static, ""},
		{"a delete of the partition", "        delete: partition\n        delete_when: item.sku == 'reset'\n        columns: {id: key, n: item.n, x: item.sku}\n", wide, "would delete what other items"},
		{"a delete of the row", "        delete_when: item.sku == 'reset'\n        columns: {id: key, n: item.n, x: item.sku}\n", wide, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			catalog := &mapping.Catalog{Names: []string{"shop"}, Keyspaces: map[string]map[string]*mapping.Table{"shop": {"lines": tc.table}}}
			file, found := mapping.Parse("mapping.yaml", []byte(itemsFile(tc.entry, tc.table)))
			if err := found.Err(); err != nil {
				t.Fatal(err)
			}
			_, found = mapping.Compile(file, 0, catalog)
			got := ""
			if err := found.Err(); err != nil {
				got = err.Error()
			}
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestATombstoneOfTwoEntries: the second entry's delete is left out only where the
// first surely does the same.
func TestATombstoneOfTwoEntries(t *testing.T) {
	of := func(first string) string {
		w := newWorld(t, config())
		seedEvents(w)
		return mapAll(t, NewMapper(compile(t, "version: 1\ntopics:\n  - topic: events\n    key: {format: string}\n    tables:\n      - table: shop.clicks\n        record: com.acme.Click\n"+first+
			"        columns: {id: key, url: value.url}\n      - table: shop.clicks\n        record: View\n        columns: {id: key, page: value.page}\n",
			table(t, "clicks", 1, "id", "text", "url", "text", "page", "text")), w.client), nil)
	}
	const row = "0: DELETE at 100: id=6b30"
	check(t, of(""), row)
	check(t, of("        when: header['kind'] == 'click'\n"), row)
	check(t, of("        delete: [url]\n"), row, row)
}
