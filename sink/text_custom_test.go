package sink

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/mapping/ddl"
)

// ownRow gives the row of an entry with a statement of its own, for a table k.t.
func ownRow(t *testing.T, table, entry string) mapping.Row {
	t.Helper()
	var schema ddl.Schema
	if err := schema.Read("tables", []byte("CREATE TYPE k.\"Place\" (zip int); CREATE TABLE k.t ("+table+");")).Err(); err != nil {
		t.Fatal(err)
	}
	file, found := mapping.Parse("m", []byte("version: 1\ntopics:\n  - topic: t\n    tables:\n      - table: k.t\n        tombstone: ignore\n        "+strings.ReplaceAll(entry, "\n", "\n        ")+"\n"))
	if file == nil {
		t.Fatal(found.Err())
	}
	program, found := mapping.Compile(file, 0, schema.Catalog())
	if program == nil {
		t.Fatal(found.Err())
	}
	var buf mapping.Buffer
	program.Write.Rows(&mapping.Record{Topic: "t", Timestamp: 7}, buf.Frame(len(program.Write.Slots)), 7000, 0, &buf)
	if len(buf.Rows) != 1 {
		t.Fatalf("%d rows, %v", len(buf.Rows), buf.Poison)
	}
	return buf.Rows[0]
}

// bound shows what an attempt binds.
func bound(t *testing.T, r *mapping.Row) (text string, args []string) {
	t.Helper()
	var a attempt
	a.reset(1)
	if err := a.bind(r, &statementInfo{text: statementText(r.Statement, "s")}, time.UnixMicro(r.Timestamp)); err != nil {
		t.Fatal(err)
	}
	for _, arg := range a.entries[0].Args {
		switch v := arg.(type) {
		case nil:
			args = append(args, "nothing")
		case *boundCell:
			args = append(args, fmt.Sprintf("%s %x", v.Type, v.Data))
		case *boundLong:
			args = append(args, fmt.Sprintf("stamp %x", *v))
		case *boundInt:
			args = append(args, fmt.Sprintf("ttl %x", *v))
		default:
			if arg == gocql.UnsetValue {
				args = append(args, "unset")
			}
		}
	}
	return a.entries[0].Stmt, args
}

// TestOwnText: names are quoted, every marker names its type, the text ends with the
// mark, and what is bound stands in the order of the markers.
func TestOwnText(t *testing.T) {
	const table = `pk text, ck int, "N" int, m map<text, int>, s set<text>, u frozen<"Place">, p tuple<int, text>, PRIMARY KEY (pk, ck)`
	for _, test := range []struct{ entry, text, args string }{
		{"ttl: 10s\ncql: |\n  update T using ttl :ttl and timestamp :timestamp set \"N\" = :n, m[:k] = :n, s += :s, u = {zip: :n}, p = (:n, 'x') where ck = :c and pk = :p\n" +
			"columns: {p: {const: a}, c: 1, n: 2, k: {const: b}, s: value.s}",
			`UPDATE "k"."t" USING TTL ? AND TIMESTAMP ? SET "N" = (int)?, "m"[(text)?] = (int)?, "s" += (set<text>)?, "u" = {"zip": (int)?}, "p" = ((int)?, 'x') WHERE "ck" = (int)? AND "pk" = (text)? /*  s */`,
			"[ttl 0000000a stamp 0000000000001b58 int 00000002 text 62 int 00000002 nothing int 00000002 int 00000002 int 00000001 text 61]"},
		{"cql: INSERT INTO k.t (pk, ck, \"N\") VALUES (:p, :c, (int) :n) USING TIMESTAMP :timestamp\ncolumns: {p: {const: a}, c: 1, n: value.n}",
			`INSERT INTO "k"."t" ("pk", "ck", "N") VALUES ((text)?, (int)?, (int)?) USING TIMESTAMP ? /*  s */`, "[text 61 int 00000001 unset stamp 0000000000001b58]"},
		{"cql: DELETE m[:k] FROM t USING TIMESTAMP :timestamp WHERE pk = :p AND ck = :c\ncolumns: {p: {const: a}, c: 1, k: {const: b}}",
			`DELETE "m"[(text)?] FROM "k"."t" USING TIMESTAMP ? WHERE "pk" = (text)? AND "ck" = (int)? /*  s */`, "[text 62 stamp 0000000000001b58 text 61 int 00000001]"},
		{"accept: [lwt]\ncql: UPDATE t SET \"N\" = 1 WHERE pk = :p AND ck = :c IF \"N\" = :n\ncolumns: {p: {const: a}, c: 1, n: value.n}",
			`UPDATE "k"."t" SET "N" = 1 WHERE "pk" = (text)? AND "ck" = (int)? IF "N" = (int)? /*  s */`, "[text 61 int 00000001 int ]"},
	} {
		r := ownRow(t, table, test.entry)
		text, args := bound(t, &r)
		if text != test.text || fmt.Sprint(args) != test.args {
			t.Errorf("%s\ngot  %s\n     %s\nwant %s\n     %s", test.entry, text, args, test.text, test.args)
		}
	}
}

