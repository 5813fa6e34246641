package mapping

// WriteMode is what a record with a value does to a table.
type WriteMode uint8

// The choices of `write:`.
const (
	WriteUpsert WriteMode = iota
	WriteUpdate
	WriteInsertIfAbsent
	WriteDelete
	WriteCounter
)

var writeModes = []string{"upsert", "update", "insert_if_absent", "delete", "counter"}

// String gives the word of the mapping file.
func (m WriteMode) String() string { return writeModes[m] }

// op gives the operation of a mode that is not a delete.
func (m WriteMode) op() Op { return [...]Op{Insert, Update, InsertIfAbsent, DeleteRow, Counter}[m] }

// stamped reports whether rows get write timestamps.
func (m WriteMode) stamped() bool { return m.op().Stamped() }

// DeleteScope is what deletes of a table remove. The zero value is the row.
type DeleteScope struct {
	Partition bool
	Columns   []namedColumn // only these, when there are any
	At        Pos           // zero when the entry does not say
}

// namedColumn is a column that the file names.
type namedColumn struct {
	name string
	at   Pos
}
