package sink

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/retry"
)

// ReaderConfig says how rows are read.
type ReaderConfig struct {
	Consistency   string // a level for reads
	RowsPerSecond int    // 0 for no limit
	Retry         retry.Config
}

// Reader reads live rows with the write timestamps of their cells. It is safe for
// concurrent use.
type Reader struct {
	session *Session
	level   gocql.Consistency
	pace    pace
	retry   retry.Config
}

// NewReader makes a reader.
func NewReader(session *Session, c ReaderConfig) (*Reader, error) {
	level, err := parseConsistency(c.Consistency)
	if err != nil {
		return nil, err
	}
	return &Reader{session: session, level: level, pace: pace{rate: float64(c.RowsPerSecond), now: session.now}, retry: c.Retry.OrDefault()}, nil
}

// A row is tried so often before it counts as one that cannot be read. While no
// node can be reached attempts do not count.
const readAttempts = 6

// Read gives columns (indexes into t.Columns) of the row with a primary key, whose
// parts are in the key's order; found is false when there is no such row. What is
// of many cells has no one timestamp: its Stamp and TTL are 0.
//
// It waits while no node can be reached. Its errors are ctx's cause, or a
// *retry.Error without any value of the row.
func (r *Reader) Read(ctx context.Context, t *mapping.Table, key []mapping.Cell, columns []int) (have []mapping.Stored, found bool, err error) {
	s := selection{table: t, key: key, columns: columns, mark: r.session.mark}
	if err := s.check(); err != nil {
		return nil, false, err
	}
	backoff := retry.Backoff{Config: r.retry}
	for failed := 0; ; {
		if err := r.pace.wait(ctx, 1); err != nil {
			return nil, false, err
		}
		have, found, err := r.attempt(ctx, &s)
		if err == nil {
			r.session.observe(true)
			return have, found, nil
		}
		if ctx.Err() != nil {
			return nil, false, context.Cause(ctx)
		}
		v := classifyRead(err)
		r.session.observe(!v.unreachable)
		if !v.unreachable {
			failed++
		}
		if failed >= readAttempts || !passes(v.class) {
			return nil, false, &retry.Error{Class: v.class, Err: fmt.Errorf("reading a row of %s: %s", t.FullName(), v.text)}
		}
		if err := backoff.Wait(ctx); err != nil {
			return nil, false, err
		}
	}
}

// passes reports whether a failure of this class may pass by itself.
func passes(c retry.Class) bool {
	return c == retry.Transient || c == retry.Ambiguous || c == retry.Overload
}

// classifyRead is classify for what means something else to a read.
func classifyRead(err error) verdict {
	if e, ok := errors.AsType[gocql.RequestError](err); ok {
		switch e.Code() {
		case gocql.ErrCodeReadTimeout:
			return verdict{class: retry.Overload, text: "read timeout"}
		case gocql.ErrCodeReadFailure:
			// Its own trouble, or more tombstones than tombstone_failure_threshold.
			return verdict{class: retry.Ambiguous, text: "a replica failed to read"}
		case gocql.ErrCodeUnauthorized:
			return verdict{class: retry.Configuration, text: "the user may not read the table: grant SELECT on it"}
		}
	}
	return classify(err)
}

// attempt makes one request, to a replica of the row.
func (r *Reader) attempt(ctx context.Context, s *selection) (have []mapping.Stored, found bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{cause: p}
		}
	}()
	top := r.session.topology()
	replicas := top.replicas(top.keyspace(s.table.Keyspace).set(token(s.routing())))
	p := &pin{Context: ctx, replicas: replicas}
	if len(replicas) > 0 {
		p.node = replicas[rand.IntN(len(replicas))]
	}
	q := r.session.link.Load().session.Query(s.text(), s.args()...).WithContext(p).Consistency(r.level)
	iter := q.Iter()
	into := s.targets()
	found = iter.Scan(into.dest...)
	if err := iter.Close(); err != nil {
		return nil, false, err
	}
	if !found {
		return nil, false, nil
	}
	return into.stored(s), true, nil
}
