//go:build stack

package test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

const poisonMapping = `version: 1
topics:
  - topic: poison
    key:
      format: string
    tables:
      - table: poison.rows
        columns_from: value
        columns:
          k: key
        tombstone: ignore
`

const poisonRecords = 10_000

// bad is one record that can never be written, among good neighbours.
type bad struct {
	name   string
	number int // among all records
	class  string
	tables string
	spoil  func(r *kgo.Record)
}

// TestPoison has five records of ten thousand that can never be written. Two of
// them only Cassandra refuses, inside batches with good rows.
func TestPoison(t *testing.T) {
	s := newScene(t, "poison", 4, "CREATE TABLE poison.rows (k text, c text, n bigint, PRIMARY KEY (k, c))")
	value := register(t, "poison-value", `{"type": "record", "name": "Row", "fields": [
		{"name": "c", "type": "string"}, {"name": "n", "type": "long"}]}`)
	unwritable := []bad{
		{"not framed", 1234, "framing", "*", func(r *kgo.Record) { r.Value = []byte(`{"c": "plain JSON"}`) }},
		{"truncated", 3001, "decode", "*", func(r *kgo.Record) { r.Value = r.Value[:len(r.Value)-3] }},
		{"an unknown schema id", 5002, "unknown_schema", "*", func(r *kgo.Record) { copy(r.Value[1:5], []byte{0x7f, 0xff, 0xff, 0}) }},
		{"an empty partition key", 7003, "rejected", "poison.rows", func(r *kgo.Record) { r.Key = []byte{} }},
		{"a clustering column of 70,000 bytes", 9000, "rejected", "poison.rows", func(r *kgo.Record) {
			r.Value = value.encode(t, map[string]any{"c": strings.Repeat("c", 70_000), "n": int64(9000)})
		}},
	}
	records := make([]*kgo.Record, poisonRecords)
	for i := range records {
		records[i] = s.record(poisonKey(i), value.encode(t, map[string]any{"c": fmt.Sprintf("c-%05d", i), "n": int64(i)}))
		records[i].Partition = int32(i % 4)
		records[i].Headers = []kgo.RecordHeader{{Key: "trace", Value: []byte(strconv.Itoa(i))}}
	}
	spoilt := map[int]bool{}
	for _, b := range unwritable {
		b.spoil(records[b.number])
		spoilt[b.number] = true
	}
	produce(t, s.client, records...)

	s.catchUp(s.env(poisonMapping))

	stamps := stampsOf(records)
	checkGoodRows(t, s, spoilt, stamps)
	checkLetters(t, s, unwritable, records, stamps)
}

// stampsOf gives the write timestamp of each record, in microseconds: its own,
// but later than that of the record before it in its partition, poison or not.
func stampsOf(records []*kgo.Record) []int64 {
	clocks := map[int32]int64{}
	out := make([]int64, len(records))
	for i, r := range records {
		out[i] = max(r.Timestamp.UnixMilli()*1000, clocks[r.Partition]+1)
		clocks[r.Partition] = out[i]
	}
	return out
}

// poisonKey gives rows partition keys that they share with others, so that there
// are batches.
func poisonKey(i int) string { return fmt.Sprintf("key-%03d", i%500) }

// checkGoodRows holds the table against every record that is not spoilt.
func checkGoodRows(t *testing.T, s *scene, spoilt map[int]bool, stamps []int64) {
	t.Helper()
	seen := map[int]bool{}
	iter := s.session.Query("SELECT k, c, n, writetime(n) FROM poison.rows").WithContext(t.Context()).PageSize(2000).Iter()
	var k, c string
	var n int
	var stamp int64
	for iter.Scan(&k, &c, &n, &stamp) {
		if seen[n] || spoilt[n] || k != poisonKey(n) || c != fmt.Sprintf("c-%05d", n) {
			t.Errorf("a row that should not be: %q %q %d", k, c[:min(len(c), 20)], n)
		}
		seen[n] = true
		if stamp != stamps[n] {
			t.Errorf("record %d was written at %d µs, want %d", n, stamp, stamps[n])
		}
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	if want := poisonRecords - len(spoilt); len(seen) != want {
		t.Errorf("%d rows, want %d", len(seen), want)
	}
}

func checkLetters(t *testing.T, s *scene, unwritable []bad, records []*kgo.Record, stamps []int64) {
	t.Helper()
	letters := s.letters()
	if len(letters) != len(unwritable) {
		t.Errorf("%d dead letters, want %d", len(letters), len(unwritable))
	}
	for _, b := range unwritable {
		source := records[b.number]
		l, ok := letters[place(source)]
		if !ok {
			t.Errorf("%s: no dead letter for %s", b.name, place(source))
			continue
		}
		if l.headers["ingest.class"] != b.class || l.headers["ingest.tables"] != b.tables {
			t.Errorf("%s: class %q and tables %q, want %q and %q (%s)", b.name,
				l.headers["ingest.class"], l.headers["ingest.tables"], b.class, b.tables, l.headers["ingest.message"])
		}
		if !bytes.Equal(l.Key, source.Key) || !bytes.Equal(l.Value, source.Value) {
			t.Errorf("%s: key or value are not those of the source record", b.name)
		}
		if l.headers["ingest.group"] != s.name {
			t.Errorf("%s: the worker's group is %q, want %q", b.name, l.headers["ingest.group"], s.name)
		}
		if l.headers["trace"] != strconv.Itoa(b.number) {
			t.Errorf("%s: the source record's header is %q", b.name, l.headers["trace"])
		}
		if want := strconv.FormatInt(source.Timestamp.UnixMilli(), 10); l.headers["ingest.timestamp"] != want {
			t.Errorf("%s: timestamp %s, want %s", b.name, l.headers["ingest.timestamp"], want)
		}
		if want := strconv.FormatInt(stamps[b.number], 10); l.headers["ingest.write.timestamp"] != want {
			t.Errorf("%s: write timestamp %s, want %s", b.name, l.headers["ingest.write.timestamp"], want)
		}
	}
}
