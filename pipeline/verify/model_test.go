package verify

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ingest/mapping"
)

// mutation is one statement as a naive Cassandra keeps it: for ever, in any order.
type mutation struct {
	stamp  int64
	life   int64 // seconds, 0 for ever
	delete bool
	update bool // writes no marker
	set    [2]bool
	null   [2]bool
	data   [2][]byte
}

// naive is the mutations of each row.
type naive map[string][]mutation

// read gives what a row holds at a time.
func (n naive) read(key string, now time.Time) (have []mapping.Stored, found bool) {
	have = make([]mapping.Stored, 2)
	deleted := int64(0)
	for _, m := range n[key] {
		if m.delete {
			deleted = max(deleted, m.stamp)
		}
	}
	marker, markerLives := int64(0), false
	for _, m := range n[key] {
		if !m.delete && !m.update && m.stamp > deleted && m.stamp > marker {
			marker, markerLives = m.stamp, m.lives(now)
		}
	}
	found = markerLives
	for i := range have {
		have[i] = n.cell(key, i, deleted, now)
		found = found || have[i].Set
	}
	return have, found
}

// cell gives what a cell holds: of all writes later than the delete the latest.
func (n naive) cell(key string, i int, deleted int64, now time.Time) mapping.Stored {
	var best *mutation
	for k := range n[key] {
		m := &n[key][k]
		if !m.delete && m.set[i] && m.stamp > deleted && (best == nil || m.stamp > best.stamp) {
			best = m
		}
	}
	if best == nil || best.null[i] || !best.lives(now) {
		return mapping.Stored{}
	}
	s := mapping.Stored{Set: true, Data: best.data[i], Stamp: best.stamp}
	if best.life > 0 {
		s.TTL = int32(best.stamp/1_000_000 + best.life - now.Unix())
	}
	return s
}

func (m *mutation) lives(now time.Time) bool {
	return m.life == 0 || m.stamp/1_000_000+m.life > now.Unix()
}

// history is a random log, folded, and the table that a right worker makes of it.
type history struct {
	*rapid.T
	fold  *fold
	table naive
	part  *partition
	now   time.Time
	stamp int64
}

const keys = 5

func newHistory(t *rapid.T) *history {
	h := &history{T: t, table: naive{}, part: wholeLog(), now: time.Unix(1_700_000_000, 0)}
	h.fold = newFold(tables(), sample(1), 1<<40)
	h.stamp = h.now.Add(-4 * time.Hour).UnixMicro()
	n := rapid.IntRange(1, 60).Draw(t, "records")
	for i := range n {
		// Lives of an hour have ended in the first half of the history, and not nearly
		// so in the second: their ends are not looked at too closely.
		if h.stamp += rapid.Int64Range(1, 1000).Draw(t, "step"); i == n/2 {
			h.stamp = h.now.Add(-time.Minute).UnixMicro()
		}
		h.record(int64(i))
	}
	return h
}

func (h *history) record(offset int64) {
	id := fmt.Sprint("key-", rapid.IntRange(0, keys-1).Draw(h.T, "key"))
	w := write{stamp: h.stamp, part: h.part, offset: offset}
	m := mutation{stamp: h.stamp}
	var row *mapping.Row
	switch rapid.IntRange(0, 9).Draw(h.T, "kind") {
	case 0, 1:
		m.delete = true
		row = drop(id, 7)
	case 2:
		m.update, m.set, m.null = true, [2]bool{true, true}, [2]bool{true, true}
		row = empty(id, 7)
	case 3, 4, 5:
		m.update = true
		row = h.cells(&m, set(h.statement(&m, change, brief), id, 7, nil, nil), 0, 1, offset)
		if m.set == [2]bool{} {
			return // the mapping gives no row of nothing
		}
	default:
		row = h.cells(&m, put(h.statement(&m, insertion, mortal), id, 7, nil, nil), 1, 3, offset)
	}
	h.fold.apply(w, row, false)
	key := h.key(id)
	h.table[key] = append(h.table[key], m)
}

// statement draws whether what a record writes lives for ever.
func (h *history) statement(m *mutation, ever, hour *mapping.Statement) *mapping.Statement {
	if rapid.Bool().Draw(h.T, "mortal") {
		m.life = int64(hour.TTL)
		return hour
	}
	return ever
}

// cells draws the columns of a row, which are at two of its places.
func (h *history) cells(m *mutation, row *mapping.Row, first, second int, offset int64) *mapping.Row {
	for i, position := range []int{first, second} {
		switch rapid.IntRange(0, 3).Draw(h.T, "cell") {
		case 0:
			m.set[i], m.null[i] = true, true
			row.Cells[position].State = mapping.Tombstone
		case 1, 2:
			m.set[i], m.data[i] = true, long(offset)
			row.Cells[position] = value(row.Cells[position].Type, m.data[i])
		}
	}
	return row
}

