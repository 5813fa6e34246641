package mapping

// Op is what a statement does with its row.
type Op uint8

const (
	// Insert writes cells and the row's marker.
	Insert Op = iota
	// DeleteRow removes the whole row.
	DeleteRow
)

// String gives the CQL verb.
func (o Op) String() string {
	if o == DeleteRow {
		return "DELETE"
	}
	return "INSERT"
}

// Statement says what a row binds, in which order. It holds no text: the sink
// makes the CQL. It is immutable and shared by all rows made from it, so its
// address identifies it.
type Statement struct {
	Table       *Table
	Op          Op
	Columns     []int  // indexes into Table.Columns, in the order of a row's cells
	Routing     []int  // positions in Columns of the partition key's parts, in key order
	Consistency string // a CQL consistency level; empty: the session's
	TTL         int32  // seconds counted from the write timestamp, 0 for none
}
