//go:build stack

package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// write is when something was written and how long it lives, in seconds; 0 is for
// ever.
type written struct {
	stamp int64
	life  int64
	text  string // what it shows; empty: nothing is there
}

// wayRow is one row as Cassandra keeps it: the latest write of each cell wins, a
// collection is a cell for each element, and deletes hide what is not later.
type wayRow struct {
	marker, deleted int64
	cells           map[string]written
	elements        map[string]map[string]written // of a collection, by element or key
	wiped           map[string]int64              // when the whole of a collection was removed
}

// wayTable is rows by partition and clustering key, and static cells by partition.
type wayTable struct {
	rows   map[[2]string]*wayRow
	static map[string]written
	wiped  map[string]int64 // when a partition was deleted
}

func newWayTable() *wayTable {
	return &wayTable{rows: map[[2]string]*wayRow{}, static: map[string]written{}, wiped: map[string]int64{}}
}

func (t *wayTable) row(id string, at int) *wayRow {
	key := [2]string{id, fmt.Sprint(at)}
	r := t.rows[key]
	if r == nil {
		r = &wayRow{cells: map[string]written{}, elements: map[string]map[string]written{}, wiped: map[string]int64{}}
		t.rows[key] = r
	}
	return r
}

func later(cells map[string]written, name string, w written) {
	if w.stamp > cells[name].stamp {
		cells[name] = w
	}
}

// change writes elements of a collection; an empty text removes one.
func (r *wayRow) change(column string, elements map[string]written) {
	if r.elements[column] == nil {
		r.elements[column] = map[string]written{}
	}
	for name, w := range elements {
		later(r.elements[column], name, w)
	}
}

// replace writes the whole of a collection: what was there goes just before.
func (r *wayRow) replace(column string, stamp int64, elements map[string]written) {
	r.wiped[column] = max(r.wiped[column], stamp-1)
	r.change(column, elements)
}

// read describes what a SELECT gives, a line for each row. lives is counted to now.
func (t *wayTable) read(columns, collections []string, now time.Time) []string {
	var lines []string
	shown := map[string]bool{}
	for key, r := range t.rows {
		gone := max(r.deleted, t.wiped[key[0]])
		alive := r.marker > gone
		line := key[0] + "/" + key[1] + ":"
		for _, name := range columns {
			if w := r.cells[name]; w.stamp > gone && w.text != "" {
				alive = true
				line += " " + name + "=" + w.shown(now)
			}
		}
		for _, name := range collections {
			var inside []string
			for element, w := range r.elements[name] {
				if w.stamp > max(gone, r.wiped[name]) && w.text != "" {
					inside = append(inside, element+"="+w.text)
				}
			}
			if len(inside) > 0 {
				slices.Sort(inside)
				alive = true
				line += " " + name + "=" + strings.Join(inside, ",")
			}
		}
		if alive {
			shown[key[0]] = true
			lines = append(lines, line+t.owner(key[0], now))
		}
	}
	for id := range t.static { // a partition of its static columns alone is one row
		if owner := t.owner(id, now); owner != "" && !shown[id] {
			lines = append(lines, id+"/-:"+owner)
		}
	}
	slices.Sort(lines)
	return lines
}

func (t *wayTable) owner(id string, now time.Time) string {
	if w := t.static[id]; w.text != "" && w.stamp > t.wiped[id] {
		return " owner=" + w.shown(now)
	}
	return ""
}

func (w written) shown(now time.Time) string {
	text := fmt.Sprintf("%s@%d", w.text, w.stamp)
	if w.life > 0 {
		text += "~" + roundedLife(w.stamp/1_000_000+w.life-now.Unix())
	}
	return text
}

// roundedLife is a time left to live to half an hour: lives are drawn to end in the
// middle of one.
func roundedLife(seconds int64) string { return fmt.Sprintf("%dx30m", seconds/1800) }

// ofElements are the elements of a collection that show themselves.
func ofElements(stamp int64, elements ...string) map[string]written {
	out := map[string]written{}
	for _, e := range elements {
		out[e] = written{stamp: stamp, text: "in"}
	}
	return out
}

func demandLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	left := map[string]bool{}
	for _, line := range want {
		left[line] = true
	}
	for _, line := range got {
		if !left[line] {
			t.Errorf("%s holds        %s", what, line)
		}
		delete(left, line)
	}
	for _, line := range slices.Sorted(maps.Keys(left)) {
		t.Errorf("%s does not hold %s", what, line)
	}
}
