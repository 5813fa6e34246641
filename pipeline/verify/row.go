package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"ingest/mapping"
)

// write is one write of the log: its timestamp, and the record that it is of.
type write struct {
	stamp  int64 // microseconds since 1970; 0: there is none
	part   *partition
	offset int64
	event  bool // the stamp is the record's own, and not the clock's
}

// exact reports whether the write timestamp is known, not only bounded.
func (w *write) exact() bool { return w.event || w.part != nil && w.part.exact(w.offset) }

// bounded reports whether the true write timestamp is not before the stamp.
func (w *write) bounded() bool { return w.event || w.part.trust != trustNone }

// row is what the log says of one row.
type row struct {
	table   *Table
	id      uint64 // hash of table and primary key
	last    write  // the latest record, whatever it did
	deleted write  // the latest delete of the row
	marker  write  // the latest insert of the row
	life    int32  // seconds from marker.stamp on that the marker lives, 0 for ever
	cells   []cell // by the table's Columns
	parts   []*partition

	lettered bool // a record of the row was dead-lettered
	touched  bool // a record beyond the commit is of this row
}

// cell is the latest write to a column.
type cell struct {
	write
	data   []byte
	life   int32 // seconds from stamp on, 0 for ever
	null   bool  // a tombstone
	equal  bool  // another write of this very timestamp says something else
	opaque bool  // something may be there; what, the log does not tell
}

// Estimated bytes of memory: of a row beside its key, and of a cell beside its
// data.
const (
	rowCost  = 256
	cellCost = 80
)

func (r *row) cost(key string) int64 {
	n := int64(rowCost + 2*len(key) + cellCost*len(r.cells))
	for i := range r.cells {
		n += int64(len(r.cells[i].data))
	}
	return n
}

// touch notes that a record is about the row.
func (r *row) touch(w write) {
	if !slices.Contains(r.parts, w.part) {
		r.parts = append(r.parts, w.part)
	}
	r.last = w
}

// written reports whether any record that counts is about the row.
func (r *row) written() bool {
	return r.marker.stamp != 0 || r.deleted.stamp != 0 || slices.ContainsFunc(r.cells, func(c cell) bool { return c.stamp != 0 })
}

// delete applies a delete of the row.
func (r *row) delete(w write) {
	if w.stamp >= r.deleted.stamp {
		r.deleted = w
	}
}

// insert applies the row marker.
func (r *row) insert(w write, life int32) {
	if w.stamp >= r.marker.stamp {
		r.marker, r.life = w, life
	}
}

// set applies a write to a cell, as Cassandra does: the later one wins. Of two with
// one timestamp the tombstone, then the larger value does; it is enough to know
// that they tie.
func (c *cell) set(now cell) {
	switch {
	case now.stamp > c.stamp:
		*c = now
	case now.stamp == c.stamp && c.part != nil:
		c.equal = c.equal || c.null != now.null || !bytes.Equal(c.data, now.data) || c.life != now.life
	}
}

// appendKey writes a row's key: its table and the parts of its primary key.
func appendKey(dst []byte, t *Table, cells []mapping.Cell, positions []int) []byte {
	dst = binary.BigEndian.AppendUint16(dst, t.number)
	for _, i := range positions {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(cells[i].Data)))
		dst = append(dst, cells[i].Data...)
	}
	return dst
}

// keyCells reads the parts of the primary key back.
func keyCells(t *Table, key string) []mapping.Cell {
	rest := []byte(key[2:])
	var cells []mapping.Cell
	for _, column := range t.key {
		n := binary.BigEndian.Uint32(rest)
		cells = append(cells, mapping.Cell{Type: t.Table.Columns[column].Type, State: mapping.Value, Data: rest[4 : 4+n : 4+n]})
		rest = rest[4+n:]
	}
	return cells
}

// identify hashes a row's key, the same in every run. The table counts by its name.
func identify(t *Table, key []byte) uint64 {
	h := sha256.New()
	h.Write([]byte(t.FullName()))
	h.Write([]byte{0}) // no name holds one
	h.Write(key[2:])
	var sum [sha256.Size]byte
	return binary.BigEndian.Uint64(h.Sum(sum[:0]))
}

// name writes an identity for people.
func name(id uint64) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, id))
}
