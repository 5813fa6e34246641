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
	onceShare   = 40 // records whose key comes once: nothing later hides what became of them
	hotShare    = 20 // records of the few hot keys
	deleteShare = 12
	nullShare   = 30 // of each value
	lateShare   = 45 // timestamps that do not advance; some three in four of them are equal to or before their predecessor
)

// newHistory draws a history: keys that come once, hot keys and others, deletes
// and re-inserts, a third of the timestamps equal to or before their predecessor.
func newHistory(random *rand.Rand, records, partitions, keys int) history {
	h := make(history, partitions)
	latest := make([]int64, partitions)
	for p := range latest {
		latest[p] = 1_700_000_000_000 + random.Int64N(1000)
	}
	for i := range records {
		key, p := drawKey(random, i, partitions, keys)
		e := event{key: key, delete: random.IntN(100) < deleteShare}
		e.millis, latest[p] = drawMillis(random, latest[p], p, len(h[p]))
		if !e.delete {
			e.cells = drawCells(random, int64(i))
		}
		h[p] = append(h[p], e)
	}
	return h
}

// drawKey draws a key and gives its partition.
func drawKey(random *rand.Rand, i, partitions, keys int) (key string, partition int) {
	k := random.IntN(keys)
	switch share := random.IntN(100); {
	case share < onceShare:
		return fmt.Sprintf("once-%06d", i), i % partitions
	case share < onceShare+hotShare:
		k = random.IntN(keys / 100)
	}
	return fmt.Sprintf("key-%05d", k), k % partitions
}

// drawMillis draws the timestamp of a partition's next record, given the latest
// of those that advance. Now and then one leaps ahead of all that follow for
// long, in odd partitions for good: from there every write timestamp hangs on
// the one before it, and a worker that goes on without that one gives others.
func drawMillis(random *rand.Rand, latest int64, partition, n int) (millis, advanced int64) {
	switch {
	case partition%2 == 1 && n == 200:
		return latest + 20*60_000, latest
	case partition%2 == 0 && n%1000 == 200:
		return latest + 500 + random.Int64N(1500), latest
	case random.IntN(100) < lateShare:
		return latest - random.Int64N(5000)*random.Int64N(2), latest
	}
	latest += 1 + random.Int64N(3)
	return latest, latest
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
