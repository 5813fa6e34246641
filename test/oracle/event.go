package oracle

import "fmt"

// Columns of the table that logs are folded into, in order: a bigint, b text,
// c double, beside the key id text.
const Columns = 3

// ColumnNames are the names of the columns.
func ColumnNames() [Columns]string { return [Columns]string{"a", "b", "c"} }

// Event is one record: an update, or a delete of its key.
type Event struct {
	Key    string
	Millis int64 // the record's timestamp, in milliseconds since 1970
	Delete bool
	// N is different for every event; the values of all columns follow from it.
	N int64
	// Set says which columns have a value; the others are null.
	Set [Columns]bool
}

// Value gives what the event writes to a column, nil for nothing.
func (e *Event) Value(column int) any {
	if e.Delete || !e.Set[column] {
		return nil
	}
	switch column {
	case 0:
		return e.N
	case 1:
		return fmt.Sprintf("text %d", e.N)
	default:
		return float64(e.N) / 8
	}
}

// Fields gives the values of an update by column name, null ones too, for an
// encoder.
func (e *Event) Fields() map[string]any {
	fields := map[string]any{}
	for i, name := range ColumnNames() {
		fields[name] = e.Value(i)
	}
	return fields
}
