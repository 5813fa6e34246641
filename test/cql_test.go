//go:build stack

package test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	lineSchema = `{"type": "record", "name": "Line", "fields": [{"name": "sku", "type": "string"}, {"name": "qty", "type": ["null", "int"]},
		{"name": "at", "type": "long"}, {"name": "to", "type": "string"}]}`
	resetSchema = `{"type": "record", "name": "Reset", "fields": [{"name": "since", "type": "long"}, {"name": "until", "type": "long"}]}`
	cqlMapping  = `version: 1
defaults: {keyspace: own}
topics:
  - topic: own
    key: {format: string}
    tables:
      - table: carts
        record: Line
        ttl: 30d
        cql: |
          UPDATE carts USING TIMESTAMP :timestamp AND TTL :ttl
          SET items[:sku] = :qty, seen = :at, pair = (:at, :sku)
          WHERE id = :id
        columns:
          id: key
          sku: value.sku
          qty: {from: value.qty, nulls: tombstone}
          at: value.at
      - table: marks
        record: Line
        tombstone: ignore
        columns: {id: key, at: value.at, n: 1}
      - table: marks
        record: Reset
        tombstone: ignore
        cql: DELETE FROM marks USING TIMESTAMP :timestamp WHERE id = :id AND at >= :since AND at < :until
        columns_from: value
        columns: {id: key}
      - table: hits
        record: Line
        accept: [counter]
        tombstone: ignore
        cql: UPDATE hits SET lines += 1, pieces = pieces + :qty WHERE id = :id
        columns: {id: key, qty: value.qty}
      - table: states
        record: Line
        accept: [lwt]
        tombstone: ignore
        cql: UPDATE states SET state = :to WHERE id = :id IF state = 'open'
        columns: {id: key, to: value.to}
      - table: latest
        record: Line
        accept: [server_timestamp]
        tombstone: ignore
        cql: INSERT INTO own.latest (id, at) VALUES (:id, :at)
        columns: {id: key, at: value.at}
`
)

// ownCart is what the log says of one key, in the order of its records.
type ownCart struct {
	items      map[string]int
	seen, at   int64 // the value and its write timestamp; 0: there is no row
	marks      map[int64]bool
	lines, sum int64
	every      map[int64]bool // values of at
}

// TestOwnStatements: statements of the mapping file do, by the built worker, what a
// reader of the log makes of its records: entries of a map with write timestamps and a
// life, ranges that are deleted, counters, conditions, and rows that Cassandra stamps.
// Read again from the start, stamped rows stay as they are, what a condition decided
// stays, and counters count again.
func TestOwnStatements(t *testing.T) {
	t.Parallel()
	s := newScene(t, "own", 2,
		"CREATE TABLE own.carts (id text PRIMARY KEY, items map<text, int>, seen bigint, pair tuple<bigint, text>)",
		"CREATE TABLE own.marks (id text, at bigint, n int, PRIMARY KEY (id, at))",
		"CREATE TABLE own.hits (id text PRIMARY KEY, lines counter, pieces counter)",
		"CREATE TABLE own.states (id text PRIMARY KEY, state text)",
		"CREATE TABLE own.latest (id text PRIMARY KEY, at bigint)")
	line, reset := register(t, "own-Line", lineSchema), register(t, "own-Reset", resetSchema)
	random := rand.New(rand.NewPCG(testSeed(t), 7))
	carts := map[string]*ownCart{}
	for k := range 40 {
		id := fmt.Sprintf("cart-%02d", k)
		carts[id] = &ownCart{items: map[string]int{}, marks: map[int64]bool{}, every: map[int64]bool{}}
		if state := []string{"open", "closed"}[k/2%2]; k%8 != 7 {
			execute(t, s.session, fmt.Sprintf("INSERT INTO own.states (id, state) VALUES ('%s', '%s') IF NOT EXISTS", id, state))
		}
	}
	start := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	var records []*kgo.Record
	for i := range 2000 {
		k := random.IntN(len(carts))
		id := fmt.Sprintf("cart-%02d", k)
		r := s.record(id, nil)
		r.Partition, r.Timestamp = int32(k%2), start.Add(time.Duration(i)*time.Millisecond)
		records = append(records, r)
		carts[id].take(r, i, random, line, reset, t)
	}
	produce(t, s.client, records...)
	env := s.env(cqlMapping)
	s.catchUp(env)
	s.noLetters()
	s.demandCarts(carts, 1)

	if v := s.verify(env, "--table", "own.carts"); v.code != 2 || !strings.Contains(v.text, "rows of own.carts are not compared: a statement of the mapping file") {
		t.Errorf("verify ends with %d and says\n%s", v.code, v.text)
	}
	s.explainOwn(env, records[slices.IndexFunc(records, func(r *kgo.Record) bool { return strings.Contains(string(r.Value), "done-") })])

	l := logged{scene: s}
	l.commitAs(s.name, []int64{0, 0})
	s.catchUp(env)
	s.noLetters()
	s.demandCarts(carts, 2)
}

