//go:build stack

package test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

const eventSchema = `{"type": "record", "name": "Position", "fields": [
	{"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]},
	{"name": "n", "type": "long"}, {"name": "note", "type": ["null", "string"]}]}`

// eventMapping fills a table by the time of the events, and one by the log.
func eventMapping(name string) string {
	return strings.ReplaceAll(`version: 1
topics:
  - topic: NAME
    key:
      format: string
    tables:
      - table: NAME.latest
        timestamp: value.at
        accept: [event_time_ties]
        tombstone: ignore
        columns:
          k: key
          n: value.n
          note: value.note
      - table: NAME.last
        columns:
          k: key
          n: value.n
          note: value.note
`, "NAME", name)
}

// measurement is one record of a key.
type measurement struct {
	key  string
	at   int64 // microseconds since 1970
	n    int64
	note string // empty: null
}

// latest is what a row holds of events: for each column the latest that says
// something, and its time.
type latest struct {
	n, nAt int64
	note   string
	noteAt int64
}

func (l *latest) add(e measurement, at int64) {
	if at > l.nAt {
		l.n, l.nAt = e.n, at
	}
	if e.note != "" && at > l.noteAt {
		l.note, l.noteAt = e.note, at
	}
}

const eventKeys, eventsOfAKey = 100, 20

// newMeasurements gives events of a few keys, at different times within ten days, in a
// random order.
func newMeasurements(random *rand.Rand) []measurement {
	from := time.Now().Add(-240 * time.Hour).UnixMicro()
	var events []measurement
	for k := range eventKeys {
		for i := range eventsOfAKey {
			e := measurement{key: fmt.Sprintf("key-%03d", k), n: int64(k*1000 + i), at: from + int64(i)*43_200_000_000 + random.Int64N(43_200_000_000)}
			if random.IntN(2) == 0 {
				e.note = fmt.Sprint("note ", e.n)
			}
			events = append(events, e)
		}
	}
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	return events
}

// Events arrive in any order, in two parts: the latest of a row wins, its time is
// the WRITETIME, and reading everything again changes nothing.
func TestTheLatestEventWins(t *testing.T) {
	t.Parallel()
	const name = "events"
	const columns = " (k text PRIMARY KEY, n bigint, note text)"
	s := newScene(t, name, 2, "CREATE TABLE "+name+".latest"+columns, "CREATE TABLE "+name+".last"+columns)
	value := register(t, name+"-value", eventSchema)
	seed := testSeed(t)
	events := newMeasurements(rand.New(rand.NewPCG(seed, 1)))
	wanted := map[string]*latest{}
	records := make([]*kgo.Record, len(events))
	for i, e := range events {
		records[i] = s.record(e.key, value.encode(t, eventValue(e.at, e)))
		records[i].Partition = int32(e.n / 1000 % 2)
		if wanted[e.key] == nil {
			wanted[e.key] = &latest{}
		}
		wanted[e.key].add(e, e.at)
	}
	unwritable := untimely(t, s, value)
	half := len(records) / 2
	env := s.env(eventMapping(name))
	produce(t, s.client, records[:half]...)
	s.catchUp(env)
	produce(t, s.client, append(unwritable, records[half:]...)...)
	s.catchUp(env)

	demandLatest(t, s, wanted)
	if inLogOrder := readLatest(t, s, "last"); len(inLogOrder) != eventKeys || differing(inLogOrder, wanted) < eventKeys/2 {
		t.Errorf("the log's order gives nearly the same rows (%d of %d differ): this test shows nothing", differing(inLogOrder, wanted), len(inLogOrder))
	}
	checkEventLetters(t, s, unwritable)

	l := logged{scene: s}
	l.commitAs(s.name, []int64{0, 0})
	s.catchUp(env)
	demandLatest(t, s, wanted)

	v := s.verify(env)
	v.demand(t, map[string]int64{})
	if v.Rows != 2*eventKeys || v.Unwritable != int64(len(unwritable)) || len(v.NotJudged) > 0 {
		t.Errorf("verify looks at %d rows: %s", v.Rows, v.text)
	}
	apply(t, s, "UPDATE "+name+".latest USING TIMESTAMP ? SET n = ? WHERE k = 'key-001'", wanted["key-001"].nAt+1, wanted["key-001"].n)
	s.verify(env).demand(t, map[string]int64{"timestamp": 1})
}

func eventValue(at any, e measurement) map[string]any {
	fields := map[string]any{"at": nil, "n": e.n, "note": nil}
	if micros, ok := at.(int64); ok {
		fields["at"] = map[string]any{"long.timestamp-micros": micros}
	}
	if e.note != "" {
		fields["note"] = map[string]any{"string": e.note}
	}
	return fields
}

