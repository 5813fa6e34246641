package mapping

// Stored is what a cell of a live row holds.
type Stored struct {
	Data  []byte // protocol v4 value bytes; meaningful when Set
	Set   bool   // false: the column is null
	Stamp int64  // its WRITETIME in microseconds since 1970; 0 where Cassandra does not tell
	TTL   int32  // seconds left to live, 0 for ever
}

// Cells reports whether a column of type t is many cells, each with a write
// timestamp of its own, and not one: a collection or user-defined type that is not
// frozen.
func (t *Type) Cells() bool {
	switch t.Kind {
	case TypeList, TypeSet, TypeMap, TypeUDT:
		return !t.Frozen
	}
	return false
}