// take makes a record of a key, and does to the cart what it says.
func (c *ownCart) take(r *kgo.Record, i int, random *rand.Rand, line, reset *subject, t *testing.T) {
	t.Helper()
	at := int64(i)
	switch n := random.IntN(20); {
	case n == 0: // a tombstone
		c.items, c.seen, c.at = map[string]int{}, 0, 0
	case n < 3:
		since := random.Int64N(2000)
		until := since + random.Int64N(500)
		r.Value = reset.encode(t, map[string]any{"since": since, "until": until})
		maps.DeleteFunc(c.marks, func(mark int64, _ bool) bool { return mark >= since && mark < until })
	default:
		sku := fmt.Sprint("sku-", random.IntN(5))
		var quantity any
		delete(c.items, sku)
		if n < 17 {
			q := random.IntN(9) - 4
			quantity, c.items[sku] = map[string]any{"int": int32(q)}, q
			c.sum += int64(q)
		}
		c.seen, c.at = at, r.Timestamp.UnixMicro()
		c.marks[at], c.every[at] = true, true
		c.lines++
		r.Value = line.encode(t, map[string]any{"sku": sku, "qty": quantity, "at": at, "to": "done-" + string(r.Key)})
	}
}

// demandCarts holds the tables against the log; its records were counted so often.
func (s *scene) demandCarts(carts map[string]*ownCart, counted int64) {
	s.t.Helper()
	for id, want := range carts {
		s.demandCart(id, want)
		var lines, pieces int64
		s.scan("SELECT lines, pieces FROM own.hits WHERE id = '"+id+"'", &lines, &pieces)
		if lines != counted*want.lines || pieces != counted*want.sum {
			s.t.Errorf("%s: counted %d lines and %d pieces, want %d times %d and %d", id, lines, pieces, counted, want.lines, want.sum)
		}
		var state string
		there := s.scan("SELECT state FROM own.states WHERE id = '"+id+"'", &state)
		var k int
		if _, err := fmt.Sscanf(id, "cart-%d", &k); err != nil {
			s.t.Fatal(err)
		}
		expected := map[bool]string{true: "done-" + id, false: "closed"}[k/2%2 == 0]
		if there != (k%8 != 7) || there && state != expected {
			s.t.Errorf("%s: state %q (there: %v), want %q", id, state, there, expected)
		}
		var at int64
		if !s.scan("SELECT at FROM own.latest WHERE id = '"+id+"'", &at) || !want.every[at] {
			s.t.Errorf("%s: the latest is %d, which no record says", id, at)
		}
	}
}

func (s *scene) demandCart(id string, want *ownCart) {
	s.t.Helper()
	var items map[string]int
	var seen, stamp int64
	var ttl int
	there := s.scan("SELECT items, seen, writetime(seen), ttl(seen) FROM own.carts WHERE id = '"+id+"'", &items, &seen, &stamp, &ttl)
	if there != (want.at > 0) || !maps.Equal(items, want.items) || seen != want.seen || stamp != want.at {
		s.t.Errorf("%s: %v %v, seen %d at %d; want %v, seen %d at %d", id, there, items, seen, stamp, want.items, want.seen, want.at)
	}
	if there && (ttl > 30*86400-3500 || ttl < 29*86400) { // the records are dated up to 2 s after that hour began
		s.t.Errorf("%s lives %d s more, of 30 days since about an hour ago", id, ttl)
	}
	marks := map[int64]bool{}
	iter := s.session.Query("SELECT at FROM own.marks WHERE id = '" + id + "'").Iter()
	var at int64
	for iter.Scan(&at) {
		marks[at] = true
	}
	if err := iter.Close(); err != nil {
		s.t.Fatal(err)
	}
	if !maps.Equal(marks, want.marks) {
		s.t.Errorf("%s has %d marks, want %d", id, len(marks), len(want.marks))
	}
}

// explainOwn looks at what validate and explain say of the statements.
func (s *scene) explainOwn(env []string, line *kgo.Record) {
	s.t.Helper()
	w := startWorker(s.t, env, "validate")
	if code := w.Wait(runLimit); code != 0 || !strings.Contains(w.Output(), "reading the topic again need not give the rows of own.latest as they were: server_timestamp") {
		s.t.Errorf("validate ends with %d and says\n%s", code, w.Output())
	}
	wrong := s.env(strings.Replace(cqlMapping, "IF state = 'open'", "IF state = 5", 1))
	if w := startWorker(s.t, wrong, "validate"); w.Wait(runLimit) != 78 || !strings.Contains(w.Output(), "Cassandra refuses the statement: Invalid INTEGER constant (5)") {
		s.t.Errorf("validate takes what Cassandra refuses:\n%s", w.Output())
	}
	code, output := explain(s.t, env, "--partition", fmt.Sprint(line.Partition), "--offset", fmt.Sprint(line.Offset))
	for _, want := range []string{
		`UPDATE "own"."carts" USING TIMESTAMP ? AND TTL ? SET "items"[(text)?] = (int)?, "seen" = (bigint)?, "pair" = ((bigint)?, (text)?) WHERE "id" = (text)?`,
		":qty", "Cassandra's own, when it is written",
	} {
		if code != 0 || !strings.Contains(output, want) {
			s.t.Errorf("explain ends with %d and does not say %s:\n%s", code, want, output)
		}
	}
}
