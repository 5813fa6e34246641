package mapping

import (
	"fmt"
	"strings"
	"testing"
)

// writeShop is a cluster with tables for each way to write.
func writeShop(t *testing.T) *Catalog {
	t.Helper()
	tables := map[string]*Table{}
	for _, table := range []*Table{
		makeTable(t, "shop", "profiles", "id text pk", "at bigint ck", "name text", "history list<text>", "tags set<text>", "scores map<text,bigint>", "cold frozen<set<text>>", "owner text static"),
		makeTable(t, "shop", "visits", "page text pk", "hits counter", "clicks counter"),
	} {
		tables[table.Name] = table
	}
	return &Catalog{Keyspaces: map[string]map[string]*Table{"shop": tables}, Names: []string{"shop"}}
}

// described shows a statement with what it does to each column.
func described(st *Statement) string {
	var words []string
	for i, at := range st.Columns {
		word := st.Table.Columns[at].Name
		if op := st.Cell(i); op != OpSet {
			word += " " + op.String()
		}
		words = append(words, word)
	}
	for _, at := range st.Deleted {
		words = append(words, "-"+st.Table.Columns[at].Name)
	}
	return fmt.Sprintf("%d %s: %s", st.Op, st.Op, strings.Join(words, ", "))
}

func TestCompileWays(t *testing.T) {
	const profile = "table: profiles\n"
	tests := []struct{ name, entry, write, tombstone string }{
		{"update", profile + "write: update\ncolumns: {id: key.id, at: key.at, name: value.n}", "2 UPDATE: name, id, at", "1 DELETE: id, at"},
		{"collections", profile + "write: update\ntombstone: ignore\naccept: [list_append]\ncolumns:\n  id: key.id\n  at: key.at\n  history: {from: value.h, op: prepend}\n  tags: {from: value.t, op: append}\n  scores: {from: value.s, op: remove}",
			"2 UPDATE: history prepend, tags append, scores remove, id, at", ""},
		{"insert_if_absent", profile + "write: insert_if_absent\naccept: [lwt]\ntombstone: ignore\nttl: 1h\ncolumns: {id: key.id, at: key.at, name: value.n}", "3 INSERT: id, at, name", ""},
		{"delete", profile + "write: delete\ncolumns: {id: key.id, at: key.at}", "1 DELETE: id, at", "1 DELETE: id, at"},
		{"delete from columns_from", profile + "write: delete\ncolumns_from: key", "1 DELETE: id, at", "1 DELETE: id, at"},
		{"delete of a partition", profile + "write: delete\ndelete: partition\ncolumns: {id: key.id}\naccept: [cross_partition]", "4 DELETE: id", "4 DELETE: id"},
		{"delete of columns", profile + "write: delete\ndelete: [name, owner]\ncolumns: {id: key.id, at: key.at}", "5 DELETE: id, at, -name, -owner", "5 DELETE: id, at, -name, -owner"},
		{"delete of a static column", profile + "write: delete\ndelete: [owner]\ncolumns: {id: key.id}", "5 DELETE: id, -owner", "5 DELETE: id, -owner"},
		{"upsert and delete of a partition", profile + "delete: partition\ncolumns: {id: key.id, at: key.at, name: value.n}", "0 INSERT: id, at, name", "4 DELETE: id"},
		{"static alone", profile + "tombstone: ignore\ncolumns: {id: key.id, owner: value.o}", "0 INSERT: id, owner", ""},
		{"static alone, updated", profile + "write: update\ndelete: [owner]\ncolumns: {id: key.id, owner: value.o}", "2 UPDATE: owner, id", "5 DELETE: id, -owner"},
		{"counter", "table: visits\nwrite: counter\naccept: [counter]\ntombstone: ignore\ncolumns: {page: key.page, hits: value.h, clicks: 1}", "6 UPDATE: hits, clicks, page", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, ds := Compile(mustParse(t, mapped(avroKey, test.entry)), 0, writeShop(t))
			if err := ds.Err(); err != nil {
				t.Fatal(err)
			}
			if got := described(p.Write.Parts[0].Statement); got != test.write {
				t.Errorf("write %q, want %q", got, test.write)
			}
			tombstone := ""
			if len(p.Tombstone.Parts) > 0 {
				tombstone = described(p.Tombstone.Parts[0].Statement)
			}
			if tombstone != test.tombstone {
				t.Errorf("tombstone %q, want %q", tombstone, test.tombstone)
			}
			for _, form := range []*Form{p.Write, p.Tombstone} {
				for i := range form.Parts {
					if st := form.Parts[i].Statement; st.Routing[0] < 0 || st.Table.Columns[st.Columns[st.Routing[0]]].Kind != PartitionKey {
						t.Errorf("%s is routed by %v", st.Op, st.Routing)
					}
				}
			}
		})
	}
}

