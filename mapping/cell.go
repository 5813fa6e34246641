package mapping

// Cell is one value on its way into a column: its CQL bytes and the type that
// they were made for, so that the driver can refuse to bind them to another.
type Cell struct {
	Data  []byte // protocol v4 value bytes; meaningful when State is Value
	Type  *Type
	State State
}

// State says what a cell is. The zero value is Absent.
type State uint8

const (
	// Absent: the source had nothing to say. It is bound as unset.
	Absent State = iota
	// Null: the source said null. The mapping decides what that means.
	Null
	// Value: Data holds the value, which may be empty.
	Value
	// Unset: the column is left as it is.
	Unset
	// Tombstone: the column's cell is deleted.
	Tombstone
	// Bad: the value did not fit; the frame holds the fault.
	Bad
)
