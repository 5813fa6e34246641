package mapping

import (
	"encoding/binary"
	"math"
	"slices"
)

// handOver gives the rows that stay what those that are dropped would have changed
// in collections. The rows of one record have one write timestamp, so that all
// elements together are what they would be one after the other; a list has them
// in the order of the items.
func (b *Buffer) handOver(rows []Row) {
	st := rows[b.seen.dropped[0].stays].Statement
	for position, op := range st.Cells {
		if op == OpSet {
			continue
		}
		parts := map[int][][]byte{}                         // by the row that stays, its own last
		for _, d := range slices.Backward(b.seen.dropped) { // the first item's first
			if rows[d.row].Statement == st && rows[d.stays].Statement == st {
				parts[d.stays] = appendCollection(parts[d.stays], &rows[d.row].Cells[position])
			}
		}
		for stays, all := range parts {
			cell := &rows[stays].Cells[position]
			all = appendCollection(all, cell)
			if op == OpPrepend {
				slices.Reverse(all)
			}
			b.joined(&rows[stays], cell, all)
		}
	}
}

func appendCollection(all [][]byte, c *Cell) [][]byte {
	if c.State != Value {
		return all
	}
	return append(all, c.Data)
}

// joined gives a row's cell the elements of several collections, which begin with
// the number of their elements in four bytes (native protocol v4, section 6.11).
func (b *Buffer) joined(row *Row, cell *Cell, all [][]byte) {
	if len(all) == 0 {
		return
	}
	f := &b.frame
	start, count := len(f.Arena), uint32(0)
	f.Arena = binary.BigEndian.AppendUint32(f.Arena, 0)
	for _, data := range all {
		count += binary.BigEndian.Uint32(data)
		f.Arena = append(f.Arena, data[4:]...)
	}
	data := f.Arena[start:len(f.Arena):len(f.Arena)]
	binary.BigEndian.PutUint32(data, count)
	row.Size = int32(min(int(row.Size)+len(data)-len(cell.Data), math.MaxInt32))
	cell.Data, cell.State = data, Value
}