func TestCompileWayFaults(t *testing.T) {
	const profile, rest = "table: profiles\ntombstone: ignore\n", "\ncolumns: {id: key.id, at: key.at, name: value.n}"
	tests := []struct{ name, entry, want string }{
		{"no label for lwt", profile + "write: insert_if_absent" + rest, "say `accept: [lwt]`"},
		{"no label for a counter", "table: visits\nwrite: counter\ntombstone: ignore\ncolumns: {page: key.page, hits: 1}", "say `accept: [counter]`"},
		{"no label for a list", profile + "write: update\ncolumns:\n  id: key.id\n  at: key.at\n  history: {from: value.h, op: append}", "say `accept: [list_append]`"},
		{"upsert of a counter", "table: visits\ntombstone: ignore\ncolumns: {page: key.page, hits: 1}", "upsert cannot write them (say `write: counter`"},
		{"counter without counters", profile + "write: counter\naccept: [counter]" + rest, "table shop.profiles has no counter columns"},
		{"update of a key alone", profile + "write: update\ncolumns: {id: key.id, at: key.at}", "update writes nothing to shop.profiles"},
		{"delete with a value", profile + "write: delete" + rest, `a delete of shop.profiles has no use for column "name"`},
		{"delete of an unknown column", profile + "write: delete\ndelete: [nam]\ncolumns: {id: key.id, at: key.at}", `no column "nam" (did you mean "name"?)`},
		{"delete of a key column", profile + "write: delete\ndelete: [at]\ncolumns: {id: key.id, at: key.at}", `column "at" is part of the primary key`},
		{"op on a text", profile + "write: update\ncolumns:\n  id: key.id\n  at: key.at\n  name: {from: value.n, op: append}", `"op: append" is not for column "name", which is text (remove it`},
		{"op on a frozen set", profile + "write: update\ncolumns:\n  id: key.id\n  at: key.at\n  cold: {from: value.n, op: append}", `"op: append" is not for column "cold"`},
		{"append to a map", profile + "write: update\ncolumns:\n  id: key.id\n  at: key.at\n  scores: {from: value.n, op: append}", `it can be "put", "remove"`},
		{"partition of another key", profile + "write: delete\ndelete: partition\ncolumns: {id: value.id}", "the partition key, which its deletes go by, of shop.profiles does not contain the key"},
		{"static alone and a default tombstone", "table: profiles\ncolumns: {id: key.id, owner: value.o}", `nothing feeds key column "at"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, ds := Compile(mustParse(t, mapped(avroKey, test.entry)), 0, writeShop(t))
			if err := ds.Err(); err == nil || !strings.Contains(flat(ds), test.want) {
				t.Errorf("got  %s\nwant %s", flat(ds), test.want)
			}
		})
	}
}

// TestConditionalAndStampedWritesDoNotMix: across topics each of them says so, since
// it may run without the other; of two entries of one topic one does.
func TestConditionalAndStampedWritesDoNotMix(t *testing.T) {
	const first = "table: profiles\nwrite: insert_if_absent\naccept: [lwt, cross_partition]\ntombstone: ignore\ncolumns: {id: key.id, at: key.at}"
	const other = "      - table: profiles\n        record: Other\n        accept: [cross_partition]\n        tombstone: ignore\n        columns: {id: key.id, at: key.at}\n"
	const fault = "line 14 writes shop.profiles with write timestamps of records, and line 8 with those of Cassandra"
	apart := mapped(avroKey, first) + "  - topic: others\n    tables:\n" + other
	for topic := range 2 {
		_, ds := Compile(mustParse(t, apart), topic, writeShop(t))
		if got := flat(ds); strings.Count(got, fault) != 1 {
			t.Errorf("topic %d: got %s", topic, got)
		}
	}
	together := mapped(avroKey, strings.Replace(first, "\n", "\nrecord: First\n", 1)) + strings.Replace(other, "tombstone: ignore", "tombstone: dead_letter", 1)
	_, ds := Compile(mustParse(t, together), 0, writeShop(t))
	if got := flat(ds); strings.Count(got, "with those of Cassandra") != 1 {
		t.Errorf("in one topic: got %s", got)
	}
}

func flat(ds Diagnostics) string {
	var out []string
	for i := range ds {
		out = append(out, fmt.Sprintf("%s (%s)", ds[i].Message, ds[i].Hint))
	}
	return strings.Join(out, "\n")
}

// TestWayParseFaults: what an entry says of its writes is held against itself.
func TestWayParseFaults(t *testing.T) {
	const columns = "\ncolumns: {id: key.id, name: value.n}"
	tests := []struct{ name, entry, want string }{
		{"mode", "table: t\nwrite: updte" + columns, `"write" cannot be "updte" (did you mean "update"?)`},
		{"scope", "table: t\ndelete: rows" + columns, `"delete" cannot be "rows" (did you mean "row"?)`},
		{"op", "table: t\nwrite: update\ncolumns:\n  id: key.id\n  l: {from: value.l, op: apend}", `"op" cannot be "apend" (did you mean "append"?)`},
		{"op of an upsert", "table: t\ncolumns:\n  id: key.id\n  l: {from: value.l, op: append}", "(say `write: update` for the table)"},
		{"op with a tombstone", "table: t\nwrite: update\ncolumns:\n  id: key.id\n  l: {from: value.l, op: append, nulls: tombstone}", `a null changes nothing, so it cannot delete column "l"`},
		{"delete with a ttl", "table: t\nwrite: delete\nttl: 1d" + columns, "delete writes nothing that could expire"},
		{"counter with a ttl", "table: t\nwrite: counter\ntombstone: ignore\nttl: 1d" + columns, "counter writes nothing that could expire"},
		{"counter with a timestamp", "table: t\nwrite: counter\ntombstone: ignore\ntimestamp: value.at" + columns, "Cassandra takes no write timestamp with counter"},
		{"counter with tombstones", "table: t\nwrite: counter" + columns, "counter cannot be mixed with deletes, and a record without a value would delete"},
		{"condition with deletes", "table: t\nwrite: insert_if_absent\ntombstone: ignore\ndelete: row" + columns, "insert_if_absent cannot be mixed with deletes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, ds := Parse("m.yaml", []byte(mapped(avroKey, test.entry)))
			if got := flat(ds); !strings.Contains(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

const profileTable = "table: profiles\n"

// A list whose elements are cells doubles when it is written again.
func TestWholeListsAreLabelled(t *testing.T) {
	const columns = "columns:\n  id: key.id\n  at: key.at\n  history: value.h\n  tags: value.t\n  cold: value.t"
	for _, test := range []struct {
		entry   string
		refused bool
	}{
		{profileTable + columns, true},
		{profileTable + "write: update\n" + columns, true},
		{profileTable + "accept: [list_append]\n" + columns, false},
		{profileTable + "write: insert_if_absent\ntombstone: ignore\naccept: [lwt]\n" + columns, false},
	} {
		_, ds := Compile(mustParse(t, mapped(avroKey, test.entry)), 0, writeShop(t))
		if got := strings.Contains(flat(ds), `column "history" of shop.profiles is a list that is not frozen`); got != test.refused || (ds.Err() != nil) != test.refused {
			t.Errorf("%s\n%s, want a refusal: %v", test.entry, flat(ds), test.refused)
		}
		if strings.Contains(flat(ds), `column "tags"`) || strings.Contains(flat(ds), `column "cold"`) {
			t.Errorf("sets are written again as they are: %s", flat(ds))
		}
	}
}
