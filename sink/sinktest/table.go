package sinktest

import (
	"bytes"
	"encoding/binary"

	"ingest/mapping"
)

// Cell is a live cell as a table holds it.
type Cell struct {
	Data      []byte
	WriteTime int64 // microseconds since 1970
}

// store holds rows by table and primary key.
type store map[string]map[string]*stored

// stored is one row, or the static cells of one partition. A timestamp of
// never is none.
type stored struct {
	marker  int64 // of the row marker that an INSERT leaves
	deleted int64 // of the newest row deletion
	cells   map[string]version
}

// version is the newest version of a cell.
type version struct {
	stamp int64
	data  []byte // nil: a tombstone
}

// never is before every timestamp that Cassandra takes.
const never = -1 << 63

// apply merges one row into the store: applying rows in any order and any number
// of times gives the same store.
func (s store) apply(r *mapping.Row) {
	row := s.row(r.Statement.Table, primaryKey(r, false))
	if r.Statement.Op == mapping.DeleteRow {
		row.deleted = max(row.deleted, r.Timestamp)
		return
	}
	if r.Statement.Op == mapping.Insert {
		row.marker = max(row.marker, r.Timestamp)
	}
	for i := range r.Cells {
		column := r.Statement.Table.Columns[r.Statement.Columns[i]]
		into := row
		switch column.Kind {
		case mapping.PartitionKey, mapping.Clustering:
			continue
		case mapping.Static:
			into = s.row(r.Statement.Table, primaryKey(r, true))
		}
		into.merge(column.Name, &r.Cells[i], r.Timestamp)
	}
}

func (s store) row(t *mapping.Table, key string) *stored {
	table := s[t.FullName()]
	if table == nil {
		table = map[string]*stored{}
		s[t.FullName()] = table
	}
	row := table[key]
	if row == nil {
		row = &stored{marker: never, deleted: never, cells: map[string]version{}}
		table[key] = row
	}
	return row
}

// merge reconciles one cell as Cassandra's Cells.reconcile does: the higher
// timestamp wins; on a tie a tombstone wins, then the larger value.
func (r *stored) merge(column string, c *mapping.Cell, stamp int64) {
	next := version{stamp: stamp}
	switch c.State {
	case mapping.Unset, mapping.Absent:
		return
	case mapping.Value:
		next.data = append([]byte{}, c.Data...)
	}
	old, ok := r.cells[column]
	if ok && !wins(next, old) {
		return
	}
	r.cells[column] = next
}

func wins(next, old version) bool {
	switch {
	case next.stamp != old.stamp:
		return next.stamp > old.stamp
	case next.data == nil || old.data == nil:
		return next.data == nil
	}
	return bytes.Compare(next.data, old.data) > 0
}

// live gives the row's live cells, and whether the row exists.
func (r *stored) live() (map[string]Cell, bool) {
	cells := map[string]Cell{}
	for name, v := range r.cells {
		if v.data != nil && v.stamp > r.deleted {
			cells[name] = Cell{Data: v.data, WriteTime: v.stamp}
		}
	}
	return cells, len(cells) > 0 || r.marker > r.deleted
}

// primaryKey serializes a row's key; static leaves the clustering columns out.
func primaryKey(r *mapping.Row, static bool) string {
	t := r.Statement.Table
	parts := t.PartitionKey
	if !static {
		parts = append(append([]int{}, parts...), t.Clustering...)
	}
	values := make([][]byte, len(parts))
	for i, part := range parts {
		for position, column := range r.Statement.Columns {
			if column == part {
				values[i] = r.Cells[position].Data
			}
		}
	}
	return joinKey(values)
}

// joinKey makes one text of a key's parts that no other parts make.
func joinKey(parts [][]byte) string {
	var key []byte
	for _, part := range parts {
		key = binary.AppendUvarint(key, uint64(len(part)))
		key = append(key, part...)
	}
	return string(key)
}