// untimely gives records whose measurement time cannot be a write timestamp. Each is of a
// key that others have: it must not touch its row.
func untimely(t *testing.T, s *scene, value *subject) []*kgo.Record {
	t.Helper()
	now := time.Now()
	var records []*kgo.Record
	for i, at := range []any{nil, int64(0), now.UnixNano(), now.Add(26 * time.Hour).UnixMicro()} {
		records = append(records, s.record(fmt.Sprintf("key-%03d", 2*i), value.encode(t, eventValue(at, measurement{n: -1, note: "spoilt"}))))
	}
	return records
}

func checkEventLetters(t *testing.T, s *scene, unwritable []*kgo.Record) {
	t.Helper()
	letters := s.letters()
	if len(letters) != len(unwritable) {
		t.Errorf("%d dead letters, want %d", len(letters), len(unwritable))
	}
	for _, r := range unwritable {
		l, ok := letters[place(r)]
		if !ok || l.headers["ingest.class"] != "event_time" || l.headers["ingest.tables"] != s.name+".latest" {
			t.Errorf("%s: letter %v, class %q, tables %q", place(r), ok, l.headers["ingest.class"], l.headers["ingest.tables"])
		}
	}
}

// readLatest reads a table with the write timestamps of its cells.
func readLatest(t *testing.T, s *scene, table string) map[string]*latest {
	t.Helper()
	rows := map[string]*latest{}
	iter := s.session.Query("SELECT k, n, writetime(n), note, writetime(note) FROM " + s.name + "." + table).WithContext(t.Context()).Iter()
	var key string
	var row latest
	for iter.Scan(&key, &row.n, &row.nAt, &row.note, &row.noteAt) {
		copied := row
		rows[key] = &copied
		row = latest{}
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func demandLatest(t *testing.T, s *scene, wanted map[string]*latest) {
	t.Helper()
	rows := readLatest(t, s, "latest")
	if len(rows) != len(wanted) {
		t.Errorf("%d rows, want %d", len(rows), len(wanted))
	}
	for key, want := range wanted {
		if got := rows[key]; got == nil || *got != *want {
			t.Errorf("%s is %+v, want %+v", key, got, want)
		}
	}
}

// differing counts the rows that hold other values.
func differing(rows, wanted map[string]*latest) int {
	n := 0
	for key, row := range rows {
		if row.n != wanted[key].n {
			n++
		}
	}
	return n
}

// Deletes take the record's own time where the mapping says so: one that arrives
// late leaves what is newer alone, and one that arrives early stays.
func TestDeletesByTheRecordsOwnTime(t *testing.T) {
	t.Parallel()
	const name = "own_time"
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	now := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	row := value.encode(t, map[string]any{"a": "text", "n": int64(1)})
	dated := func(key string, minute int, value []byte) *kgo.Record {
		r := s.record(key, value)
		r.Timestamp = now.Add(time.Duration(minute) * time.Minute)
		return r
	}
	produce(t, s.client,
		dated("late delete", 10, row), dated("late delete", 5, nil),
		dated("late row", 10, nil), dated("late row", 5, row),
		dated("in order", 5, row), dated("in order", 10, nil))
	mapping := strings.Replace(simpleMapping(name), "        columns_from", "        timestamp: meta.timestamp\n        accept: [event_time_ties]\n        columns_from", 1)
	s.catchUp(s.env(mapping))
	var key string
	var stamp int64
	if !s.scan("SELECT k, writetime(n) FROM "+name+".rows", &key, &stamp) || key != "late delete" || stamp != now.Add(10*time.Minute).UnixMicro() {
		t.Errorf("%q is there, written at %d", key, stamp)
	}
	if n := s.count(name + ".rows"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// What can be seen beforehand is a finding of validate: ties that nobody has
// accepted, and a field that is no time.
func TestValidateEventTime(t *testing.T) {
	t.Parallel()
	const name = "event_faults"
	newScene(t, name, 1, "CREATE TABLE "+name+".latest (k text PRIMARY KEY, n bigint, note text)", "CREATE TABLE "+name+".last (k text PRIMARY KEY, n bigint, note text)")
	register(t, name+"-value", eventSchema)
	mapping := strings.Replace(eventMapping(name), "        accept: [event_time_ties]\n", "", 1)
	for _, tt := range []struct {
		mapping string
		code    int
		want    string
	}{
		{eventMapping(name), 0, ":8:20: warning: value.at can be null or absent in"},
		{mapping, 78, ":8:20: error: records of one row of " + name + ".latest that have the same value.at tie"},
		{strings.Replace(eventMapping(name), "value.at", "value.note", 1), 78, ":8:20: error: value.note cannot feed the write timestamp in"},
		{strings.Replace(eventMapping(name), "value.at", "value.ta", 1), 78, ":8:20: error: value.ta is in no registered schema"},
	} {
		code, output := validate(t, harness.WriteMapping(t, tt.mapping))
		if code != tt.code || !strings.Contains(output, tt.want) {
			t.Errorf("exit code %d, want %d and %q in\n%s", code, tt.code, tt.want, output)
		}
	}
}
