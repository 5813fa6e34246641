//go:build stack

package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

const labelledMapping = `version: 1
topics:
  - topic: labelled
    key: {format: string}
    tables:
      - table: labelled.firsts
        write: insert_if_absent
        accept: [lwt]
        tombstone: ignore
        ttl: "value.n > 2 ? '1h' : nil"
        columns: {id: key, name: value.name}
      - table: labelled.sold
        write: counter
        accept: [counter, cross_partition]
        for_each: value.items
        tombstone: ignore
        columns: {sku: item.sku, n: item.n, orders: 1}
      - table: labelled.lists
        write: update
        accept: [list_append]
        tombstone: delete
        delete: [newest]
        columns:
          id: key
          pos: value.pos
          log: {from: value.events, op: append}
          newest: {from: value.events, op: prepend}
          left: {from: value.events, op: remove}
      - table: labelled.lives
        accept: [ttl_from_write, now]
        tombstone: ignore
        columns: {id: key, name: value.name, seen: now()}
`

const labelledSchema = `{"type":"record","name":"Row","fields":[{"name":"name","type":"string"},{"name":"n","type":"int"},
	{"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[{"name":"sku","type":"string"},{"name":"n","type":["null","int"]}]}}},
	{"name":"events","type":["null",{"type":"array","items":"string"}]},
	{"name":"pos","type":["null",{"type":"record","name":"Pos","fields":[{"name":"x","type":"int"},{"name":"y","type":"int"}]}]}]}`

// stepwise is a worker that is given records a few at a time.
type stepwise struct {
	*scene
	*worker
}

// step produces records and waits until they are committed.
func (s *stepwise) step(records ...*kgo.Record) {
	s.scene.t.Helper()
	produce(s.scene.t, s.client, records...)
	harness.Eventually(s.scene.t, time.Minute, "the records are committed", func() error {
		s.running()
		return s.lagging()
	})
}

func (s *stepwise) end() {
	s.scene.t.Helper()
	s.Signal(syscall.SIGTERM)
	if code := s.Wait(30 * time.Second); code != 0 {
		s.scene.t.Errorf("exit code %d", code)
	}
}

// TestWaysWithLabels has what cannot be replayed exactly: the first row stays, every
// item counts, lists change in their order. Read again, each is as its label says.
func TestWaysWithLabels(t *testing.T) {
	began := time.Now()
	s := newScene(t, "labelled", 1,
		"CREATE TABLE labelled.firsts (id text PRIMARY KEY, name text)",
		"CREATE TABLE labelled.sold (sku text PRIMARY KEY, n counter, orders counter)",
		"CREATE TABLE labelled.lists (id text PRIMARY KEY, pos tuple<int, int>, log list<text>, newest list<text>, left list<text>)",
		"CREATE TABLE labelled.lives (id text PRIMARY KEY, name text, seen timestamp) WITH default_time_to_live = 7200",
		"UPDATE labelled.lists USING TIMESTAMP 1000 SET left = ['a', 'b', 'c', 'd', 'b'] WHERE id = 'k1'")
	value := register(t, "labelled-value", labelledSchema)
	at := began.Add(-30 * time.Minute).Truncate(time.Second)
	record := func(key, name string, n int, events, pos any, items ...any) *kgo.Record {
		if items == nil {
			items = []any{}
		}
		r := s.record(key, value.encode(t, map[string]any{"name": name, "n": n, "items": items, "events": events, "pos": pos}))
		at = at.Add(time.Second)
		r.Timestamp = at
		return r
	}
	item := func(sku string, n any) any { return map[string]any{"sku": sku, "n": n} }
	env := s.env(labelledMapping, "INGEST_COMMIT_INTERVAL=100ms")
	w := &stepwise{s, startWorker(t, env, "run")}
	w.step(record("k1", "ann", 1, []any{"a", "b"}, nil, item("x", 2), item("y", 1), item("x", 3)))
	w.step(record("k1", "bob", 5, nil, map[string]any{"x": 1, "y": 2})) // nothing for the lists, beside a tuple
	w.step(record("k2", "cid", 5, []any{}, nil, item("y", -4), item("x", nil)), record("k1", "eve", 1, nil, nil))
	w.step(record("k1", "dan", 1, []any{"b", "c"}, nil, item("x", 1)))
	s.demandLists("k1", "(1 2) [a b b c] [b c a b] [d]")
	gone := s.record("k1", nil)
	gone.Timestamp = at.Add(time.Second)
	w.step(gone)
	w.end()
	s.noLetters()

	s.demandLists("k1", "(1 2) [a b b c] [] [d]")
	first := s.firsts()
	for id, want := range map[string]string{"k1": "ann for ever", "k2": "cid for half an hour"} {
		if row := first[id]; row.text != want || row.stamp < began.UnixMicro() {
			t.Errorf("the first row of %s is %+v, want %s with a write timestamp of Cassandra's", id, row, want)
		}
	}
	s.demandSold(map[string]string{"x": "6 in 4", "y": "-3 in 2"})
	s.demandLives()

	again := append(slices.Clone(env), "INGEST_KAFKA_GROUP_ID=labelled-again")
	if code := startWorker(t, again, "run", "--until-current").Wait(runLimit); code != 0 {
		t.Fatalf("reading again ended with exit code %d", code)
	}
	if got := s.firsts(); !maps.Equal(got, first) {
		t.Errorf("the first rows are %v after reading again, want %v", got, first)
	}
	s.demandSold(map[string]string{"x": "12 in 8", "y": "-6 in 4"})
	s.demandLives()
	var log, left []string
	if !s.scan("SELECT log, left FROM labelled.lists WHERE id = 'k1'", &log, &left) || len(log) != 8 || len(left) != 1 {
		t.Errorf("the lists are %v and %v after reading again", log, left)
	}
	v := s.verify(env, "--table=labelled.lists", "--table=labelled.lives")
	v.demand(t, map[string]int64{})
	for _, want := range []string{"left, log, newest (they are changed in place", "seen (now() feeds them)"} {
		if !strings.Contains(v.text, want) {
			t.Errorf("verify does not name %q:\n%s", want, v.text)
		}
	}
}

