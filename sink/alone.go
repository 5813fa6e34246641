package sink

import (
	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/retry"
)

// Counters, conditional writes and those without a write timestamp go alone: one statement to a request, those of
// one partition in their order. So an outcome that nobody knows is that of one
// row.

// serial gives the level at which replicas agree on a condition: within the data
// centre where the write stays there too.
func serial(level gocql.Consistency) gocql.SerialConsistency {
	if level == gocql.LocalQuorum || level == gocql.LocalOne {
		return gocql.LocalSerial
	}
	return gocql.Serial
}

const errCounterUnknown = errorText("nobody knows whether the counter has been changed, so it is not tried again: ")

// uncounted gives the poison of a counter whose outcome is unknown: Cassandra has
// no way to count a record once for sure. nil: the row is no counter, or nothing
// has been counted yet.
func (v verdict) uncounted(row *mapping.Row) *retry.Poison {
	if row.Statement.Op != mapping.Counter || v.untouched {
		return nil
	}
	return &retry.Poison{Reason: retry.ReasonCounterUnknown, Table: row.Statement.Table.FullName(), Err: errCounterUnknown + errorText(v.text)}
}

// shares makes one pending entry of rows that may share a request, and one of each
// that must not.
func shares(whole pending) []pending {
	if !whole.rows[0].Statement.Alone() {
		return []pending{whole}
	}
	todo := make([]pending, len(whole.rows))
	for i := range whole.rows {
		todo[i] = whole
		todo[i].rows = whole.rows[i : i+1 : i+1]
	}
	return todo
}
