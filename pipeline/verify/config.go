package verify

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/pipeline"
)

// Config says what is compared, and at what cost.
type Config struct {
	Since       time.Time     // only records from then on count; zero: all
	Sample      float64       // share of the rows, above 0 and at most 1
	Key         []byte        // only records with this Kafka key count; nil: all
	Lookback    time.Duration // of record time, from which a clock is rebuilt
	MemoryBytes int64         // estimate of what the fold may take
	Concurrency int           // reads of rows at once
	Details     int           // most differences that are told one by one
	ShowKeys    bool          // tell primary keys
	ShowValues  bool          // tell values
}

// Rows reads live rows.
//
// Read gives the columns (indexes into t.Columns) of the row with that primary
// key; found is false when there is none. It waits while Cassandra is away. It is
// called from several goroutines. Its errors are ctx's cause, or what no waiting
// mends for this row.
type Rows interface {
	Read(ctx context.Context, t *mapping.Table, key []mapping.Cell, columns []int) (have []mapping.Stored, found bool, err error)
}

// Topic is one topic to read.
type Topic struct {
	Name    string
	Mapper  pipeline.Mapper
	Compact bool // its records may be compacted away
}

// Place is where a record stands in the log.
type Place struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Letters gives the records that were dead-lettered so far and not replayed, each
// with the tables that failed; none: all of its tables.
type Letters func(ctx context.Context) (map[Place][]string, error)

// Deps is what the package is given.
type Deps struct {
	Client            []kgo.Opt
	Group             string
	Topics            []Topic
	Tables            []*Table
	Rows              Rows
	Letters           Letters
	Floor, Generation int64                                 // of the mapping file, in microseconds
	Mapping           string                                // its hash
	Progress          func(phase string, done, total int64) // may be nil
	Now               func() time.Time
}
