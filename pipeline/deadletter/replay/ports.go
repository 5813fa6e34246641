package replay

import (
	"context"
	"time"

	"ingest/mapping"
	"ingest/pipeline/deadletter"
)

// Mapper turns one record into rows; see pipeline.Mapper.
type Mapper interface {
	Map(ctx context.Context, rec *mapping.Record, stamp int64, record int32, buf *mapping.Buffer) error
}

// Sink writes rows; see pipeline.Sink. Rows must stay until each has its outcome,
// which those of an ended context never get.
type Sink interface {
	Write(ctx context.Context, rows []mapping.Row, done func(rows []*mapping.Row, err error)) error
}

// Deps is what a Replay needs.
type Deps struct {
	// Plan gives the mapper of a topic for the tables named, or for all of them
	// when none is. Its error says why today's mapping has none. It is asked once
	// for each topic and set of tables.
	Plan func(topic string, tables []string) (Mapper, error)
	Sink Sink // not asked by a dry run
	// Mark marks letters as replayed, and returns once that is acknowledged. It is
	// not asked by a dry run.
	Mark func(ctx context.Context, letters []*deadletter.Stored) error
	Now  func() time.Time
}

// Options say what a Replay does.
type Options struct {
	DryRun    bool   // map, but write nothing
	Again     bool   // letters that were replayed before, too
	Resurrect bool   // letters too that are older than the gc_grace_seconds of their table
	Group     string // only letters of this consumer group, or of none; empty: of any
}
