package oracle

import (
	"fmt"
	"maps"
	"slices"
)

// Difference is how a table differs from the fold of its log, in cells; a row
// that is missing or too much counts once more.
type Difference struct {
	Rows, Cells int // compared: those of the fold
	Lost        int // not there
	Stale       int // older than the fold's: a later write is missing
	Wrong       int // another value, or a timestamp that is too new
	Extra       int // there, but not in the fold: a delete is missing
	Details     []string
}

// maxDetails bounds Difference.Details.
const maxDetails = 20

// Any reports whether there is a difference.
func (d *Difference) Any() bool { return d.Lost+d.Stale+d.Wrong+d.Extra > 0 }

// Compare holds what was read from a table against the fold of its log.
func Compare(got, want map[string]Row) *Difference {
	d := &Difference{Rows: len(want)}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		found, ok := got[key]
		if !ok {
			d.note(&d.Lost, "lost: the row of %s, want %v", key, want[key].Cells)
		}
		for i := range Columns {
			d.cell(key, i, found.Cells[i], want[key].Cells[i])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			d.note(&d.Extra, "not deleted: the row of %s, %v", key, got[key].Cells)
		}
	}
	return d
}

func (d *Difference) cell(key string, column int, got, want Cell) {
	if want.Stamp != 0 {
		d.Cells++
	}
	name := ColumnNames()[column]
	switch {
	case got == want:
	case got.Stamp == 0:
		d.note(&d.Lost, "lost: %s.%s, want %v", key, name, want)
	case want.Stamp == 0:
		d.note(&d.Extra, "too much: %s.%s is %v", key, name, got)
	case got.Stamp < want.Stamp:
		d.note(&d.Stale, "stale: %s.%s is %v, want %v", key, name, got, want)
	default:
		d.note(&d.Wrong, "wrong: %s.%s is %v, want %v", key, name, got, want)
	}
}

func (d *Difference) note(count *int, format string, args ...any) {
	*count++
	if len(d.Details) < maxDetails {
		d.Details = append(d.Details, fmt.Sprintf(format, args...))
	}
}
