package oracle

// Selection is what to select from the table so that Read can read it.
const Selection = "id, a, writetime(a), b, writetime(b), c, writetime(c)"

// Scanner gives selected rows, one with each call that is true, as the Scan of a
// gocql.Iter does.
type Scanner interface {
	Scan(columns ...any) bool
	Close() error
}

// Read reads all rows that a Selection gave.
func Read(selected Scanner) (map[string]Row, error) {
	rows := map[string]Row{}
	var id string
	var a *int64
	var b *string
	var c *float64
	var at, bt, ct *int64
	for selected.Scan(&id, &a, &at, &b, &bt, &c, &ct) {
		var row Row
		if a != nil {
			row.Cells[0] = Cell{*a, *at}
		}
		if b != nil {
			row.Cells[1] = Cell{*b, *bt}
		}
		if c != nil {
			row.Cells[2] = Cell{*c, *ct}
		}
		rows[id] = row
		a, b, c, at, bt, ct = nil, nil, nil, nil, nil, nil
	}
	return rows, selected.Close()
}
