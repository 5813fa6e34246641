package verify

import (
	"context"
	"sync"

	"ingest/retry"
)

// compared is one row with what comparing it gave.
type compared struct {
	key     string
	row     *row
	verdict verdict
	err     error
}

// compare reads rows and judges each, several at once. each is called by one
// goroutine, the caller's. Its error is ctx's cause, or what keeps every row of a
// table from being read.
func (v *verifier) compare(ctx context.Context, phase string, rows map[string]*row, each func(compared)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	todo, done := make(chan compared), make(chan compared)
	var readers sync.WaitGroup
	for range v.cfg.Concurrency {
		readers.Go(func() {
			for c := range todo {
				done <- v.look(ctx, c)
			}
		})
	}
	go func() { // ends before done is closed, which the loop below waits for
		for key, r := range rows {
			if ctx.Err() != nil {
				break
			}
			todo <- compared{key: key, row: r}
		}
		close(todo)
		readers.Wait()
		close(done)
	}()
	n, total := int64(0), int64(len(rows))
	for c := range done {
		if c.err != nil && ctx.Err() != nil {
			continue
		}
		if class := retry.ClassOf(c.err); c.err != nil && (class == retry.Schema || class == retry.Configuration) {
			stop(c.err)
			continue
		}
		n++
		v.progress(phase, n, total)
		each(c)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func (v *verifier) look(ctx context.Context, c compared) compared {
	have, found, err := v.deps.Rows.Read(ctx, c.row.table.Table, keyCells(c.row.table, c.key), c.row.table.Columns)
	if err != nil {
		c.err = err
		return c
	}
	c.verdict = judgeRow(c.row, found, have, v.deps.Now())
	return c
}