func (s *scene) demandLists(id, want string) {
	s.t.Helper()
	var x, y int
	var log, newest, left []string
	s.scan("SELECT pos, log, newest, left FROM labelled.lists WHERE id = '"+id+"'", &x, &y, &log, &newest, &left)
	if got := fmt.Sprintf("(%d %d) %v %v %v", x, y, log, newest, left); got != want {
		s.t.Errorf("the lists of %s are %s, want %s", id, got, want)
	}
	if s.scan("SELECT log FROM labelled.lists WHERE id = 'k2'", &log) {
		s.t.Errorf("a row of nothing was written: %v", log)
	}
}

// firstRow is a row that was inserted if it was absent.
type firstRow struct {
	text  string
	stamp int64
}

func (s *scene) firsts() map[string]firstRow {
	s.t.Helper()
	out := map[string]firstRow{}
	iter := s.session.Query("SELECT id, name, writetime(name), ttl(name) FROM labelled.firsts").WithContext(s.t.Context()).Iter()
	var id, name string
	var stamp int64
	var ttl *int
	for iter.Scan(&id, &name, &stamp, &ttl) {
		switch {
		case ttl == nil:
			name += " for ever"
		case *ttl > 1500 && *ttl <= 1810: // an hour from the record's timestamp on
			name += " for half an hour"
		}
		out[id] = firstRow{name, stamp}
	}
	if err := iter.Close(); err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *scene) demandSold(want map[string]string) {
	s.t.Helper()
	got := map[string]string{}
	iter := s.session.Query("SELECT sku, n, orders FROM labelled.sold").WithContext(s.t.Context()).Iter()
	var sku string
	var n, orders int64
	for iter.Scan(&sku, &n, &orders) {
		got[sku] = fmt.Sprintf("%d in %d", n, orders)
	}
	if err := iter.Close(); err != nil {
		s.t.Fatal(err)
	}
	demandCells(s.t, "sold", got, want)
}

// demandLives: a life that counts from the write is whole however old its record is.
func (s *scene) demandLives() {
	s.t.Helper()
	var ttl int
	var seen time.Time
	if !s.scan("SELECT ttl(name), seen FROM labelled.lives WHERE id = 'k1'", &ttl, &seen) || ttl < 7000 || ttl > 7200 || time.Since(seen) > 10*time.Minute {
		s.t.Errorf("a row lives %d s more and was seen at %v", ttl, seen)
	}
}

