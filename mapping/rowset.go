package mapping

import (
	"bytes"
	"hash/maphash"
)

// rowSet finds the rows of one record and table that have the same primary key.
// Its memory is used again.
type rowSet struct {
	seed  maphash.Seed
	slots []int32 // open addressing; 1 is the first row
}

// lastOfEach drops those rows from first on that a later one has the primary key
// of: one record writes a row once, because two writes with one timestamp would
// be mixed cell by cell. keys are the primary key's positions in a row's cells.
func (b *Buffer) lastOfEach(first int, keys []int) {
	rows := b.Rows[first:]
	if len(rows) < 2 {
		return
	}
	b.seen.reset(len(rows))
	for i := len(rows) - 1; i >= 0; i-- {
		if b.seen.has(rows, i, keys) {
			rows[i].Statement = nil
		}
	}
	kept := rows[:0]
	for i := range rows {
		if rows[i].Statement != nil {
			kept = append(kept, rows[i])
		}
	}
	clear(rows[len(kept):])
	b.Rows = b.Rows[:first+len(kept)]
}

// reset empties the set for n rows, of which at most half of the slots get filled.
func (s *rowSet) reset(n int) {
	if s.seed == (maphash.Seed{}) {
		s.seed = maphash.MakeSeed()
	}
	size := 4
	for size < 2*n {
		size *= 2
	}
	if cap(s.slots) < size {
		s.slots = make([]int32, size)
	}
	s.slots = s.slots[:size]
	clear(s.slots)
}

// has reports whether a row with the primary key of rows[i] was met before, and
// otherwise notes it.
func (s *rowSet) has(rows []Row, i int, keys []int) bool {
	var h uint64
	for j, k := range keys {
		h = h*31 + maphash.Bytes(s.seed, rows[i].keyCell(j, k).Data)
	}
	for at := h; ; at++ {
		slot := &s.slots[at&uint64(len(s.slots)-1)]
		if *slot == 0 {
			*slot = int32(i + 1)
			return false
		}
		if sameKey(&rows[*slot-1], &rows[i], keys) {
			return true
		}
	}
}

func sameKey(a, b *Row, keys []int) bool {
	for j, k := range keys {
		if !bytes.Equal(a.keyCell(j, k).Data, b.keyCell(j, k).Data) {
			return false
		}
	}
	return true
}

// keyCell gives the cell of part j of the primary key, which is at place k of the
// cells of an insert. The cells of a delete are the primary key.
func (r *Row) keyCell(j, k int) *Cell {
	if r.Statement.Op.Deletes() {
		if j >= len(r.Cells) { // of a partition or of static columns
			return &Cell{}
		}
		return &r.Cells[j]
	}
	return &r.Cells[k]
}
