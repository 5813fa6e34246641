//go:build stack

package test

import (
	"fmt"
	"maps"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

const textAndNumber = `{"type": "record", "name": "Row", "fields": [
	{"name": "a", "type": "string"}, {"name": "n", "type": "long"}]}`

// simpleMapping fills a table `rows (k text PRIMARY KEY, a text, n bigint)` of a
// scene.
func simpleMapping(name string) string {
	return `version: 1
topics:
  - topic: ` + name + `
    key:
      format: string
    tables:
      - table: ` + name + `.rows
        columns_from: value
        columns:
          k: key
`
}

func simpleTable(name string) string {
	return "CREATE TABLE " + name + ".rows (k text PRIMARY KEY, a text, n bigint)"
}

// TestStopsUnderLoad sends SIGTERM in the middle of a backlog.
func TestStopsUnderLoad(t *testing.T) {
	const records = 40_000
	s := newScene(t, "stops", 4, simpleTable("stops"))
	value := register(t, "stops-value", textAndNumber)
	backlog := make([]*kgo.Record, records)
	for i := range backlog {
		backlog[i] = s.record(fmt.Sprintf("key-%05d", i), value.encode(t, map[string]any{"a": "text", "n": int64(i)}))
		backlog[i].Partition = int32(i % 4)
	}
	produce(t, s.client, backlog...)
	env := s.env(simpleMapping("stops"))

	w := startWorker(t, append(env, "INGEST_IN_FLIGHT_ROWS_PER_SECOND=4000", "INGEST_SHUTDOWN_TIMEOUT=20s"), "run")
	harness.Eventually(t, time.Minute, "the worker is at work", func() error {
		if at, err := commits(t.Context(), s.admin, "stops", "stops", 4); err != nil || max(at[0], at[1], at[2], at[3]) <= 0 {
			return fmt.Errorf("commits %v, %w", at, err)
		}
		return nil
	})
	w.Signal(syscall.SIGTERM)
	if code := w.Wait(30 * time.Second); code != 0 {
		t.Errorf("exit code %d after SIGTERM, want 0", code)
	}
	at, err := commits(t.Context(), s.admin, "stops", "stops", 4)
	if err != nil {
		t.Fatal(err)
	}
	done := int(at[0] + at[1] + at[2] + at[3])
	if rows := s.count("stops.rows"); done >= records || rows < done {
		t.Errorf("%d records are committed and %d rows written: want fewer than all %d committed, and each of them written", done, rows, records)
	}
	s.catchUp(env)
	if rows := s.count("stops.rows"); rows != records {
		t.Errorf("%d rows, want %d", rows, records)
	}
	s.noLetters()
}

// TestTwoTables fills two tables from one topic; a tombstone deletes from the one
// and is ignored by the other.
func TestTwoTables(t *testing.T) {
	s := newScene(t, "two_tables", 1,
		"CREATE TABLE two_tables.latest (k text PRIMARY KEY, a text)",
		"CREATE TABLE two_tables.by_a (a text, k text, n bigint, PRIMARY KEY (a, k))")
	value := register(t, "two_tables-value", textAndNumber)
	row := func(key, a string, n int64) *kgo.Record {
		return s.record(key, value.encode(t, map[string]any{"a": a, "n": n}))
	}
	produce(t, s.client, row("k1", "red", 1), row("k2", "red", 2), row("k1", "blue", 3), s.record("k2", nil), s.record("k3", nil))
	s.catchUp(s.env(`version: 1
topics:
  - topic: two_tables
    key:
      format: string
    tables:
      - table: two_tables.latest
        tombstone: delete
        columns:
          k: key
          a: value.a
      - table: two_tables.by_a
        tombstone: ignore
        columns_from: value
        columns:
          k: key
`))
	latest := map[string]string{}
	iter := s.session.Query("SELECT k, a FROM two_tables.latest").Iter()
	for k, a := "", ""; iter.Scan(&k, &a); {
		latest[k] = a
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"k1": "blue"}; !maps.Equal(latest, want) {
		t.Errorf("latest holds %v, want %v", latest, want)
	}
	byA := map[string]int64{}
	iter = s.session.Query("SELECT a, k, n FROM two_tables.by_a").Iter()
	n := int64(0)
	for a, k := "", ""; iter.Scan(&a, &k, &n); {
		byA[a+" "+k] = n
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	if want := map[string]int64{"red k1": 1, "red k2": 2, "blue k1": 3}; !maps.Equal(byA, want) {
		t.Errorf("by_a holds %v, want %v", byA, want)
	}
	s.noLetters()
}

// TestTwoSchemaVersions has records of both versions in one topic. What the older
// one lacks stays as it is.
func TestTwoSchemaVersions(t *testing.T) {
	s := newScene(t, "versions", 1, "CREATE TABLE versions.rows (k text PRIMARY KEY, a text, n bigint, id int)")
	older := register(t, "versions-value", `{"type": "record", "name": "Row", "fields": [{"name": "a", "type": "string"}]}`)
	newer := register(t, "versions-value", `{"type": "record", "name": "Row", "fields": [
		{"name": "n", "type": ["null", "long"], "default": null}, {"name": "a", "type": "string"}]}`)
	if older.id == newer.id {
		t.Fatalf("both versions have id %d", older.id)
	}
	old := func(key, a string) *kgo.Record { return s.record(key, older.encode(t, map[string]any{"a": a})) }
	young := func(key, a string, n int64) *kgo.Record {
		return s.record(key, newer.encode(t, map[string]any{"a": a, "n": n}))
	}
	produce(t, s.client, old("k1", "old"), young("k2", "new", 2), young("k3", "new", 3), old("k3", "old again"))
	s.catchUp(s.env(`version: 1
topics:
  - topic: versions
    key:
      format: string
    tables:
      - table: versions.rows
        columns:
          k: key
          a: value.a
          n: value.n
          id: meta.schema_id
`))
	for key, want := range map[string]struct {
		a  string
		n  int64 // 0 for none
		id int
	}{"k1": {"old", 0, older.id}, "k2": {"new", 2, newer.id}, "k3": {"old again", 3, older.id}} {
		got := want
		got.n = 0
		var n *int64
		if !s.scan("SELECT a, n, id FROM versions.rows WHERE k = '"+key+"'", &got.a, &n, &got.id) {
			t.Errorf("%s is not there", key)
			continue
		}
		if n != nil {
			got.n = *n
		}
		if got != want {
			t.Errorf("%s is %+v, want %+v", key, got, want)
		}
	}
	s.noLetters()
}

// TestMetrics holds what /metrics counts against what was produced.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newScene(t, "metrics", 4, simpleTable("metrics")) // the last partition stays empty
	value := register(t, "metrics-value", textAndNumber)
	var records []*kgo.Record
	for i := range 900 {
		r := s.record(fmt.Sprint("key-", i), value.encode(t, map[string]any{"a": "text", "n": int64(i)}))
		switch {
		case i%100 == 7:
			r.Value = []byte("no Avro")
		case i%100 < 3:
			r.Value = nil // a tombstone, which this mapping ignores
		}
		r.Partition = int32(i % 3)
		records = append(records, r)
	}
	produce(t, s.client, records...)
	w := startWorker(t, s.env(simpleMapping("metrics")+"        tombstone: ignore\n"), "run")
	harness.Eventually(t, time.Minute, "everything is committed", s.lagging)
	want := map[string]int{"written": 864, "skipped": 27, "dead_lettered": 9}
	harness.Eventually(t, 10*time.Second, "every record is counted", func() error {
		if got := w.outcomes("metrics"); !maps.Equal(got, want) {
			return fmt.Errorf("records by outcome: %v, want %v", got, want)
		}
		return nil
	})
	harness.Eventually(t, time.Minute, "each partition has its lag", func() error { return w.lagSeries("metrics", 4) })
	w.untilReady()
	for _, err := range w.documented() {
		t.Error(err)
	}
	if code, body := w.Get("/livez"); code != http.StatusOK {
		t.Errorf("/livez answers %d %s", code, body)
	}
}

// TestTimes holds WRITETIME and TTL against the record's timestamp.
func TestTimes(t *testing.T) {
	const life = 30 * 24 * 3600 // seconds
	s := newScene(t, "times", 1, simpleTable("times"))
	value := register(t, "times-value", textAndNumber)
	at := time.Now().Add(-24 * time.Hour).Truncate(time.Millisecond)
	r := s.record("k", value.encode(t, map[string]any{"a": "text", "n": int64(1)}))
	r.Timestamp = at
	produce(t, s.client, r)
	begin := time.Now()
	s.catchUp(s.env(simpleMapping("times") + "        ttl: 30d\n"))

	var stamp int64
	var ttl int
	if !s.scan("SELECT writetime(a), ttl(n) FROM times.rows WHERE k = 'k'", &stamp, &ttl) {
		t.Fatal("the row is not there")
	}
	if want := at.UnixMilli() * 1000; stamp != want {
		t.Errorf("WRITETIME is %d µs, want %d", stamp, want)
	}
	oldest, youngest := int(time.Since(at).Seconds()), int(begin.Sub(at).Seconds())
	if ttl < life-oldest-2 || ttl > life-youngest+1 {
		t.Errorf("the TTL is %d s, want %d s less the record's age of %d to %d s", ttl, life, youngest, oldest)
	}
}

// TestSources fills columns from headers, from what Kafka says, from constants
// and from defaults.
func TestSources(t *testing.T) {
	s := newScene(t, "sources", 2, `CREATE TABLE sources.rows (k text PRIMARY KEY, trace text, raw blob, missing text,
		topic text, partition int, offset bigint, at timestamp, channel text, amount int, rate double, simulated boolean,
		note text, lost text, kept text)`)
	value := register(t, "sources-value", `{"type": "record", "name": "Row", "fields": [
		{"name": "note", "type": ["null", "string"]}, {"name": "kept", "type": ["null", "string"]},
		{"name": "tags", "type": {"type": "map", "values": "string"}}]}`)
	first := s.record("other", value.encode(t, map[string]any{"note": "n", "kept": "k", "tags": map[string]any{}}))
	r := s.record("k", value.encode(t, map[string]any{"note": nil, "kept": nil, "tags": map[string]any{}}))
	first.Partition, r.Partition = 1, 1
	r.Timestamp = time.Date(2026, 2, 3, 4, 5, 6, 789_000_000, time.UTC)
	r.Headers = []kgo.RecordHeader{{Key: "x-trace", Value: []byte("first")}, {Key: "raw", Value: []byte{0, 0xff}}, {Key: "x-trace", Value: []byte("last")}}
	produce(t, s.client, first, r)
	s.catchUp(s.env(`version: 1
topics:
  - topic: sources
    key:
      format: string
    tables:
      - table: sources.rows
        columns:
          k: key
          trace: header['x-trace']
          raw: header['raw']
          missing:
            from: header['x-missing']
            default: none
          topic: meta.topic
          partition: meta.partition
          offset: meta.offset
          at: meta.timestamp
          channel: {const: web}
          amount: 7
          rate: 1.5
          simulated: true
          note:
            from: value.note
            default: empty
            nulls: default
          lost:
            from: value.tags['lost']
            default: nowhere
          kept: value.kept
`))
	var got struct {
		trace, missing, topic, channel, note, lost string
		raw                                        []byte
		partition, amount                          int
		offset                                     int64
		at                                         time.Time
		rate                                       float64
		simulated                                  bool
		kept                                       *string
	}
	if !s.scan("SELECT trace, raw, missing, topic, partition, offset, at, channel, amount, rate, simulated, note, lost, kept FROM sources.rows WHERE k = 'k'",
		&got.trace, &got.raw, &got.missing, &got.topic, &got.partition, &got.offset, &got.at, &got.channel, &got.amount, &got.rate,
		&got.simulated, &got.note, &got.lost, &got.kept) {
		t.Fatal("the row is not there")
	}
	text := fmt.Sprintf("%s %x %s %s %d %d %s %s %d %v %t %s %s", got.trace, got.raw, got.missing, got.topic, got.partition, got.offset,
		got.at.UTC().Format(time.RFC3339Nano), got.channel, got.amount, got.rate, got.simulated, got.note, got.lost)
	if want := "last 00ff none sources 1 1 2026-02-03T04:05:06.789Z web 7 1.5 true empty nowhere"; text != want {
		t.Errorf("the row is\n%s, want\n%s", text, want)
	}
	if got.kept != nil {
		t.Errorf("kept is %q, want null", *got.kept)
	}
	s.noLetters()
}
