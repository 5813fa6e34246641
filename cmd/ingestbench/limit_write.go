package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gocql/gocql"
)

// limitWriter sends batches; many goroutines share it.
type limitWriter struct {
	session *gocql.Session
	rows    *rows
	batches *batches
	text    string
	caps    caps
	next    atomic.Int64 // batch
	retries atomic.Int64
}

// insertText is the statement of all rows of a shape.
func insertText(s *shape) string {
	var names []string
	for _, c := range s.columns() {
		names = append(names, c.name)
	}
	return "INSERT INTO " + tableName(s) + " (" + strings.Join(names, ", ") + ") VALUES (?" +
		strings.Repeat(", ?", len(names)-1) + ") USING TIMESTAMP ?"
}

// cell is a value that is ready for the driver, which gets a pointer to it: that
// allocates nothing.
type cell []byte

// MarshalCQL hands the bytes out.
func (c *cell) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return *c, nil }

// slot is the memory for one batch in flight.
type slot struct {
	cells   []cell
	args    []any
	entries []gocql.BatchEntry
}

// work sends batches until none is left.
func (w *limitWriter) work(ctx context.Context) error {
	var s slot
	s.cells = make([]cell, 0, w.caps.Rows*(columnCount+1))
	for {
		batch := int(w.next.Add(1)) - 1
		if batch >= w.batches.len() {
			return nil
		}
		if err := w.send(ctx, &s, w.batches.rows(batch)); err != nil {
			return err
		}
	}
}

// sendAttempts bounds how often one batch is tried.
const sendAttempts = 10

// send tries until a batch is written.
func (w *limitWriter) send(ctx context.Context, s *slot, batch []int32) error {
	for attempt := 1; ; attempt++ {
		err := w.try(ctx, s, batch)
		if err == nil {
			return nil
		}
		if attempt == sendAttempts {
			return fmt.Errorf("writing a batch: %w", err)
		}
		w.retries.Add(1)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Duration(attempt) * 100 * time.Millisecond):
		}
	}
}

func (w *limitWriter) try(ctx context.Context, s *slot, batch []int32) error {
	s.bind(w.rows, batch, w.text)
	if len(batch) == 1 {
		q := w.session.Query(w.text, s.args...).WithContext(ctx)
		err := q.Exec()
		q.Release()
		return err
	}
	b := w.session.NewBatch(gocql.UnloggedBatch).WithContext(ctx)
	b.Entries = s.entries
	return w.session.ExecuteBatch(b)
}

// bind points the slot's cells at the rows of a batch.
func (s *slot) bind(r *rows, batch []int32, text string) {
	s.cells, s.args, s.entries = s.cells[:0], s.args[:0], s.entries[:0]
	for _, row := range batch {
		first := len(s.args)
		at := r.starts[row]
		for _, length := range r.lengths[row] {
			if length == null {
				s.args = append(s.args, gocql.UnsetValue)
				continue
			}
			s.add(r.data[at : at+uint64(length)])
			at += uint64(length)
		}
		s.add(r.data[at : at+stampSize])
		s.entries = append(s.entries, gocql.BatchEntry{Stmt: text, Args: s.args[first:len(s.args):len(s.args)]})
	}
}

// add binds one value. The cells never grow: they have room for a full batch.
func (s *slot) add(value []byte) {
	s.cells = append(s.cells, value)
	s.args = append(s.args, &s.cells[len(s.cells)-1])
}
