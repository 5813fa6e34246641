package oracle

import (
	"maps"
	"math/rand/v2"
	"testing"
)

// insert makes an event of key k that sets column a alone, or all of them.
func insert(k string, millis, n int64, all bool) Event {
	return Event{Key: k, Millis: millis, N: n, Set: [Columns]bool{true, all, all}}
}

func remove(k string, millis, n int64) Event {
	return Event{Key: k, Millis: millis, N: n, Delete: true}
}

func logOf(events ...Event) *Log {
	l := NewLog(1)
	for _, e := range events {
		l.Append(0, e)
	}
	return l
}

// Stamps only grow, also where timestamps stand still or go back.
func TestStamps(t *testing.T) {
	l := logOf(insert("k", 10, 0, true), insert("k", 10, 1, true), insert("k", 7, 2, true), insert("k", 11, 3, true))
	for i, want := range []int64{10_000, 10_001, 10_002, 11_000} {
		if got := l.Slice(0, 0, 4)[i].Stamp; got != want {
			t.Errorf("record %d has stamp %d, want %d", i, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	l := logOf(
		insert("kept", 1, 1, true), insert("kept", 2, 2, false), // b and c stay
		insert("gone", 3, 3, true), remove("gone", 4, 4),
		insert("again", 5, 5, true), remove("again", 5, 6), insert("again", 5, 7, false), // only a comes back
	)
	rows, deleted := l.Fold()
	want := map[string]Row{
		"kept":  {Cells: [Columns]Cell{{int64(2), 2000}, {"text 1", 1000}, {0.125, 1000}}, Marker: 2000},
		"again": {Cells: [Columns]Cell{{int64(7), 5002}}, Marker: 5002},
	}
	if !maps.Equal(rows, want) {
		t.Errorf("rows %v, want %v", rows, want)
	}
	if want := map[string]int64{"gone": 4000}; !maps.Equal(deleted, want) {
		t.Errorf("deleted %v, want %v", deleted, want)
	}
}

// Each kind of fault is seen, as what it is.
func TestCompare(t *testing.T) {
	l := logOf(insert("x", 1, 1, true), insert("x", 2, 2, true))
	want, _ := l.Fold()
	for _, tc := range []struct {
		name                      string
		spoil                     func(map[string]Row)
		lost, stale, wrong, extra int
	}{
		{"the same", func(map[string]Row) {}, 0, 0, 0, 0},
		{"no row", func(got map[string]Row) { delete(got, "x") }, 1 + Columns, 0, 0, 0},
		{"no cell", func(got map[string]Row) { spoilCell(got, Cell{}) }, 1, 0, 0, 0},
		{"an older write", func(got map[string]Row) { spoilCell(got, Cell{int64(1), 1000}) }, 0, 1, 0, 0},
		{"another value", func(got map[string]Row) { spoilCell(got, Cell{int64(1), 2000}) }, 0, 0, 1, 0},
		{"a later stamp", func(got map[string]Row) { spoilCell(got, Cell{int64(2), 2001}) }, 0, 0, 1, 0},
		{"a row too much", func(got map[string]Row) { got["y"] = Row{} }, 0, 0, 0, 1},
	} {
		got := maps.Clone(want)
		tc.spoil(got)
		d := Compare(got, want)
		if d.Lost != tc.lost || d.Stale != tc.stale || d.Wrong != tc.wrong || d.Extra != tc.extra {
			t.Errorf("%s: %+v", tc.name, d)
		}
	}
}

func spoilCell(rows map[string]Row, c Cell) {
	row := rows["x"]
	row.Cells[0] = c
	rows["x"] = row
}

// A commit promises what is before it, and says nothing about what comes after.
func TestPromises(t *testing.T) {
	l := logOf(insert("x", 1, 1, true), insert("y", 2, 2, true), insert("x", 3, 3, true), remove("y", 4, 4), insert("y", 5, 5, true))
	fold := func(n int64) map[string]Row {
		rows, _ := logOf(eventsOf(l, n)...).Fold()
		return rows
	}
	for applied := range l.End(0) + 1 {
		for commit := range l.End(0) + 1 {
			broken := 0
			for _, p := range l.Promises(0, commit, 10) {
				row, found := fold(applied)[p.Key]
				if p.Broken(row, found) != "" {
					broken++
				}
			}
			// That the first y is missing may be due to its delete.
			if want := commit > applied && (commit != 2 || applied != 1); (broken > 0) != want {
				t.Errorf("committed up to %d, applied up to %d: %d promises are broken", commit, applied, broken)
			}
		}
	}
}

func eventsOf(l *Log, n int64) (events []Event) {
	for _, r := range l.Slice(0, 0, n) {
		events = append(events, r.Event)
	}
	return events
}

// The same seed draws the same log, and it has what makes order visible.
func TestDraw(t *testing.T) {
	draw := func() *Log {
		return Draw(NewSource(rand.New(rand.NewPCG(7, 7)), Shape{Partitions: 3, Keys: 300, Start: 1000, OnceShare: 40, HotShare: 20}), 6000)
	}
	l, again := draw(), draw()
	deletes := 0
	for p := range 3 {
		records := l.Slice(p, 0, l.End(p))
		for i, r := range again.Slice(p, 0, again.End(p)) {
			if r != records[i] {
				t.Fatalf("record %d of partition %d is %v, then %v", i, p, records[i], r)
			}
			if r.Delete {
				deletes++
			}
		}
	}
	rows, deleted := l.Fold()
	if l.Late() < 2000 || deletes < 600 || len(rows) < 1000 || len(deleted) < 100 {
		t.Errorf("%d late records, %d deletes, %d rows live, %d keys deleted: too few", l.Late(), deletes, len(rows), len(deleted))
	}
}