// TestOwnRowsWithoutAStampGoAlone: one statement to a request, as counters do.
func TestOwnRowsWithoutAStampGoAlone(t *testing.T) {
	for entry, alone := range map[string]bool{
		"accept: [server_timestamp]\ncql: UPDATE t SET n = 1 WHERE pk = :p\ncolumns: {p: {const: a}}":            true,
		"accept: [lwt]\ncql: UPDATE t SET n = 1 WHERE pk = :p IF EXISTS\ncolumns: {p: {const: a}}":               true,
		"cql: UPDATE t USING TIMESTAMP :timestamp SET n = 1 WHERE pk = :p\ncolumns: {p: {const: a}}":             false,
		"accept: [lwt]\ncql: INSERT INTO t (pk) VALUES (:p) IF NOT EXISTS\ncolumns: {p: {const: a}}":             true,
		"cql: DELETE FROM t USING TIMESTAMP :timestamp WHERE pk = :p\ncolumns: {p: {const: a}}":                  false,
		"accept: [server_timestamp]\ncql: INSERT INTO t (pk, n) VALUES (:p, 2)\ncolumns: {p: {const: \"long\"}}": true,
	} {
		r := ownRow(t, "pk text PRIMARY KEY, n int", entry)
		if got := len(shares(pending{rows: []*mapping.Row{&r, &r}})) == 2; got != alone {
			t.Errorf("%s: alone %v, want %v", entry, got, alone)
		}
		if conditional := strings.Contains(entry, " IF "); r.Statement.Conditional() != conditional {
			t.Errorf("%s: conditional %v", entry, r.Statement.Conditional())
		}
	}
}

// TestOwnCountersAreNotTriedAgain: an outcome that nobody knows is no reason to count
// again.
func TestOwnCountersAreNotTriedAgain(t *testing.T) {
	r := ownRow(t, "pk text PRIMARY KEY, n counter", "accept: [counter]\ncql: UPDATE t SET n += 1 WHERE pk = :p\ncolumns: {p: {const: a}}")
	if v := (verdict{text: "no answer"}); v.uncounted(&r) == nil {
		t.Error("a counter whose outcome is unknown is tried again")
	}
	if v := (verdict{untouched: true}); v.uncounted(&r) != nil {
		t.Error("what nothing has counted is given up")
	}
}

// TestOwnRowsAreMeasured: an element's key is not taken for a collection.
func TestOwnRowsAreMeasured(t *testing.T) {
	r := ownRow(t, "pk text PRIMARY KEY, m map<text, int>", "cql: UPDATE t USING TIMESTAMP :timestamp SET m[:k] = 1 WHERE pk = :p\ncolumns: {p: {const: a}, k: {const: zzzzzzzz}}")
	s := sizingOf(r.Statement)
	if len(s.multi) != 0 {
		t.Errorf("positions %v count as collections", s.multi)
	}
}
