package retry

import "strings"

// Reason names why a record can never be written. It is the value of the
// ingest.class header of a dead letter and of the metrics' label.
type Reason string

const (
	// ReasonFraming: the payload carries no schema id where one must stand.
	ReasonFraming Reason = "framing"
	// ReasonUnknownSchema: the registry does not know the schema id.
	ReasonUnknownSchema Reason = "unknown_schema"
	// ReasonSchema: the record's schema does not fit the mapping, for example a
	// field whose type cannot become the column's.
	ReasonSchema Reason = "schema"
	// ReasonDecode: the bytes are not what their schema says: truncated,
	// trailing, counts or lengths out of bounds.
	ReasonDecode Reason = "decode"
	// ReasonNullKey: a primary key column would be null or absent.
	ReasonNullKey Reason = "null_key"
	// ReasonEventTime: the record gives no write timestamp where the mapping takes
	// it from there: it is null, absent, out of range or too far ahead.
	ReasonEventTime Reason = "event_time"
	// ReasonValue: a value does not fit its column.
	ReasonValue Reason = "value"
	// ReasonTruncate: the source's table was truncated, which cannot be followed.
	ReasonTruncate Reason = "truncate"
	// ReasonUnmatched: no table of the topic takes records of this name.
	ReasonUnmatched Reason = "unmatched"
	// ReasonTombstone: a null value on a table whose mapping refuses them.
	ReasonTombstone Reason = "tombstone"
	// ReasonRejected: Cassandra refuses the row.
	ReasonRejected Reason = "rejected"
	// ReasonCounterUnknown: nobody knows whether the record has been counted, and
	// trying again could count it twice.
	ReasonCounterUnknown Reason = "counter_unknown"
	// ReasonOversized: the row alone exceeds what Cassandra takes.
	ReasonOversized Reason = "oversized"
)

// Poison says why a record, or one table's row of it, can never be written. It
// never holds a value of the record.
type Poison struct {
	Reason Reason
	Table  string // keyspace.table; empty: every table of the record
	Column string // empty: not about one column
	Path   string // where the value came from, as in the mapping file
	Type   string // of the column, when a value did not fit it
	Err    error  // what was wrong, without the value
}

func (p *Poison) Error() string {
	var b strings.Builder
	b.WriteString(string(p.Reason))
	for _, part := range [...]struct{ name, text string }{{"table", p.Table}, {"column", p.Column}, {"path", p.Path}, {"type", p.Type}} {
		if part.text != "" {
			b.WriteString(" " + part.name + "=" + part.text)
		}
	}
	if p.Err != nil {
		b.WriteString(": " + p.Err.Error())
	}
	return b.String()
}

func (p *Poison) Unwrap() error { return p.Err }
