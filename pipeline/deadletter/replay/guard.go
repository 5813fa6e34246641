package replay

import (
	"fmt"
	"slices"
	"time"

	"ingest/mapping"
	"ingest/pipeline/deadletter"
	"ingest/retry"
)

// guard says why the rows of a letter may not be written; empty when they may.
func (r *Replay) guard(l *deadletter.Stored, rows []mapping.Row) (o Outcome, why string) {
	age := max(0, r.deps.Now().Sub(l.At))
	for i := range rows {
		row := &rows[i]
		if row.Statement.Op == mapping.Counter && counted(l, rows, row.Statement.Table) {
			return Uncertain, "the counter of " + row.Statement.Table.FullName() + " may have been changed already, and writing the letter could count it twice: compare, and change the counter by hand"
		}
		if st := row.Statement; !st.Stamped() && st.Op != mapping.Counter && !st.Conditional() && !r.options.Resurrect {
			return Unstamped, "rows of " + st.Table.FullName() + " have no write timestamps of records (`accept: [server_timestamp]`), so that this one would win over what later records wrote: " +
				"make sure that the row is to be as the letter says, then use --resurrect"
		}
		if row.Statement.Op.Deletes() {
			continue // brings nothing back, and hides nothing that is newer
		}
		if why := hidden(row); why != "" {
			return Hidden, why
		}
		if t := row.Statement.Table; !r.options.Resurrect && resurrects(t, age) {
			return TooOld, fmt.Sprintf("older than gc_grace_seconds (%d) of %s, so that a delete which Cassandra has purged since could be undone: "+
				"make sure that the data was not deleted, then use --resurrect", t.GCGrace, t.FullName())
		}
	}
	return 0, ""
}

// counted reports whether some of a letter's rows of a counter table may have been
// counted: what nobody knows of, and the neighbours of one that Cassandra refused.
func counted(l *deadletter.Stored, rows []mapping.Row, t *mapping.Table) bool {
	if slices.Contains(l.Reasons, retry.ReasonCounterUnknown) {
		return true
	}
	n := 0
	for i := range rows {
		if rows[i].Statement.Table == t {
			n++
		}
	}
	return n > 1 && (slices.Contains(l.Reasons, retry.ReasonRejected) || slices.Contains(l.Reasons, retry.ReasonOversized))
}

// resurrects reports whether a letter of that age can bring deleted data back. A
// row that was deleted after the letter's record can come back once Cassandra has
// purged the tombstone, which it may gc_grace_seconds after the delete was
// written. That was after the record was met, so hardly before its letter; the
// margin is for letters that waited.
func resurrects(t *mapping.Table, age time.Duration) bool {
	grace := time.Duration(t.GCGrace) * time.Second
	return age >= grace-min(grace/10, time.Hour)
}

// hidden says which column would take a value and not show it: one that was
// dropped after the record's time and added again. Mending a column's type often
// does that.
func hidden(row *mapping.Row) string {
	t := row.Statement.Table
	for i, at := range row.Statement.Columns {
		col := &t.Columns[at]
		if col.Dropped != 0 && row.Timestamp <= col.Dropped && row.Cells[i].State == mapping.Value {
			return fmt.Sprintf("column %q of %s was dropped at %s and added again, and Cassandra hides what is written to it with an earlier write timestamp: "+
				"map its values to a column of another name", col.Name, t.FullName(), time.UnixMicro(col.Dropped).UTC().Format(time.RFC3339))
		}
	}
	return ""
}
