//go:build stack

package sink

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ingest/mapping"
)

// own is an entry with a statement of its own. Constants and headers feed its binds.
type own struct {
	cql, columns, more string
}

// part compiles the entry by the live tables.
func (o own) part(t *testing.T, s *Session) *mapping.Program {
	t.Helper()
	text := "version: 1\ntopics:\n  - topic: t\n    tables:\n      - table: sink.own\n        tombstone: ignore\n" + o.more +
		"        cql: |\n          " + strings.ReplaceAll(o.cql, "\n", "\n          ") + "\n        columns: {" + o.columns + "}\n"
	file, found := mapping.Parse("own.yaml", []byte(text))
	if file == nil {
		t.Fatalf("%v", found.Err())
	}
	catalog, err := s.Catalog(t.Context(), []string{"sink"})
	if err != nil {
		t.Fatal(err)
	}
	program, found := mapping.Compile(file, 0, catalog)
	if program == nil {
		t.Fatalf("%s: %v", o.cql, found.Err())
	}
	return program
}

// rows makes the rows of a record with these headers.
func (o own) rows(t *testing.T, s *Session, stamp int64, headers ...mapping.Header) ([]mapping.Row, []mapping.RowPoison) {
	t.Helper()
	program := o.part(t, s)
	var buf mapping.Buffer
	record := mapping.Record{Topic: "t", Headers: headers, Timestamp: stamp / 1000}
	program.Write.Rows(&record, buf.Frame(len(program.Write.Slots)), stamp, 0, &buf)
	return buf.Rows, buf.Poison
}

// ownTable makes the table of these tests.
func ownTable(t *testing.T, s *Session) {
	t.Helper()
	execute(t, "DROP TABLE IF EXISTS sink.own")
	execute(t, "CREATE TYPE IF NOT EXISTS sink.own_place (street text, zip int)")
	table(t, s, "own", `pk text, ck int, n int, name text, "Odd" text, items map<text, int>, tags set<text>, history list<text>, flat frozen<list<int>>,
		at timestamp, pair tuple<int, text>, place own_place, owner text static, vec vector<float, 2>, PRIMARY KEY (pk, ck)`)
}

