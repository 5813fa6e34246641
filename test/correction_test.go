//go:build stack

package test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const correctionSchema = `{"type": "record", "name": "Row", "fields": [
	{"name": "wrong", "type": "long"}, {"name": "right", "type": "long"}, {"name": "note", "type": ["null", "string"], "default": null}]}`

// correction fills one table, first by a mapping that is wrong. Its records are
// dated in 2023.
type correction struct {
	*scene
	stamps map[string]int64 // by key, of the record that has a value
}

func correctionMapping(name, head, column, nulls, tombstone string) string {
	return fmt.Sprintf(`version: 1
%stopics:
  - topic: %[2]s
    key:
      format: string
    tables:
      - table: %[2]s.rows
        tombstone: %[5]s
        columns:
          k: key
          amount: value.%[3]s
          note:
            from: value.note
            default: none
            nulls: %[4]s
`, head, name, column, nulls, tombstone)
}

// newCorrection writes a history with a wrong mapping: too large a value, a null
// as a tombstone, and a Kafka tombstone as a delete.
func newCorrection(t *testing.T, name string) *correction {
	t.Helper()
	c := &correction{newScene(t, name, 1, "CREATE TABLE "+name+".rows (k text PRIMARY KEY, amount bigint, note text)"), map[string]int64{}}
	value := register(t, name+"-value", correctionSchema)
	at := time.Date(2023, 5, 6, 7, 8, 9, 0, time.UTC)
	var records []*kgo.Record
	for i := range 500 {
		key := fmt.Sprint("key-", i)
		r := c.record(key, value.encode(t, map[string]any{"wrong": int64(1000 + i), "right": int64(i), "note": nil}))
		r.Timestamp = at // all alike: the clock alone tells them apart, by a microsecond
		c.stamps[key] = at.UnixMicro() + int64(len(records))
		records = append(records, r)
		if i%10 == 0 {
			gone := c.record(key, nil)
			gone.Timestamp = at
			records = append(records, gone)
		}
	}
	produce(t, c.client, records...)
	c.catchUp(c.env(correctionMapping(name, "", "wrong", "tombstone", "delete")))
	if rows := c.count(name + ".rows"); rows != 450 {
		t.Fatalf("%d rows before the correction, want 450", rows)
	}
	return c
}

// again reads the topic from its beginning with another mapping.
func (c *correction) again(mapping string) {
	c.t.Helper()
	l := logged{scene: c.scene}
	l.commitAs(c.name, []int64{0})
	c.catchUp(c.env(mapping))
	c.noLetters()
}

// A raised generation lets the corrected mapping's cells win over those of the
// same record: smaller values, and values where a tombstone was.
func TestCorrectedMappingWithRaisedGeneration(t *testing.T) {
	t.Parallel()
	c := newCorrection(t, "corrected")
	c.again(correctionMapping(c.name, "generation: 1\n", "right", "default", "delete"))
	c.demand(450, func(key string) int64 { return c.stamps[key] + 1 })
}

// Without it the same stamps meet, and Cassandra keeps the larger value and the
// tombstone: the correction has no effect.
func TestCorrectedMappingWithoutGeneration(t *testing.T) {
	t.Parallel()
	c := newCorrection(t, "uncorrected")
	c.again(correctionMapping(c.name, "", "right", "default", "delete"))
	var amount int64
	var note *string
	if !c.scan("SELECT amount, note FROM uncorrected.rows WHERE k = 'key-1'", &amount, &note) || amount != 1001 || note != nil {
		t.Errorf("key-1 is %d, %v: want the uncorrected 1001 and null", amount, note)
	}
}

// What a later record wrote and the corrected mapping does not write any more, as
// the deletes here, a raised generation does not take back: the delete is later
// than the row. A floor above all that was written does.
func TestCorrectedMappingThatTakesDeletesBack(t *testing.T) {
	t.Parallel()
	c := newCorrection(t, "taken_back")
	c.again(correctionMapping(c.name, "generation: 1\n", "right", "default", "ignore"))
	c.demand(450, func(key string) int64 { return c.stamps[key] + 1 })

	c.again(correctionMapping(c.name, "generation: 1\nfloor: 2024-01-01\n", "right", "default", "ignore"))
	floor := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	first := c.stamps["key-0"]
	c.demand(500, func(key string) int64 { return floor + c.stamps[key] - first + 1 })
}

// demand holds the table to corrected values and write timestamps.
func (c *correction) demand(rows int, stamp func(key string) int64) {
	c.t.Helper()
	iter := c.session.Query("SELECT k, amount, writetime(amount), note, writetime(note) FROM " + c.name + ".rows").WithContext(c.t.Context()).Iter()
	var key, note string
	var amount, amountAt, noteAt int64
	seen := 0
	for iter.Scan(&key, &amount, &amountAt, &note, &noteAt) {
		seen++
		if want := strings.TrimPrefix(key, "key-"); fmt.Sprint(amount) != want || note != "none" || amountAt != stamp(key) || noteAt != stamp(key) {
			c.t.Errorf("%s is %d at %d and %q at %d, want %s and \"none\" at %d", key, amount, amountAt, note, noteAt, want, stamp(key))
		}
		note, noteAt = "", 0
	}
	if err := iter.Close(); err != nil {
		c.t.Fatal(err)
	}
	if seen != rows {
		c.t.Errorf("%d rows, want %d", seen, rows)
	}
}