const severalMapping = `version: 1
topics:
  - topics: [several, several.us]
    key: {format: string}
    value: {format: avro, subject: several-value}
    tables:
      - table: several.rows
        columns: {id: key, topic: meta.topic, a: value.a, n: value.n}
      - table: several.numbers
        columns: {topic: meta.topic, id: key, n: value.n}
  - topic: several.other
    key: {format: string}
    value: {format: avro, subject: several-value}
    tables:
      - table: several.others
        columns: {id: key, n: value.n, a: value.a}
`

// TestSeveralTablesOfSeveralTopics: two topics feed two tables in common. While one of
// the tables is gone, their offsets stay where they are and other topics go on; once
// it is back, both tables get all of it, with the write timestamps of the records.
func TestSeveralTablesOfSeveralTopics(t *testing.T) {
	const numbers = "CREATE TABLE several.numbers (topic text, id text, n bigint, PRIMARY KEY (topic, id))"
	s := newScene(t, "several", 1,
		"CREATE TABLE several.rows (id text, topic text, a text, n bigint, PRIMARY KEY (id, topic))", numbers,
		"CREATE TABLE several.others (id text PRIMARY KEY, a text, n bigint)")
	for _, topic := range []string{"several.us", "several.other"} {
		createTopic(t, s.admin, topic, 1)
	}
	value := register(t, "several-value", textAndNumber)
	base := time.Now().Add(-time.Minute).UnixMilli()
	all := map[string]string{} // of both topics, by topic and key
	send := func(topic, key string, n int64) {
		t.Helper()
		base += 10
		all[topic+key] = fmt.Sprint(n, "@", base*1000)
		produce(t, s.client, &kgo.Record{Topic: topic, Key: []byte(key), Value: value.encode(t, map[string]any{"a": "x", "n": n}), Timestamp: time.UnixMilli(base)})
	}
	caughtUp := func(topics ...string) {
		t.Helper()
		harness.Eventually(t, time.Minute, "everything is committed", func() error {
			for _, topic := range topics {
				if err := lagging(t.Context(), s.admin, s.name, topic, 1); err != nil {
					return err
				}
			}
			return nil
		})
	}
	w := startWorker(t, s.env(severalMapping, "INGEST_COMMIT_INTERVAL=100ms"), "run")
	send("several", "k1", 1)
	send("several.us", "k1", 2)
	caughtUp("several", "several.us")
	before := s.cells("SELECT topic, n, writetime(n) FROM several.numbers")
	demandCells(t, "the table that is dropped", before, map[string]string{"several": all["severalk1"], "several.us": all["several.usk1"]})

	execute(t, s.session, "DROP TABLE several.numbers")
	send("several", "k2", 3)
	send("several.us", "k2", 4)
	harness.Eventually(t, time.Minute, "both topics are held", func() error {
		w.running()
		reasons, err := w.Unready()
		if err != nil {
			return err
		}
		for _, topic := range []string{"several", "several.us"} {
			if !strings.Contains(reasons["topic "+topic], "numbers") {
				return fmt.Errorf("not ready for %v", reasons)
			}
		}
		return nil
	})
	send("several.other", "k3", 5)
	caughtUp("several.other")
	for _, topic := range []string{"several", "several.us"} {
		if at, err := commits(t.Context(), s.admin, s.name, topic, 1); err != nil || at[0] != 1 {
			t.Errorf("%s is committed up to %v, %v, though a table of its records is gone", topic, at, err)
		}
	}
	execute(t, s.session, numbers)
	caughtUp("several", "several.us")
	s.noLetters()
	want := map[string]string{}
	for at, cell := range all {
		if topic, key := at[:len(at)-2], at[len(at)-2:]; topic != "several.other" {
			want[key+topic] = cell
		}
	}
	demandCells(t, "the table that stayed", s.severalCells("rows"), want)
	delete(want, "k1several") // they went with the table
	delete(want, "k1several.us")
	demandCells(t, "the table that came back", s.severalCells("numbers"), want)
}

// severalCells reads a table of TestSeveralTablesOfSeveralTopics by key and topic.
func (s *scene) severalCells(table string) map[string]string {
	s.t.Helper()
	out := map[string]string{}
	iter := s.session.Query("SELECT id, topic, n, writetime(n) FROM several." + table).WithContext(s.t.Context()).Iter()
	var id, topic string
	var n, stamp int64
	for iter.Scan(&id, &topic, &n, &stamp) {
		out[id+topic] = fmt.Sprint(n, "@", stamp)
	}
	if err := iter.Close(); err != nil {
		s.t.Fatal(err)
	}
	return out
}
