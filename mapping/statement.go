package mapping

// Op is what a statement does with its row.
type Op uint8

const (
	// Insert writes cells and the row's marker.
	Insert Op = iota
	// DeleteRow removes the whole row.
	DeleteRow
	// Update writes cells without the row's marker.
	Update
	// InsertIfAbsent is Insert where there is no row yet. Cassandra stamps it itself.
	InsertIfAbsent
	// DeletePartition removes all rows of a partition, and its static cells.
	DeletePartition
	// DeleteColumns removes the cells of Statement.Deleted.
	DeleteColumns
	// Counter adds each value to its counter. It has no write timestamp, and doing
	// it twice counts twice.
	Counter
)

var verbs = [...]string{"INSERT", "DELETE", "UPDATE", "INSERT", "DELETE", "DELETE", "UPDATE"}

// String gives the CQL verb.
func (o Op) String() string { return verbs[o] }

// Deletes reports whether the operation only removes.
func (o Op) Deletes() bool { return o == DeleteRow || o == DeletePartition || o == DeleteColumns }

// Stamped reports whether the row's write timestamp is sent.
func (o Op) Stamped() bool { return o != InsertIfAbsent && o != Counter }

// CellOp is what an Update does with the value of a column.
type CellOp uint8

// OpSet replaces what is there; the others change a collection.
const (
	OpSet     CellOp = iota
	OpAppend         // to the end of a list, or into a set
	OpPrepend        // to the beginning of a list
	OpRemove         // the elements of a list or set, the keys of a map
	OpPut            // entries into a map
)

var cellOps = []string{"append", "prepend", "remove", "put"}

// String gives the word of the mapping file.
func (o CellOp) String() string {
	if o == OpSet {
		return "set"
	}
	return cellOps[o-1]
}

// Statement says what a row binds, in which order. It holds no text: the sink
// makes the CQL. It is immutable and shared by all rows made from it, so its
// address identifies it.
type Statement struct {
	Table *Table
	Op    Op
	// Columns are indexes into Table.Columns, in the order of a row's cells. Those
	// of the primary key come last in an Update and a Counter.
	Columns     []int
	Cells       []CellOp // of an Update, by position in Columns; nil: all are set
	Deleted     []int    // of DeleteColumns: indexes into Table.Columns
	Routing     []int    // positions in Columns of the partition key's parts, in key order
	Consistency string   // a CQL consistency level; empty: the session's
	TTL         int32    // seconds counted from the write timestamp, 0 for none
	RowTTL      bool     // each row has a TTL of its own, which may be none
	Custom      *Custom  // not nil: the mapping file writes the statement out
}

// Stamped reports whether the row's write timestamp is sent.
func (s *Statement) Stamped() bool {
	if s.Custom != nil {
		return s.Custom.Stamped
	}
	return s.Op.Stamped()
}

// Alone reports whether such a row must not share a request with others: nobody
// knows whether what is not stamped has been done once or twice, and in a batch
// Cassandra would give all of it one timestamp.
func (s *Statement) Alone() bool { return !s.Stamped() }

// Conditional reports whether Cassandra writes only under a condition.
func (s *Statement) Conditional() bool {
	if s.Custom != nil {
		return s.Custom.Conditional
	}
	return s.Op == InsertIfAbsent
}

// writesAlways reports whether a row writes something when all its values are unset.
func (s *Statement) writesAlways() bool {
	if s.Custom != nil {
		return s.Custom.Fixed
	}
	return s.Op != Update && s.Op != Counter
}

// Name gives what a position is called for people: the column, or the bind of `cql:`
// with its colon.
func (s *Statement) Name(position int) string {
	if s.Custom != nil {
		return ":" + s.Custom.Binds[position].Name
	}
	return s.Table.Columns[s.Columns[position]].Name
}

// TypeOf gives the type of a position: the column's, or that of the bind's place.
func (s *Statement) TypeOf(position int) *Type {
	if s.Custom != nil {
		return s.Custom.Binds[position].Type
	}
	return s.Table.Columns[s.Columns[position]].Type
}

// Cell gives what the statement does with the value at a position of Columns.
func (s *Statement) Cell(position int) CellOp {
	if s.Cells == nil {
		return OpSet
	}
	return s.Cells[position]
}
