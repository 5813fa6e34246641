package oracle

// Cell is a value with its WRITETIME. The zero value is no cell.
type Cell struct {
	Value any
	Stamp int64
}

// Row is what a live row holds. Cells can be read from Cassandra, the timestamp
// of the marker cannot.
type Row struct {
	Cells  [Columns]Cell
	Marker int64
}

// Newest gives the latest WRITETIME of the cells, 0 without any.
func (r Row) Newest() (stamp int64) {
	for _, c := range r.Cells {
		stamp = max(stamp, c.Stamp)
	}
	return stamp
}

// Fold applies the log as Cassandra would if it came once and in order: an
// insert writes its cells and the row's marker, what it does not name stays; a
// delete ends the row. A key is always in one partition, where stamps only grow.
// deleted gives the stamp of the delete of each key that has no row.
func (l *Log) Fold() (rows map[string]Row, deleted map[string]int64) {
	rows, deleted = map[string]Row{}, map[string]int64{}
	for p := range l.Partitions() {
		for _, r := range l.records(p) {
			if r.Delete {
				delete(rows, r.Key)
				deleted[r.Key] = r.Stamp
				continue
			}
			delete(deleted, r.Key)
			row := rows[r.Key]
			row.Marker = r.Stamp
			for i := range r.Set {
				if r.Set[i] {
					row.Cells[i] = Cell{r.Value(i), r.Stamp}
				}
			}
			rows[r.Key] = row
		}
	}
	return rows, deleted
}
