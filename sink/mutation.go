package sink

import (
	"encoding/binary"

	"ingest/mapping"
)

// The server compares with batch_size_warn_threshold what it holds in memory
// for a batch, PartitionUpdate.dataSize, not what came over the wire. These are
// its parts in Cassandra 5.0, in bytes; 4.1 counts four less for each cell.
const (
	partitionCost = 33 // deletion 12 and an empty static row 21
	rowCost       = 21 // row marker 8, deletion 13
	ttlCost       = 12 // of a row marker with a TTL: TTL 4, expiry 8
	cellCost      = 20 // timestamp 8, TTL 4, deletion time 8, beside the value
	pathCost      = 16 // of a list's element, which is addressed by a timeuuid
	complexCost   = 16 // deletion that replaces a whole collection
	wireRow       = 40 // what Row.Size counts for a row beside its cells
	wireCell      = 4  // and for a cell beside its bytes
	maxElements   = 1 << 16
	elementBytes  = 4 // at least, of an element of a collection: its length
)

// sizing is what a statement's rows have in common for the estimate.
type sizing struct {
	fixed int   // bytes of every row, whatever its values
	multi []int // positions of columns whose value is many cells
}

func sizingOf(st *mapping.Statement) sizing {
	s := sizing{fixed: rowCost - wireRow - wireCell*len(st.Columns)}
	if st.TTL > 0 || st.RowTTL || st.Table.DefaultTTL > 0 {
		s.fixed += ttlCost
	}
	for position, i := range st.Columns {
		column := &st.Table.Columns[i]
		if st.Table.IsKey(i) {
			continue
		}
		s.fixed += cellCost
		if column.Type.Cells() && st.TypeOf(position).Cells() {
			s.multi = append(s.multi, position)
		}
	}
	return s
}

// mutationSize estimates what the server counts for a row; each partition of a
// batch costs partitionCost more. It errs upwards: a column that is left out of
// a row is counted too.
func (s *sizing) mutationSize(r *mapping.Row) int {
	size := int(r.Size) + s.fixed - len(r.Routing)
	for _, position := range s.multi {
		size += complexCost + (cellCost+pathCost)*elements(&r.Cells[position])
	}
	return max(size, 1)
}

// elements counts the cells that a value becomes: the count it begins with, or
// a UDT's fields. It does not trust the bytes beyond their length.
func elements(c *mapping.Cell) int {
	if c.State != mapping.Value || len(c.Data) < 4 {
		return 0
	}
	if c.Type.Kind == mapping.TypeUDT {
		return len(c.Type.Elems)
	}
	return min(int(binary.BigEndian.Uint32(c.Data)), len(c.Data)/elementBytes, maxElements)
}
