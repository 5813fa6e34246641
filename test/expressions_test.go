//go:build stack

package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const saleSchema = `{"type": "record", "name": "Sale", "fields": [
	{"name": "status", "type": "string"}, {"name": "email", "type": ["null", "string"]},
	{"name": "placed_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
	{"name": "net", "type": "double"}, {"name": "deleted", "type": "boolean"}, {"name": "ttl", "type": ["null", "int"]},
	{"name": "tags", "type": {"type": "array", "items": "string"}}]}`

const saleMapping = `version: 1
topics:
  - topic: expressions
    key: {format: string}
    tables:
      - table: expressions.sales
        when: value.status != 'TEST'
        delete_when: value.deleted
        ttl: value.ttl
        tombstone: delete
        columns:
          id: lower(key)
          email: lower(trim(value.email))
          day: bucket(value.placed_at, '1d')
          gross: float(value.net * 2)
          origin: meta.topic + '/' + string(meta.partition)
          labels: "filter(value.tags, # != '')"
          pair: "[value.status, len(value.tags)]"
          place: "{street: value.status, number: len(value.tags)}"
        accept: [cross_partition]
      - table: expressions.tags
        when: len(value.tags) > 0
        write: update
        tombstone: dead_letter
        columns:
          id: key
          tags: {from: value.tags, op: append}
`

// TestExpressions moves records by expressions into real tables: what they give,
// which records they choose, which rows they delete and for how long those live.
func TestExpressions(t *testing.T) {
	t.Parallel()
	s := newScene(t, "expressions", 1,
		"CREATE TYPE expressions.place (street text, number int)",
		"CREATE TABLE expressions.sales (id text PRIMARY KEY, email text, day timestamp, gross float, origin text, labels frozen<list<text>>, pair frozen<tuple<text, int>>, place frozen<place>)",
		"CREATE TABLE expressions.tags (id text PRIMARY KEY, tags set<text>)")
	value := register(t, "expressions-value", saleSchema)
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	sale := func(key string, change map[string]any) *kgo.Record {
		v := map[string]any{"status": "done", "email": " Ann@Example.COM ", "placed_at": at, "net": 1.25, "deleted": false, "ttl": nil, "tags": []any{"a", ""}}
		maps.Copy(v, change)
		r := s.record(key, value.encode(t, v))
		r.Timestamp = at
		return r
	}
	tooLarge := sale("Huge", map[string]any{"net": 1e300})
	produce(t, s.client,
		sale("Kept", nil), sale("Test", map[string]any{"status": "TEST", "tags": []any{}}),
		sale("Gone", nil), sale("Gone", map[string]any{"deleted": true}),
		sale("Null", map[string]any{"email": nil}), sale("Short", map[string]any{"ttl": int32(7200)}),
		tooLarge, sale("Tomb", nil), sale("More", map[string]any{"tags": []any{"a"}}), sale("More", map[string]any{"tags": []any{"b"}}))
	env := s.env(saleMapping)
	s.catchUp(env)
	s.demandSales(at)
	s.demandLetters(map[string]string{place(tooLarge): "value expressions.sales"})

	again := append(slices.Clone(env), "INGEST_KAFKA_GROUP_ID=expressions-again", "INGEST_DEAD_LETTER_TOPIC=expressions-again-letters")
	if code := startWorker(t, again, "run", "--until-current").Wait(3 * time.Minute); code != 0 {
		t.Fatalf("reading again ended with exit code %d", code)
	}
	s.demandSales(at)
}

func (s *scene) demandSales(at time.Time) {
	s.t.Helper()
	day := at.UTC().Truncate(24 * time.Hour)
	got := map[string]string{}
	iter := s.session.Query("SELECT id, email, day, gross, origin, labels, toJson(pair), toJson(place), TTL(origin), WRITETIME(origin) FROM expressions.sales").Iter()
	var (
		id, origin string
		pair       string // as Cassandra writes it
		place      string
		email      *string
		on         time.Time
		gross      float32
		labels     []string
		ttl        *int
		stamp      int64
	)
	for iter.Scan(&id, &email, &on, &gross, &origin, &labels, &pair, &place, &ttl, &stamp) {
		text := fmt.Sprintf("%v %v %s %v", on.Equal(day), gross, origin, labels)
		tags := map[bool]int{true: 1, false: 2}[id == "more"]
		if pair != fmt.Sprintf(`["done", %d]`, tags) || place != fmt.Sprintf(`{"street": "done", "number": %d}`, tags) {
			text += " " + pair + " " + place
		}
		if email != nil {
			text += " " + *email
		}
		if ttl != nil {
			text += fmt.Sprintf(" lives %v", *ttl > 3000 && *ttl <= 3600)
		}
		if stamp < at.UnixMicro() || stamp > at.UnixMicro()+20 {
			text += fmt.Sprintf(" stamped %d", stamp)
		}
		got[id] = text
	}
	if err := iter.Close(); err != nil {
		s.t.Fatal(err)
	}
	row := "true 2.5 expressions/0 [a]"
	want := map[string]string{"kept": row + " ann@example.com", "null": row, "short": row + " ann@example.com lives true", "tomb": row + " ann@example.com"}
	for id := range want {
		if id == "more" {
			continue
		}
		if got[id] != want[id] {
			s.t.Errorf("sale %s is %q, want %q", id, got[id], want[id])
		}
	}
	if len(got) != len(want)+1 || !strings.HasSuffix(got["more"], "[b] ann@example.com") {
		s.t.Errorf("the sales are %q", got)
	}
	s.demandTags()
}

func (s *scene) demandTags() {
	s.t.Helper()
	var tags []string
	if !s.scan("SELECT tags FROM expressions.tags WHERE id = 'More'", &tags) || !slices.Equal(tags, []string{"a", "b"}) {
		s.t.Errorf("the tags that records added are %q", tags)
	}
	if s.scan("SELECT tags FROM expressions.tags WHERE id = 'Test'", &tags) {
		s.t.Errorf("a record that when leaves out wrote tags %q", tags)
	}
}