// readOwn gives what the partition holds, as JSON of Cassandra's.
func readOwn(t *testing.T, selection string) string {
	t.Helper()
	iter := server.admin.Query("SELECT JSON " + selection + " FROM sink.own WHERE pk = 'a'").Iter()
	var line string
	var lines []string
	for iter.Scan(&line) {
		lines = append(lines, line)
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

const (
	ownKey   = "pk: {const: a}, ck: 1"
	ownWhere = " WHERE pk = :pk AND ck = :ck"
	stamped  = "UPDATE own USING TIMESTAMP :timestamp SET "
	ownStamp = 1_700_000_000_000_000
)

// TestOwnStatements: what a statement says is what Cassandra does, and again when it
// is written again, but for a list that is added to.
func TestOwnStatements(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	ownTable(t, s)
	const before = "INSERT INTO sink.own (pk, ck, n, items, tags, history, place, name) VALUES ('a', 1, 1, {'b': 2}, {'b'}, ['x', 'y'], {street: 's', zip: 2}, 'open') USING TIMESTAMP 5"
	for _, test := range []struct {
		own
		read, want string
	}{
		{own{stamped + `items[:k] = :v, "Odd" = :o` + ownWhere, ownKey + ", k: {const: hat}, v: 3, o: {const: x}", ""}, `items, "Odd", writetime("Odd") AS at`,
			`{"items": {"b": 2, "hat": 3}, "\"Odd\"": "x", "at": 1700000000000000}`},
		{own{stamped + "tags = tags - {'b'}, items = items + {'c': 3}, n = :n" + ownWhere, ownKey + ", n: 4", ""}, "items, tags, n", `{"items": {"b": 2, "c": 3}, "tags": null, "n": 4}`},
		{own{stamped + "history[:i] = :v, tags += {'c'}" + ownWhere, ownKey + ", i: 1, v: {const: z}", "        accept: [list_append]\n"}, "history, tags", `{"history": ["x", "z"], "tags": ["b", "c"]}`},
		{own{stamped + "history = ['w'] + history, n = :n" + ownWhere, ownKey + ", n: 4", "        accept: [list_append]\n"}, "history, n", `{"history": ["w", "x", "y"], "n": 4}`},
		{own{stamped + "place.street = :a, n = 7" + ownWhere, ownKey + ", a: {const: x}", ""}, "place, n", `{"place": {"street": "x", "zip": 2}, "n": 7}`},
		{own{stamped + "place = {street: :a, zip: (int) :b}" + ownWhere, ownKey + ", a: {const: x}, b: 9", ""}, "place", `{"place": {"street": "x", "zip": 9}}`},
		{own{stamped + "pair = (:a, :b), flat = [1, 2], vec = [:c, 2.5]" + ownWhere, ownKey + ", a: 1, b: {const: x}, c: 1.5", ""}, "pair, flat, vec", `{"pair": [1, "x"], "flat": [1, 2], "vec": [1.5, 2.5]}`},
		{own{stamped + "at = toTimestamp((timeuuid) :u), name = 'it''s'" + ownWhere, ownKey + ", u: {const: 13814000-1dd2-11b2-8080-808080808080}", ""}, "at, name",
			`{"at": "1970-01-01 00:00:00.000Z", "name": "it's"}`},
		{own{"INSERT INTO sink.own (pk, ck, name, owner) VALUES (:pk, :ck, :n, 'me') USING TIMESTAMP :timestamp AND TTL :ttl", ownKey + ", n: {const: x}", "        ttl: 5000d\n"},
			"name, owner, writetime(name) AS at", `{"name": "x", "owner": "me", "at": 1700000000000000}`},
		{own{"UPDATE own USING TIMESTAMP :timestamp SET owner = :o WHERE pk = :pk", "pk: {const: a}, o: {const: me}", ""}, "owner, n", `{"owner": "me", "n": 1}`},
		{own{"DELETE items[:k], place.zip, name FROM own USING TIMESTAMP :timestamp" + ownWhere, ownKey + ", k: {const: b}", ""}, "items, place, name", `{"items": null, "place": {"street": "s", "zip": null}, "name": null}`},
		{own{"DELETE FROM own USING TIMESTAMP :timestamp WHERE pk = :pk AND ck >= :from AND ck < :to", "pk: {const: a}, from: 1, to: 2", ""}, "n", ""},
		{own{"DELETE FROM own USING TIMESTAMP :timestamp WHERE pk = :pk AND ck > :from", "pk: {const: a}, from: 1", ""}, "n", `{"n": 1}`},
		{own{"UPDATE own SET n = :n" + ownWhere, ownKey + ", n: 5", "        accept: [server_timestamp]\n"}, "n", `{"n": 5}`},
		{own{"UPDATE own SET n = :n" + ownWhere + " IF name = :s AND items[:k] = 2 AND n IN (:m, 8)", ownKey + ", n: 5, s: {const: open}, k: {const: b}, m: 1", "        accept: [lwt]\n"}, "n", `{"n": 5}`},
		{own{"UPDATE own SET n = :n" + ownWhere + " IF place.zip > :z", ownKey + ", n: 5, z: 2", "        accept: [lwt]\n"}, "n", `{"n": 1}`},
		{own{"INSERT INTO own (pk, ck, n) VALUES (:pk, :ck, :n) IF NOT EXISTS", ownKey + ", n: 5", "        accept: [lwt]\n"}, "n", `{"n": 1}`},
		{own{"DELETE FROM own" + ownWhere + " IF EXISTS", ownKey, "        accept: [lwt]\n"}, "n", ""},
	} {
		t.Run(test.cql, func(t *testing.T) {
			execute(t, "DROP TABLE sink.own") // deletes of a test before must not hide what comes now
			ownTable(t, s)
			execute(t, before)
			rows, poison := test.rows(t, s, ownStamp)
			if len(rows) != 1 || len(poison) > 0 {
				t.Fatalf("%d rows, %v", len(rows), poison)
			}
			rounds := 2
			if strings.Contains(test.cql, "+ history") {
				rounds = 1
			}
			for round := range rounds {
				if o := write(t, w, rows...); len(o.acked) != 1 {
					t.Fatalf("round %d: %v", round, o.poison)
				}
				if got := readOwn(t, test.read); got != test.want {
					t.Errorf("round %d reads %s, want %s", round, got, test.want)
				}
			}
		})
	}
}

// TestOwnCounters: each row counts, also of one partition.
func TestOwnCounters(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	execute(t, "DROP TABLE IF EXISTS sink.own")
	table(t, s, "own", "pk text PRIMARY KEY, a counter, b counter")
	o := own{"UPDATE own SET a = a + :n, b -= :n WHERE pk = :pk", "pk: {const: a}, n: 3", "        accept: [counter]\n"}
	var rows []mapping.Row
	for i := range 10 {
		made, _ := o.rows(t, s, ownStamp+int64(i)*1000)
		rows = append(rows, made...)
	}
	if got := write(t, w, rows...); len(got.acked) != 10 {
		t.Fatalf("%d acknowledged: %v", len(got.acked), got.poison)
	}
	if got := readOwn(t, "a, b"); got != `{"a": 30, "b": -30}` {
		t.Errorf("counted %s", got)
	}
}

// TestNothingIsNoFaultOfTheServer: a bind without a value is left out, bound as null
// or refused before Cassandra is asked, whichever place it has. Cassandra itself fails
// on what is unset in some places and on null in others.
func TestNothingIsNoFaultOfTheServer(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	ownTable(t, s)
	const lwt, list = "        accept: [lwt]\n", "        accept: [list_append]\n"
	for _, test := range []struct {
		own
		poison bool
	}{
		{own{stamped + "n = 1, name = :x" + ownWhere, ownKey, ""}, false},
		{own{stamped + "n = 1, items[:x] = 1" + ownWhere, ownKey, ""}, true},
		{own{stamped + "n = 1, place.street = :x" + ownWhere, ownKey, ""}, false},
		{own{stamped + "n = 1, place = {street: :x}" + ownWhere, ownKey, ""}, false},
		{own{stamped + "n = 1, pair = (1, :x)" + ownWhere, ownKey, ""}, false},
		{own{stamped + "n = 1, name = blobAsText(textAsBlob((text) :x))" + ownWhere, ownKey, ""}, false},
		{own{stamped + "n = 1" + " WHERE pk = :x AND ck = :ck", "ck: 1", ""}, true},
		{own{"UPDATE own SET n = 1" + ownWhere + " IF name = :x", ownKey, lwt}, false},
		{own{"UPDATE own SET n = 1" + ownWhere + " IF name != :x", ownKey, lwt}, false},
		{own{"UPDATE own SET n = 1" + ownWhere + " IF name IN (:x)", ownKey, lwt}, false},
		{own{"UPDATE own SET n = 1" + ownWhere + " IF name > :x", ownKey, lwt}, true},
		{own{"UPDATE own SET n = 1" + ownWhere + " IF items[:x] = 1", ownKey, lwt}, true},
		{own{"UPDATE own SET n = 1" + ownWhere + " IF place.street = :x", ownKey, lwt}, false},
		{own{"DELETE items[:x] FROM own USING TIMESTAMP :timestamp" + ownWhere, ownKey, ""}, true},
		{own{stamped + "n = 1, items['a'] = :x" + ownWhere, ownKey, ""}, false},
		{own{stamped + "n = 1, tags = tags + :x" + ownWhere, ownKey, ""}, false},
		{own{stamped + "n = 1, history = :x + history" + ownWhere, ownKey, list}, false},
		{own{stamped + "n = 1, history = history - :x" + ownWhere, ownKey, list}, false},
		{own{stamped + "n = 1, items = items - :x" + ownWhere, ownKey, ""}, false},
	} {
		for _, nothing := range []string{"null", "absent", "tombstone"} {
			t.Run(test.cql+" "+nothing, func(t *testing.T) {
				var headers []mapping.Header
				if nothing != "absent" {
					headers = append(headers, mapping.Header{Name: "x"})
				}
				from := "\"header['x']\""
				if operand := strings.Contains(test.cql, " :x + ") || strings.Contains(test.cql, "+ :x") || strings.Contains(test.cql, "- :x") || strings.Contains(test.cql, "['a']"); operand {
					if from = "value.x"; nothing == "tombstone" {
						return
					}
				}
				nulls := map[bool]string{true: "tombstone", false: "unset"}[nothing == "tombstone"]
				o := own{test.cql, test.columns + ", x: {from: " + from + ", nulls: " + nulls + "}", test.more}
				rows, poison := o.rows(t, s, ownStamp, headers...)
				if test.poison {
					if len(rows) != 0 || len(poison) != 1 || !strings.Contains(poison[0].Err.Error(), "null_key") {
						t.Errorf("%d rows, %v", len(rows), poison)
					}
					return
				}
				if o := write(t, w, rows...); len(o.acked) != 1 || len(poison) > 0 {
					t.Errorf("%d acknowledged: %v, %v", len(o.acked), o.poison, poison)
				}
			})
		}
	}
}

// TestOwnStatementsOfStalePlans: their markers name types too, so that a table that
// was dropped and created again takes no bytes of the old plan.
func TestOwnStatementsOfStalePlans(t *testing.T) {
	for _, now := range []string{"double", "timestamp", "blob", "time"} {
		t.Run(now, func(t *testing.T) {
			execute(t, "DROP TABLE IF EXISTS sink.own")
			told := make(chan string, 100)
			deps := testDeps()
			deps.SchemaChanged = func(table string) {
				select {
				case told <- table:
				default:
				}
			}
			s := connect(t, deps)
			table(t, s, "own", "pk text PRIMARY KEY, v bigint, m map<text, bigint>, p tuple<bigint>")
			var old [][]mapping.Row
			for _, set := range []string{"v = :v", "m['a'] = :v", "p = (:v)"} {
				o := own{stamped + set + " WHERE pk = :pk", "pk: {const: a}, v: 42", ""}
				rows, _ := o.rows(t, s, ownStamp)
				old = append(old, rows)
			}
			w := newTestWriter(t, s, deps)
			for _, rows := range old {
				if o := write(t, w, rows...); len(o.acked) != 1 {
					t.Fatalf("before: %v", o.poison)
				}
			}
			execute(t, "DROP TABLE sink.own")
			execute(t, fmt.Sprintf("CREATE TABLE sink.own (pk text PRIMARY KEY, v %[1]s, m map<text, %[1]s>, p tuple<%[1]s>)", now))
			for _, rows := range old {
				ctx, cancel := context.WithCancel(t.Context())
				if err := w.Write(ctx, slices.Clone(rows), func(_ []*mapping.Row, err error) { t.Errorf("a row has the outcome %v", err) }); err != nil {
					t.Fatal(err)
				}
				<-told
				cancel()
			}
			if got := readOwn(t, "*"); got != "" {
				t.Errorf("the new table holds %s", got)
			}
		})
	}
}

// TestTryAsksTheServer: what only Cassandra knows is found before a record comes, and
// nothing is run.
func TestTryAsksTheServer(t *testing.T) {
	s := connect(t, testDeps())
	ownTable(t, s)
	for _, test := range []struct{ cql, want string }{
		{stamped + "n = 1, items['a'] = 2, at = toTimestamp((timeuuid) 13814000-1dd2-11b2-8080-808080808080)" + ownWhere, ""},
		{"UPDATE own USING TIMESTAMP :timestamp AND TTL :ttl SET n = 1" + ownWhere, ""},
		{stamped + "n = 'one'" + ownWhere, "Invalid STRING constant (one)"},
		{stamped + "at = frobnicate(1)" + ownWhere, "Unknown function"},
	} {
		o := own{test.cql, ownKey, ""}
		if strings.Contains(test.cql, ":ttl") {
			o.more = "        ttl: 1d\n"
		}
		st := o.part(t, s).Write.Parts[0].Statement
		refused, err := s.Try(t.Context(), st)
		if err != nil || !strings.Contains(refused, test.want) || (test.want == "") != (refused == "") {
			t.Errorf("%s: refused %q, %v", test.cql, refused, err)
		}
	}
	if got := readOwn(t, "*"); got != "" {
		t.Errorf("it wrote %s", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Try(ended, own{stamped + "n = 1" + ownWhere, ownKey, ""}.part(t, s).Write.Parts[0].Statement); err == nil {
		t.Error("nobody answered, and that is no error")
	}
	changed := own{stamped + "n = :n" + ownWhere, ownKey + ", n: 1", ""}.part(t, s)
	execute(t, "DROP TABLE sink.own")
	table(t, s, "own", "pk text, ck int, n double, PRIMARY KEY (pk, ck)")
	if refused, err := s.Try(t.Context(), changed.Write.Parts[0].Statement); refused == "" || err != nil {
		t.Errorf("a plan that is stale: %q, %v", refused, err)
	}
}
