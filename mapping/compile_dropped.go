package mapping

import "time"

// droppedOnce warns of columns that were dropped once and added again. Cassandra
// takes what is written to them with a write timestamp up to the drop, and hides
// it: the values of records dated before then are lost without an error.
func (c *compiler) droppedOnce(e *entry) {
	for i := range e.table.Columns {
		col, fed := &e.table.Columns[i], e.writes(i)
		if fed == (Pos{}) || col.Dropped == 0 || e.EventTime == nil && c.file.Floor > col.Dropped {
			continue
		}
		at := time.UnixMicro(col.Dropped).UTC()
		hint := "if their values shall be in the table, set `floor: " + at.Truncate(time.Second).Add(time.Second).Format(time.RFC3339) + "` and restart"
		if e.EventTime != nil { // no floor raises what the records themselves say
			hint = "if their values shall be in the table, give the column another name"
		}
		c.add(Warning, fed, hint,
			"column %q of %s was dropped at %s and added again: Cassandra hides what is written to it with an earlier write timestamp, so records dated before then leave it empty",
			col.Name, e.table.FullName(), at.Format(time.RFC3339))
	}
}

// writes gives where the file says that a column is written; zero: it is not.
func (e *entry) writes(column int) Pos {
	if e.custom != nil {
		for _, w := range e.custom.written {
			if w.column == column {
				return w.at
			}
		}
	}
	if m := e.feeds[column]; m != nil {
		return m.Pos
	}
	return Pos{}
}
