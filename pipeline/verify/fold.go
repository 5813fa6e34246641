package verify

import (
	"maps"
	"math"

	"ingest/mapping"
)

// span is a range of row identities, both ends included.
type span struct{ from, to uint64 }

func (s span) holds(id uint64) bool { return id >= s.from && id <= s.to }

// sample gives the span of a share of all rows.
func sample(share float64) span {
	if share >= 1 {
		return span{0, math.MaxUint64}
	}
	return span{0, uint64(share * math.MaxUint64)}
}

// fold is what the log says of the rows of one span. When it grows beyond its
// limit it lets the upper half of its span go, to be folded later, so that its
// memory is bounded however many rows there are.
type fold struct {
	tables  []*Table
	layouts map[*mapping.Statement]*layout
	span    span
	later   []span // let go
	rows    map[string]*row
	closed  bool // takes no new rows
	bytes   int64
	limit   int64
	full    int64 // writes to rows that found no room although the span cannot be halved
	unknown int64 // writes of a kind that is not known here
	scratch []byte
}

func newFold(tables []*Table, s span, limit int64) *fold {
	return &fold{tables: tables, layouts: map[*mapping.Statement]*layout{}, span: s, rows: map[string]*row{}, limit: limit}
}

func (f *fold) layout(st *mapping.Statement) *layout {
	l := f.layouts[st]
	if l == nil {
		l = newLayout(f.tables, st)
		f.layouts[st] = l
	}
	return l
}

// apply folds one row of a record. lettered says that its record is in the
// dead-letter topic for this table: then it has not been written, or later.
func (f *fold) apply(w write, m *mapping.Row, lettered bool) {
	l, key, r := f.find(m)
	if r == nil {
		return
	}
	before := r.cost(key)
	w.event = l.event
	r.touch(w)
	switch {
	case lettered:
		r.lettered = true
	case m.Statement.Op == mapping.DeleteRow || m.Statement.Op == mapping.DeletePartition:
		r.delete(w)
	case m.Statement.Op == mapping.DeleteColumns:
		for _, slot := range l.deleted {
			r.cells[slot].set(cell{write: w, null: true})
		}
	default:
		if m.Statement.Op == mapping.Insert {
			r.insert(w, lifeOf(m))
		}
		f.setCells(r, l, w, m)
	}
	f.bytes += r.cost(key) - before
	for f.bytes > f.limit && f.halve() {
	}
}

// find gives the row that m is about, a new one if need be; nil when it is not
// looked at.
func (f *fold) find(m *mapping.Row) (l *layout, key string, r *row) {
	l = f.layout(m.Statement)
	switch {
	case l.table == nil:
		return nil, "", nil
	case !l.known:
		f.unknown++
		return nil, "", nil
	}
	f.scratch = appendKey(f.scratch[:0], l.table, m.Cells, l.key)
	if r := f.rows[string(f.scratch)]; r != nil {
		return l, string(f.scratch), r
	}
	if f.closed {
		return nil, "", nil
	}
	id := identify(l.table, f.scratch)
	if !f.span.holds(id) {
		return nil, "", nil
	}
	if f.bytes > f.limit {
		f.full++
		return nil, "", nil
	}
	r = &row{table: l.table, id: id, cells: make([]cell, len(l.table.Columns))}
	key = string(f.scratch)
	f.rows[key] = r
	f.bytes += r.cost(key)
	return l, key, r
}

func (f *fold) setCells(r *row, l *layout, w write, m *mapping.Row) {
	for i := range m.Cells {
		slot, c := l.slots[i], &m.Cells[i]
		changed := m.Statement.Cell(i) != mapping.OpSet
		switch {
		case slot < 0 || c.State == mapping.Unset || c.State == mapping.Absent:
		case c.State != mapping.Value:
			if !changed { // there is nothing to add or to remove
				r.cells[slot].set(cell{write: w, null: true})
			}
		case l.opaque[slot] && (changed || !nothing(c)):
			r.cells[slot].set(cell{write: w, opaque: true})
		default:
			data := canonical(c.Type, c.Data)
			r.cells[slot].set(cell{write: w, data: append(make([]byte, 0, len(data)), data...), life: lifeOf(m), null: nothing(c)})
		}
	}
}

// nothing reports whether a value is none for Cassandra: a collection of many
// cells that has no element.
func nothing(c *mapping.Cell) bool {
	if !c.Type.Cells() {
		return false
	}
	if c.Type.Kind == mapping.TypeUDT {
		return len(canonical(c.Type, c.Data)) == 0
	}
	return len(c.Data) < 4 || string(c.Data[:4]) == "\x00\x00\x00\x00"
}

// halve lets the upper half of the span go. It is false when there is nothing to
// halve.
func (f *fold) halve() bool {
	s := f.span
	if s.from == s.to || len(f.rows) < 2 || f.closed {
		return false
	}
	middle := s.from + (s.to-s.from)/2
	f.span = span{s.from, middle}
	f.later = append(f.later, span{middle + 1, s.to})
	for key, r := range f.rows {
		if !f.span.holds(r.id) {
			f.bytes -= r.cost(key)
			delete(f.rows, key)
		}
	}
	return true
}

// forgetUnwritten drops the rows of which every record was dead-lettered.
func (f *fold) forgetUnwritten() {
	maps.DeleteFunc(f.rows, func(_ string, r *row) bool { return !r.written() })
}

// keep drops all rows but those that want says and takes no new ones.
func (f *fold) keep(rows map[string]*row) {
	f.rows, f.closed = rows, true
	f.bytes = 0
	for key, r := range rows {
		f.bytes += r.cost(key)
	}
}

// lifeOf gives how many seconds what a row writes lives, 0 for ever.
func lifeOf(m *mapping.Row) int32 {
	if m.Statement.RowTTL {
		return m.TTL
	}
	return m.Statement.TTL
}
