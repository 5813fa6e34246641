//go:build stack

package test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

// event is one record of the crash test: an update, or a delete of its key.
type event struct {
	key    string
	millis int64 // the record's timestamp
	delete bool
	cells  map[string]any // the values that are not null, by column
}

// history is all events, by partition in offset order.
type history [][]event

// Shares of the history, in percent.
const (
	hotShare    = 30 // records of the few hot keys
	deleteShare = 12
	nullShare   = 30 // of each value
	lateShare   = 45 // timestamps that do not advance; some three in four of them are equal to or before their predecessor
)

// newHistory draws a history: hot and cold keys, deletes and re-inserts, a third
// of the timestamps equal to or before their predecessor.
func newHistory(random *rand.Rand, records, partitions, keys int) history {
	h := make(history, partitions)
	latest := make([]int64, partitions)
	for p := range latest {
		latest[p] = 1_700_000_000_000 + random.Int64N(1000)
	}
	for i := range records {
		k := random.IntN(keys)
		if random.IntN(100) < hotShare {
			k = random.IntN(keys / 100)
		}
		p := k % partitions
		e := event{key: fmt.Sprintf("key-%05d", k), delete: random.IntN(100) < deleteShare}
		if random.IntN(100) < lateShare {
			e.millis = latest[p] - random.Int64N(5000)*random.Int64N(2)
		} else {
			e.millis = latest[p] + 1 + random.Int64N(3)
			latest[p] = e.millis
		}
		if !e.delete {
			e.cells = drawCells(random, int64(i))
		}
		h[p] = append(h[p], e)
	}
	return h
}

// drawCells draws the values that are not null; sometimes that is none, and the
// row is its marker alone.
func drawCells(random *rand.Rand, i int64) map[string]any {
	cells := map[string]any{}
	if random.IntN(100) >= nullShare {
		cells["a"] = i
	}
	if random.IntN(100) >= nullShare {
		cells["b"] = fmt.Sprintf("text %d", i)
	}
	if random.IntN(100) >= nullShare {
		cells["c"] = float64(i) / 8
	}
	return cells
}

// records gives the records to produce, in an order that keeps each partition's.
func (h history) records(topic string, encode func(cells map[string]any) []byte) []*kgo.Record {
	var out []*kgo.Record
	for i := 0; ; i++ {
		before := len(out)
		for p := range h {
			if i < len(h[p]) {
				out = append(out, h[p][i].record(topic, int32(p), encode))
			}
		}
		if len(out) == before {
			return out
		}
	}
}

// stamps gives the write timestamp of every record of every partition, in
// microseconds: the record's own, but later than that of the record before.
func (h history) stamps() [][]int64 {
	out := make([][]int64, len(h))
	for p := range h {
		clock := int64(0)
		for _, e := range h[p] {
			clock = max(e.millis*1000, clock+1)
			out[p] = append(out[p], clock)
		}
	}
	return out
}

// cell is a value with its WRITETIME.
type cell struct {
	value any
	stamp int64
}

// row is the cells of a row that is alive.
type row map[string]cell

// fold applies the history as Cassandra would if it came once and in order: an
// insert writes its cells and the row's marker, what it does not name stays; a
// delete ends the row. A key is always in one partition, where stamps only grow.
func (h history) fold() map[string]row {
	rows := map[string]row{}
	stamps := h.stamps()
	for p := range h {
		for i, e := range h[p] {
			if e.delete {
				delete(rows, e.key)
				continue
			}
			if rows[e.key] == nil {
				rows[e.key] = row{}
			}
			for column, value := range e.cells {
				rows[e.key][column] = cell{value, stamps[p][i]}
			}
		}
	}
	return rows
}

// compare gives what differs between two tables, the first few differences.
func compare(got, want map[string]row) (differences []string, cells int) {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		cells += len(want[key])
		found, ok := got[key]
		switch {
		case !ok:
			differences = append(differences, "lost: "+key)
		case !maps.Equal(found, want[key]):
			differences = append(differences, fmt.Sprintf("wrong: %s is %v, want %v", key, found, want[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			differences = append(differences, fmt.Sprintf("not deleted: %s is %v", key, got[key]))
		}
	}
	if len(differences) > 20 {
		differences = append(differences[:20], fmt.Sprintf("and %d more", len(differences)-20))
	}
	return differences, cells
}
