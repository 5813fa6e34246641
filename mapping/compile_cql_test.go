package mapping

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"ingest/mapping/cql"
)

// TestParseCQLFaults shows what people see for a statement with many faults, and for
// what stands beside one.
func TestParseCQLFaults(t *testing.T) {
	src, err := os.ReadFile("testdata/cql.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, ds := Parse("cql.yaml", src)
	golden(t, "cql.golden", rendered(t, ds, src))
}

// cqlShop is writeShop with what statements of `cql:` can be about.
func cqlShop(t *testing.T) *Catalog {
	t.Helper()
	cat := writeShop(t)
	profiles := cat.Keyspaces["shop"]["profiles"]
	text, bigint := scalarTypes[TypeText], scalarTypes[TypeBigint]
	profiles.Columns = append(profiles.Columns,
		Column{Name: "pair", Type: &Type{Kind: TypeTuple, Elems: []*Type{bigint, text}, Frozen: true}},
		Column{Name: "home", Type: &Type{Kind: TypeUDT, Keyspace: "shop", Name: "place", Fields: []string{"streets", "zip"}, Elems: []*Type{text, bigint}}},
		Column{Name: "seen", Type: scalarTypes[TypeTimestamp]}, Column{Name: "vec", Type: &Type{Kind: TypeVector, Elem: scalarTypes[TypeFloat], Size: 2}})
	events := makeTable(t, "shop", "events", "day text pk", "at bigint ck", "seq bigint ck", "note text", "owner text static")
	cat.Keyspaces["shop"]["events"] = events
	mortal := makeTable(t, "shop", "mortal", "id text pk", "note text")
	mortal.DefaultTTL = 60
	cat.Keyspaces["shop"]["mortal"] = mortal
	return cat
}

func TestCompileCQLFaults(t *testing.T) {
	src, err := os.ReadFile("testdata/cql_compile.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file, ds := Parse("cql.yaml", src)
	if file == nil {
		t.Fatal(ds.Err())
	}
	var all Diagnostics
	for i := range file.Topics {
		p, found := Compile(file, i, cqlShop(t))
		if p != nil {
			t.Errorf("topic %s fits", file.Topics[i].Name)
		}
		all = append(all, found...)
	}
	golden(t, "cql_compile.golden", rendered(t, all, src))
}

// ownEntry is an entry with a statement, in lines below `table:`.
func ownEntry(table, statement, more, columns string) string {
	return "table: " + table + "\n" + more + "cql: |\n  " + strings.ReplaceAll(statement, "\n", "\n  ") + "\ncolumns: {" + columns + "}"
}

// shownCustom shows what a row binds and where.
func shownCustom(f *Form, part *Part) string {
	st := part.Statement
	var words []string
	for i := range st.Columns {
		b, s := &st.Custom.Binds[i], &f.Slots[part.First+i]
		word := fmt.Sprintf("%s %s %s<%s", b.Name, st.Table.Columns[st.Columns[i]].Name, b.Type, &s.Source)
		if s.Key {
			word += " key"
		}
		if b.Operand {
			word += " operand"
		}
		words = append(words, word)
	}
	return fmt.Sprintf("%d %s: %s", st.Op, st.Op, strings.Join(words, ", "))
}

func shownFlags(part *Part) string {
	st := part.Statement
	var words []string
	for _, flag := range []struct {
		word string
		is   bool
	}{{"stamped", st.Stamped()}, {"alone", st.Alone()}, {"conditional", st.Conditional()}, {"fixed", st.writesAlways()}, {"wide", part.wide}} {
		if flag.is {
			words = append(words, flag.word)
		}
	}
	return strings.Join(words, " ")
}

func TestCompileCQL(t *testing.T) {
	const keys = "id: key.id, at: key.at"
	const where = "\nWHERE id = :id AND at = :at"
	const stamped = "UPDATE profiles USING TIMESTAMP :timestamp SET "
	for _, test := range []struct {
		name, entry, want, flags string
	}{
		{"elements and operands", ownEntry("profiles", stamped+"scores[:k] = :v, tags += :t, home.zip = :v"+where, "", keys+", k: value.k, v: value.v, t: value.t"),
			"2 UPDATE: k scores text<value.k, v scores bigint<value.v, t tags set<text><value.t operand, v home bigint<value.v, id id text<key.id key, at at bigint<key.at key", "stamped"},
		{"keys of a map", ownEntry("profiles", stamped+"scores = scores - :k, name = 'x'"+where, "", keys+", k: value.k"),
			"k scores frozen<set<text>><value.k operand", "stamped fixed"},
		{"lists", ownEntry("profiles", stamped+"history[:i] = :v"+where, "accept: [list_append]\n", keys+", i: value.i, v: value.v"), "i history int<value.i, v history text<value.v", "stamped"},
		{"tuples, vectors and calls", ownEntry("profiles", stamped+"pair = (:a, :b), vec = [:c, 1], seen = toTimestamp((timeuuid) :u), home = {zip: :a}"+where, "", keys+", a: 1, b: value.b, c: 1, u: value.u"),
			"a pair bigint<a constant, b pair text<value.b, c vec float<a constant, u seen timeuuid<value.u, a home bigint<a constant", "stamped fixed"},
		{"a condition", ownEntry("profiles", "UPDATE profiles SET name = :n"+where+" IF name = :n AND scores[:k] > 1", "accept: [lwt]\ntombstone: ignore\n", keys+", n: value.n, k: value.k"),
			"n name text<value.n, id id text<key.id key, at at bigint<key.at key, n name text<value.n, k scores text<value.k", "alone conditional"},
		{"unstamped", ownEntry("profiles", "UPDATE profiles SET name = :n"+where, "accept: [server_timestamp]\ntombstone: ignore\n", keys+", n: value.n"), "", "alone"},
		{"a counter", ownEntry("visits", "UPDATE visits SET hits = hits + :n, clicks -= 1 WHERE page = :p", "accept: [counter]\ntombstone: ignore\n", "p: key.p, n: value.n"),
			"6 UPDATE: n hits counter<value.n, p page text<key.p key", "alone fixed"},
		{"an insert by names", "table: shop.events\ntombstone: ignore\ncolumns_from: value\ncolumns: {day: key.day}\ncql: INSERT INTO shop.events (at, day, seq) VALUES (:at, :day, :seq) USING TIMESTAMP :timestamp",
			"0 INSERT: at at bigint<value.at key, day day text<key.day key, seq seq bigint<value.seq key", "stamped fixed"},
		{"a row", ownEntry("events", "DELETE FROM events USING TIMESTAMP :timestamp WHERE seq = :s AND at = :a AND day = :d", "", "d: key.d, s: key.s, a: key.a"), "1 DELETE: s seq bigint<key.s key, a at bigint<key.a key, d day text<key.d key", "stamped fixed"},
		{"a range", ownEntry("events", "DELETE FROM events USING TIMESTAMP :timestamp WHERE day = :d AND at >= :a AND at < :b", "tombstone: ignore\n", "d: key.d, a: value.a, b: value.b"),
			"4 DELETE: d day text<key.d key, a at bigint<value.a key, b at bigint<value.b key", "stamped fixed wide"},
		{"a partition", ownEntry("events", "DELETE FROM events USING TIMESTAMP :timestamp WHERE day = :d", "tombstone: ignore\n", "d: key.d"), "4 DELETE: d day", "stamped fixed wide"},
		{"columns", ownEntry("events", "DELETE note FROM events USING TIMESTAMP :timestamp WHERE day = :d AND at = :a AND seq = :s", "tombstone: ignore\n", "d: key.d, a: key.a, s: key.s"), "5 DELETE: d day", "stamped fixed"},
		{"static columns", ownEntry("events", "UPDATE events USING TIMESTAMP :timestamp SET owner = 'me' WHERE day = :d", "tombstone: ignore\n", "d: key.d"), "2 UPDATE: d day text<key.d key", "stamped fixed"},
		{"a life", ownEntry("mortal", "INSERT INTO mortal (id) VALUES (:id) USING TTL :ttl AND TIMESTAMP :timestamp", "ttl: value.ttl\n", "id: key.id"), "0 INSERT: id id text<key.id key", "stamped fixed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, ds := Compile(mustParse(t, mapped(avroKey, test.entry)), 0, cqlShop(t))
			if p == nil {
				t.Fatal(ds.Err())
			}
			part := &p.Write.Parts[0]
			if got := shownCustom(p.Write, part); !strings.Contains(got, test.want) || shownFlags(part) != test.flags {
				t.Errorf("got  %s (%s)\nwant %s (%s)", got, shownFlags(part), test.want, test.flags)
			}
			st := part.Statement
			if at := st.Routing[0]; at < 0 || st.Table.Columns[st.Columns[at]].Kind != PartitionKey {
				t.Errorf("routed by %v", st.Routing)
			}
			for _, piece := range st.Custom.Pieces {
				if piece.Kind == cql.BindMark && piece.Bind >= len(st.Columns) {
					t.Errorf("piece %+v of %d binds", piece, len(st.Columns))
				}
			}
		})
	}
}

// TestCQLNeedsItsLabels: what is weaker than the promise runs only when the entry says
// so, and with the label there is no fault.
func TestCQLNeedsItsLabels(t *testing.T) {
	const keys, where, ignore = "id: key.id, at: key.at", " WHERE id = :id AND at = :at", "tombstone: ignore\n"
	const stamped = "UPDATE profiles USING TIMESTAMP :timestamp SET "
	for _, test := range []struct{ label, entry, want string }{
		{"server_timestamp", ownEntry("profiles", "UPDATE profiles SET name = 'x'"+where, ignore+"LABEL", keys), "without USING TIMESTAMP :timestamp Cassandra stamps a row when it is written"},
		{"server_timestamp", ownEntry("profiles", "DELETE FROM profiles"+where, ignore+"LABEL", keys), "without USING TIMESTAMP :timestamp"},
		{"lwt", ownEntry("profiles", "UPDATE profiles SET name = 'x'"+where+" IF EXISTS", ignore+"LABEL", keys), "Cassandra decides, in the order in which rows arrive"},
		{"counter", ownEntry("visits", "UPDATE visits SET hits = hits + 1 WHERE page = :p", ignore+"LABEL", "p: key.p"), "counts again"},
		{"list_append", ownEntry("profiles", stamped+"history = history + :h"+where, "LABEL", keys+", h: value.h"), "changes it again"},
		{"list_append", ownEntry("profiles", stamped+"history = :h + history"+where, "LABEL", keys+", h: value.h"), "changes it again"},
		{"list_append", ownEntry("profiles", stamped+"history[0] = :h"+where, "LABEL", keys+", h: value.h"), "changes it again"},
		{"list_append", ownEntry("profiles", "DELETE history[0] FROM profiles USING TIMESTAMP :timestamp"+where, "LABEL", keys), "changes it again"},
		{"list_append", ownEntry("profiles", stamped+"history = :h"+where, "LABEL", keys+", h: value.h"), "the elements are there twice"},
		{"now", ownEntry("profiles", stamped+"seen = toTimestamp(now())"+where, "LABEL", keys), "now() differs each time"},
		{"now", ownEntry("profiles", stamped+"seen = current_timestamp()"+where, "LABEL", keys), "current_timestamp() differs each time"},
		{"ttl_from_write", ownEntry("mortal", "INSERT INTO mortal (id) VALUES (:id) USING TIMESTAMP :timestamp", "LABEL", "id: key.id"), "has a default_time_to_live"},
		{"ttl_from_write", ownEntry("profiles", "UPDATE profiles USING TTL 30 AND TIMESTAMP :timestamp SET name = 'x'"+where, "LABEL", keys), "a constant TTL counts from each write"},
		{"cross_partition", ownEntry("events", "DELETE FROM events USING TIMESTAMP :timestamp WHERE day = :d", ignore+"LABEL", "d: value.d"), "the partition key, which its deletes go by, of shop.events does not contain the key"},
		{"cross_partition", ownEntry("events", "UPDATE events USING TIMESTAMP :timestamp SET owner = 'x' WHERE day = :d", ignore+"LABEL", "d: value.d"), "the partition key, which its static columns belong to, of shop.events does not contain the key"},
		{"cross_partition", ownEntry("profiles", stamped+"name = :n"+where, "LABEL"+ignore, "id: value.id, at: value.at, n: key"), "the primary key of shop.profiles does not contain the key"},
	} {
		t.Run(test.label+" "+test.want, func(t *testing.T) {
			compile := func(label string) (*Program, Diagnostics) {
				return Compile(mustParse(t, mapped(avroKey, strings.Replace(test.entry, "LABEL", label, 1))), 0, cqlShop(t))
			}
			p, ds := compile("")
			if p != nil || !strings.Contains(flat(ds), test.want) || !strings.Contains(flat(ds), test.label) {
				t.Errorf("got %s", flat(ds))
			}
			if p, ds := compile("accept: [" + test.label + "]\n"); p == nil {
				t.Errorf("with its label: %s", flat(ds))
			}
		})
	}
}

// TestCQLDoesNotMix: rows of one table have write timestamps of records or of
// Cassandra, whichever entry comes first.
func TestCQLDoesNotMix(t *testing.T) {
	const where = " WHERE id = :id AND at = :at"
	own := ownEntry("profiles", "UPDATE profiles SET name = 'x'"+where, "accept: [server_timestamp, cross_partition]\ntombstone: ignore\n", "id: key.id, at: key.at")
	conditional := ownEntry("profiles", "UPDATE profiles SET name = 'x'"+where+" IF EXISTS", "accept: [lwt, cross_partition]\ntombstone: ignore\n", "id: key.id, at: key.at")
	stamped := ownEntry("profiles", "UPDATE profiles USING TIMESTAMP :timestamp SET name = 'x'"+where, "accept: [cross_partition]\n", "id: key.id, at: key.at")
	upsert := "table: profiles\naccept: [cross_partition]\ncolumns: {id: key.id, at: key.at}"
	absent := "table: profiles\naccept: [cross_partition, lwt]\ntombstone: ignore\nwrite: insert_if_absent\ncolumns: {id: key.id, at: key.at}"
	for _, test := range []struct {
		first, second string
		mixed         bool
	}{
		{own, upsert, true}, {own, stamped, true}, {conditional, upsert, true}, {conditional, stamped, true}, {absent, stamped, true},
		{own, own, false}, {stamped, upsert, false}, {stamped, stamped, false}, {absent, conditional, false},
	} {
		src := mapped(avroKey, test.first) + strings.TrimPrefix(mapped(avroKey, test.second), "version: 1\ndefaults: {keyspace: shop}\ntopics:\n")
		src = strings.Replace(src, "- topic: orders", "- topic: others", 1)
		_, ds := Compile(mustParse(t, src), 0, cqlShop(t))
		if got := strings.Contains(flat(ds), "they hide each other"); got != test.mixed || (ds.Err() != nil) != test.mixed {
			t.Errorf("%s\nand\n%s: mixed %v, want %v: %s", test.first, test.second, got, test.mixed, flat(ds))
		}
	}
}

// TestCQLTombstones: a record without a value deletes the row that the binds tell.
func TestCQLTombstones(t *testing.T) {
	statement := "UPDATE profiles USING TIMESTAMP :timestamp SET name = :n WHERE at = :b AND id = :a"
	p, ds := Compile(mustParse(t, mapped(avroKey, ownEntry("profiles", statement, "delete_when: value.gone\n", "a: key.id, b: key.at, n: value.n"))), 0, cqlShop(t))
	if p == nil {
		t.Fatal(ds.Err())
	}
	if got := described(p.Tombstone.Parts[0].Statement); got != "1 DELETE: id, at" {
		t.Errorf("a record without a value does %q", got)
	}
	remove := p.Write.Parts[0].formulas.remove
	if got := described(remove.statement); got != "1 DELETE: id, at" || len(remove.keys) != 2 || remove.keys[0] != 2 || remove.keys[1] != 1 {
		t.Errorf("delete_when does %q of places %v", got, remove.keys)
	}
	_, ds = Compile(mustParse(t, mapped(avroKey, ownEntry("events", "DELETE FROM events USING TIMESTAMP :timestamp WHERE day = :d AND at > :a", "", "d: key.d, a: key.a"))), 0, cqlShop(t))
	if got := flat(ds); !strings.Contains(got, `nothing feeds key column "at" (say `+"`tombstone: ignore` or `tombstone: dead_letter`)") {
		t.Errorf("got %s", got)
	}
}

// TestCQLAndForEach: which rows of one record are one.
func TestCQLAndForEach(t *testing.T) {
	const each, ignore = "for_each: value.items\n", "tombstone: ignore\n"
	const stamped, where = "UPDATE profiles USING TIMESTAMP :timestamp SET ", " WHERE id = :id AND at = :at"
	const keys = "id: key.id, at: key.at"
	for _, test := range []struct {
		name, statement, more, columns, want string
	}{
		{"elements", stamped + "scores[:k] = :v" + where, "", keys + ", k: item.k, v: item.v", "[2 3 0]"},
		{"elements with a cell of the record", stamped + "scores[:k] = :v, name = :n" + where, "", keys + ", k: item.k, v: item.v, n: value.n", "[3 4 0]"},
		{"elements with a cell of the item", stamped + "scores[:k] = :v, name = :n" + where, "", keys + ", k: item.k, v: item.v, n: item.n", "each would write the same cell of it"},
		{"operands with a cell of the item", stamped + "tags += :k, name = :n" + where, "", keys + ", k: item.k, n: item.n", "each would write the same cell of it"},
		{"a place of its own", stamped + "scores[:k] = :v, name = :n" + where, "", "id: key.id, at: item_index, k: item.k, v: item.v, n: item.n", "distinct"},
		{"cells", stamped + "name = :n" + where, "", keys + ", n: item.n", "[1 2]"},
		{"a static column", stamped + "owner = :n, name = 'x'" + where, "", "id: key.id, at: item_index, n: item.n", `each would write its static column "owner"`},
		{"lists", stamped + "history = history + :h" + where, "accept: [list_append]\n", keys + ", h: item.h", "distinct"},
		{"a condition", "UPDATE profiles SET name = :n" + where + " IF EXISTS", "accept: [lwt]\n", keys + ", n: item.n", "distinct"},
		{"elements and delete_when", stamped + "scores[:k] = 1" + where, "delete_when: item.gone\n", keys + ", k: item.k", `which "delete_when" of one would delete for all of them`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, ds := Compile(mustParse(t, mapped(avroKey, ownEntry("profiles", test.statement, each+ignore+test.more, test.columns))), 0, cqlShop(t))
			got := flat(ds)
			if p != nil {
				e := p.Write.Parts[0].each
				if got = fmt.Sprint(e.keys); e.distinct {
					got = "distinct"
				}
			}
			if p == nil && !strings.Contains(got, test.want) || p != nil && got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
