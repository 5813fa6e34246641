package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"ingest/mapping"
	"ingest/pipeline/deadletter"
)

// chunk is a run of letters that are written together.
type chunk struct {
	letters []*deadletter.Stored
	bytes   int
	buf     *mapping.Buffer

	mu       sync.Mutex
	pending  []int    // rows without an outcome, for each letter
	failures []string // what keeps each letter from being written, empty for nothing
	open     int      // rows without an outcome
	settled  chan struct{}
}

// add takes the letter whose rows and poison are the last of the buffer.
func (c *chunk) add(l *deadletter.Stored, rows int) {
	c.letters = append(c.letters, l)
	c.bytes += len(l.Record.Key) + len(l.Record.Value)
	c.pending = append(c.pending, rows)
	c.failures = append(c.failures, "")
	c.open += rows
	for _, p := range c.buf.Poison {
		c.fail(p.Record, p.Err)
	}
	c.buf.Poison = c.buf.Poison[:0]
}

func (c *chunk) fail(letter int32, err error) {
	if c.failures[letter] == "" {
		c.failures[letter] = err.Error()
	}
}

// done takes the outcome of rows. It is the sink's callback.
func (c *chunk) done(rows []*mapping.Row, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, row := range rows {
		c.pending[row.Record]--
		if err != nil {
			c.fail(row.Record, err)
		}
	}
	if c.open -= len(rows); c.open == 0 {
		close(c.settled)
	}
}

// Flush writes what was added and gives every letter its outcome. It must be
// called at the end, also when Add or the reading of letters failed.
func (r *Replay) Flush(ctx context.Context) error {
	c := r.chunk
	if len(c.letters) == 0 {
		return nil
	}
	// The sink may read the rows of an ended context until it is closed.
	r.chunk = &chunk{buf: &mapping.Buffer{}}
	if r.options.DryRun {
		r.count(c, verdicts{make([]int, len(c.letters)), c.failures}, nil)
		return nil
	}
	err := r.write(ctx, c)
	v := c.verdicts()
	markErr := r.mark(ctx, v.written(c.letters))
	r.count(c, v, markErr)
	return errors.Join(err, markErr)
}

// write returns once every row has its outcome, or ctx has ended.
func (r *Replay) write(ctx context.Context, c *chunk) error {
	if c.open == 0 {
		return nil
	}
	c.settled = make(chan struct{})
	if err := r.deps.Sink.Write(ctx, c.buf.Rows, c.done); err != nil {
		return err
	}
	select {
	case <-c.settled:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// verdicts are how the letters of a chunk stand, by their place in it.
type verdicts struct {
	pending  []int
	failures []string
}

// verdicts takes the moment: what the sink says later about rows of an ended
// context no longer counts.
func (c *chunk) verdicts() verdicts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return verdicts{slices.Clone(c.pending), slices.Clone(c.failures)}
}

func (v *verdicts) isWritten(i int) bool { return v.pending[i] == 0 && v.failures[i] == "" }

// written gives the letters of which nothing is left to write.
func (v *verdicts) written(letters []*deadletter.Stored) []*deadletter.Stored {
	var out []*deadletter.Stored
	for i, l := range letters {
		if v.isWritten(i) {
			out = append(out, l)
		}
	}
	return out
}

// markWithin is how long marks may take once the replay is told to stop.
const markWithin = 5 * time.Second

// mark marks letters as replayed, also when ctx has ended meanwhile: they are
// written.
func (r *Replay) mark(ctx context.Context, letters []*deadletter.Stored) error {
	if len(letters) == 0 {
		return nil
	}
	marking, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(markWithin, func() { cancel(context.Cause(ctx)) })
	})()
	if err := r.deps.Mark(marking, letters); err != nil {
		return fmt.Errorf("marking letters as replayed: %w", err)
	}
	return nil
}

// count gives the letters of a chunk their outcomes.
func (r *Replay) count(c *chunk, v verdicts, unmarked error) {
	rows := make([]int, len(c.letters))
	for i := range c.buf.Rows {
		row := &c.buf.Rows[i]
		rows[row.Record]++
		if v.isWritten(int(row.Record)) {
			r.summary.wrote(row.Statement.Table.FullName())
		}
	}
	for i, l := range c.letters {
		switch {
		case v.failures[i] != "":
			r.summary.add(l, Failed, v.failures[i])
		case v.pending[i] > 0:
			r.summary.add(l, Interrupted, "")
		case unmarked != nil:
			r.summary.add(l, Unmarked, unmarked.Error())
		case rows[i] == 0:
			r.summary.add(l, NoRows, "")
		default:
			r.summary.add(l, Replayed, "")
		}
	}
}