func (h *history) key(id string) string {
	return string(appendKey(nil, h.fold.tables[0], put(insertion, id, 7, nil, nil).Cells, []int{2, 0}))
}

// judge gives the differences of all rows, by kind.
func (h *history) judge() map[Kind]int {
	out := map[Kind]int{}
	for key, r := range h.fold.rows {
		have, found := h.table.read(key, h.now)
		for _, d := range judgeRow(r, found, have, h.now).differences {
			out[d.kind]++
		}
	}
	return out
}

func TestARightTableHasNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		if len(h.fold.rows) != len(h.table) {
			t.Fatalf("%d rows folded, want %d", len(h.fold.rows), len(h.table))
		}
		if got := h.judge(); len(got) > 0 {
			t.Fatalf("differences: %v", got)
		}
	})
}

// faults plant one thing each into a row, and give the kind that must be found.
var faults = map[string]func(h *history, key string) Kind{
	"a row is deleted": func(h *history, key string) Kind {
		if _, found := h.table.read(key, h.now); !found {
			return ""
		}
		h.plant(key, mutation{delete: true})
		return Missing
	},
	"a deleted row comes back": func(h *history, key string) Kind {
		if _, found := h.table.read(key, h.now); found {
			return ""
		}
		h.plant(key, mutation{set: [2]bool{true, false}, data: [2][]byte{long(99), nil}})
		return Extra
	},
	"a value is overwritten": func(h *history, key string) Kind {
		if have, _ := h.table.read(key, h.now); !have[0].Set {
			return ""
		}
		h.plant(key, mutation{set: [2]bool{true, false}, data: [2][]byte{long(99), nil}})
		return Value
	},
	"a value is written again later": func(h *history, key string) Kind {
		have, _ := h.table.read(key, h.now)
		if !have[0].Set || have[0].TTL > 0 {
			return ""
		}
		h.plant(key, mutation{set: [2]bool{true, false}, data: [2][]byte{bytes.Clone(have[0].Data), nil}})
		return Timestamp
	},
	"the latest write is lost": func(h *history, key string) Kind {
		had, found := h.table.read(key, h.now)
		all := h.table[key]
		last := all[len(all)-1]
		h.table[key] = all[:len(all)-1]
		have, still := h.table.read(key, h.now)
		switch {
		case last.delete && still && !found:
			return Extra
		case !found:
			return ""
		case !still:
			return Missing
		case last.set[0] && !last.null[0] && had[0].Set && have[0].Set:
			return Stale
		}
		return ""
	},
	"a life is longer": func(h *history, key string) Kind {
		have, _ := h.table.read(key, h.now)
		if have[0].TTL < 300 {
			return ""
		}
		for i := range h.table[key] {
			if m := &h.table[key][i]; m.stamp == have[0].Stamp {
				m.life *= 2
			}
		}
		return TTL
	},
}

func (h *history) plant(key string, m mutation) {
	m.stamp = h.stamp + 1000
	h.table[key] = append(h.table[key], m)
}

func TestAPlantedFaultIsFound(t *testing.T) {
	for name, plant := range faults {
		t.Run(name, func(t *testing.T) {
			planted := 0
			rapid.Check(t, func(t *rapid.T) {
				h := newHistory(t)
				key, kind := h.plantAnywhere(rapid.Permutation(sortedKeys(h.table)).Draw(t, "rows"), plant)
				if kind == "" {
					return
				}
				planted++
				have, found := h.table.read(key, h.now)
				v := judgeRow(h.fold.rows[key], found, have, h.now)
				for _, d := range v.differences {
					if d.kind == kind {
						return
					}
				}
				t.Fatalf("found %+v, want %q", v.differences, kind)
			})
			if planted < 10 {
				t.Errorf("planted %d faults: too few to tell anything", planted)
			}
		})
	}
}

// plantAnywhere plants into the first of the rows that the fault fits: most
// histories have a row for it, few have it in a row drawn at random.
func (h *history) plantAnywhere(rows []string, plant func(*history, string) Kind) (string, Kind) {
	for _, key := range rows {
		if kind := plant(h, key); kind != "" {
			return key, kind
		}
	}
	return "", ""
}

func sortedKeys(n naive) []string {
	var out []string
	for id := range keys {
		h := history{fold: &fold{tables: tables()}}
		if key := h.key(fmt.Sprint("key-", id)); n[key] != nil {
			out = append(out, key)
		}
	}
	return out
}
