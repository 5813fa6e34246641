package mapping

import (
	"bytes"
	"hash/maphash"
)

// rowSet finds the rows of one record and table that have the same primary key.
// Its memory is used again.
type rowSet struct {
	seed    maphash.Seed
	slots   []int32 // open addressing; 1 is the first row
	dropped []dropped
}

// dropped is a row that another of the same primary key takes the place of.
type dropped struct{ row, stays int }

// lastOfEach drops those rows from first on that a later one has the primary key
// of: one record writes a row once, because two writes with one timestamp would
// be mixed cell by cell. What a dropped row adds to a collection, or removes from
// it, goes over to the row that stays. Of rows that are written where there are
// none the first stays, as if each were a record. keys are the primary key's
// positions in a row's cells.
func (b *Buffer) lastOfEach(first int, keys []int) {
	rows := b.Rows[first:]
	if len(rows) < 2 {
		return
	}
	b.seen.reset(len(rows))
	forward := rows[0].Statement.Op == InsertIfAbsent
	for n := range rows {
		i := len(rows) - 1 - n
		if forward {
			i = n
		}
		if stays := b.seen.find(rows, i, keys); stays != i {
			b.seen.dropped = append(b.seen.dropped, dropped{row: i, stays: stays})
		}
	}
	if len(b.seen.dropped) == 0 {
		return
	}
	b.handOver(rows)
	for _, d := range b.seen.dropped {
		rows[d.row].Statement = nil
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
	s.dropped = s.dropped[:0]
	s.slots = s.slots[:size]
	clear(s.slots)
}

// find gives the row with the primary key of rows[i] that was met before, or i,
// which it notes.
func (s *rowSet) find(rows []Row, i int, keys []int) int {
	var h uint64
	for j, k := range keys {
		h = h*31 + maphash.Bytes(s.seed, rows[i].keyCell(j, k).Data)
	}
	for at := h; ; at++ {
		slot := &s.slots[at&uint64(len(s.slots)-1)]
		if *slot == 0 {
			*slot = int32(i + 1)
			return i
		}
		if sameKey(&rows[*slot-1], &rows[i], keys) {
			return int(*slot - 1)
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
// cells of an insert. The cells of a delete are the primary key, but for those of a
// statement of `cql:`.
func (r *Row) keyCell(j, k int) *Cell {
	if r.Statement.Op.Deletes() && r.Statement.Custom == nil {
		if j >= len(r.Cells) { // of a partition or of static columns
			return &Cell{}
		}
		return &r.Cells[j]
	}
	return &r.Cells[k]
}
