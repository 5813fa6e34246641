package pipeline

import (
	"context"

	"ingest/mapping"
	"ingest/retry"
)

// Mapper turns one record into rows.
//
// It appends to buf the rows of rec, each with the write timestamp stamp and the
// record number, or poison that says why a table, or all of them, get none.
// It is called by one lane at a time for each partition, and by several lanes at
// once. It may wait for the schema registry; its only error is that of ctx.
type Mapper interface {
	Map(ctx context.Context, rec *mapping.Record, stamp int64, record int32, buf *mapping.Buffer) error
}

// Sink writes rows.
//
// Write takes rows over and returns once they are under way; it blocks while
// there is no room. Rows may be executed in any order and, but for counters, more than once: their
// timestamps carry the order. done is called exactly once for each row, from any
// goroutine: with nil when the row is acknowledged, or with the *retry.Poison
// that says why it never will be. When ctx ends, rows without an outcome get
// none, and Write returns the cause.
type Sink interface {
	Write(ctx context.Context, rows []mapping.Row, done func(rows []*mapping.Row, err error)) error
}

// DeadLetters keeps records that cannot be written.
//
// Send is asynchronous; done is called once, with nil when the dead-letter topic
// has acknowledged the letter. Send retries for ever: done gets an error only
// when ctx ends.
type DeadLetters interface {
	Send(ctx context.Context, letter Letter, done func(error))
}

// Letter is a record with everything that kept it from being written.
type Letter struct {
	Record         mapping.Record
	WriteTimestamp int64 // microseconds since 1970: what its rows were, or would have been, stamped with, but for tables with an event time
	Failures       []*retry.Poison
}
