package sinktest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"ingest/mapping"
	"ingest/retry"
)

// Fake is a sink in memory. Its methods may be called from any goroutine, the
// settings also while it writes. The zero value is not ready: use NewFake.
type Fake struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and made anew whenever a setting changes
	rows     store
	writes   int
	blocked  bool
	held     bool
	delay    time.Duration
	repeats  int
	batch    int
	random   *rand.Rand
	refuse   func(*mapping.Row) *retry.Poison
	running  sync.WaitGroup
	finished chan struct{} // closed by Close
}

// NewFake makes an empty fake that acknowledges everything soon.
func NewFake() *Fake {
	return &Fake{rows: store{}, changed: make(chan struct{}), finished: make(chan struct{}), batch: 30}
}

func (f *Fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

// Block makes Write wait as if there were no room, until it is given false.
func (f *Fake) Block(on bool) { f.set(func() { f.blocked = on }) }

// Hold makes batches wait before they do anything, as in an outage, until it is
// given false.
func (f *Fake) Hold(on bool) { f.set(func() { f.held = on }) }

// Delay makes every batch take that long.
func (f *Fake) Delay(d time.Duration) { f.set(func() { f.delay = d }) }

// Fail makes the next n batches fail after they were applied, so that they are
// applied again, as after a timeout whose write had landed.
func (f *Fake) Fail(n int) { f.set(func() { f.repeats = n }) }

// Reorder makes the batches of a Write run in an order drawn from seed, one row
// each.
func (f *Fake) Reorder(seed uint64) {
	f.set(func() { f.random, f.batch = rand.New(rand.NewPCG(seed, seed)), 1 })
}

// Refuse asks for every row whether it is poison; nil refuses none. What
// Cassandra refuses by itself, an empty or too long key, is poison anyway.
func (f *Fake) Refuse(refuse func(*mapping.Row) *retry.Poison) { f.set(func() { f.refuse = refuse }) }

// Write is sink.Writer's.
func (f *Fake) Write(ctx context.Context, rows []mapping.Row, done func(rows []*mapping.Row, err error)) error {
	if len(rows) == 0 {
		return nil
	}
	if err := f.await(ctx, func() bool { return f.blocked }); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.finished:
		return errors.New("the fake is closed")
	default:
	}
	f.writes++
	for _, batch := range f.split(rows) {
		f.running.Add(1)
		go f.run(ctx, batch, done)
	}
	return nil
}

// split makes batches; with the lock held.
func (f *Fake) split(rows []mapping.Row) [][]*mapping.Row {
	var batches [][]*mapping.Row
	for start := 0; start < len(rows); start += f.batch {
		var batch []*mapping.Row
		for i := start; i < min(start+f.batch, len(rows)); i++ {
			batch = append(batch, &rows[i])
		}
		batches = append(batches, batch)
	}
	if f.random != nil {
		f.random.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
	}
	return batches
}

// await waits while a setting, read with the lock held, is on.
func (f *Fake) await(ctx context.Context, on func() bool) error {
	for {
		f.mu.Lock()
		waiting, changed := on(), f.changed
		f.mu.Unlock()
		if !waiting {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-f.finished:
			return errors.New("the fake is closed")
		}
	}
}

// run applies one batch and gives its rows their outcomes.
func (f *Fake) run(ctx context.Context, batch []*mapping.Row, done func([]*mapping.Row, error)) {
	defer f.running.Done()
	if f.await(ctx, func() bool { return f.held }) != nil || !f.sleep(ctx) {
		return
	}
	good, poison := f.apply(batch)
	if len(good) > 0 {
		done(good, nil)
	}
	for i := range poison {
		done([]*mapping.Row{poison[i].row}, poison[i].err)
	}
}

func (f *Fake) sleep(ctx context.Context) bool {
	f.mu.Lock()
	delay := f.delay
	f.mu.Unlock()
	if delay <= 0 {
		return ctx.Err() == nil
	}
	return retry.Sleep(ctx, delay) == nil
}

type refused struct {
	row *mapping.Row
	err *retry.Poison
}

func (f *Fake) apply(batch []*mapping.Row) (good []*mapping.Row, poison []refused) {
	f.mu.Lock()
	defer f.mu.Unlock()
	times := 1
	if f.repeats > 0 {
		f.repeats--
		times = 2
	}
	for _, r := range batch {
		if p := f.verdict(r); p != nil {
			poison = append(poison, refused{r, p})
			continue
		}
		for range times {
			f.rows.apply(r)
		}
		good = append(good, r)
	}
	return good, poison
}

// maxKey is the longest key that Cassandra takes, in bytes.
const maxKey = 65535

// verdict says whether a row is poison; with the lock held.
func (f *Fake) verdict(r *mapping.Row) *retry.Poison {
	text := ""
	switch {
	case len(r.Routing) == 0:
		text = "Key may not be empty"
	case len(r.Routing) > maxKey:
		text = "a key is longer than the maximum of 65535 bytes"
	}
	for i, column := range r.Statement.Columns {
		if r.Statement.Table.IsKey(column) && len(r.Cells[i].Data) > maxKey {
			text = "a key is longer than the maximum of 65535 bytes"
		}
	}
	if text != "" {
		return &retry.Poison{Reason: retry.ReasonRejected, Table: r.Statement.Table.FullName(), Err: errors.New(text)}
	}
	if f.refuse != nil {
		return f.refuse(r)
	}
	return nil
}

// Row reads a row by its primary key: its live cells that are not part of the
// key, the partition's static ones among them, and whether it exists.
func (f *Fake) Row(t *mapping.Table, key ...[]byte) (map[string]Cell, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	row := f.rows[t.FullName()][joinKey(key)]
	if row == nil {
		return nil, false
	}
	cells, found := row.live()
	if statics := f.rows[t.FullName()][joinKey(key[:len(t.PartitionKey)])]; statics != nil && statics != row {
		shared, _ := statics.live()
		for name, c := range shared {
			cells[name] = c
		}
	}
	return cells, found
}

// Rows counts the rows of a table that exist.
func (f *Fake) Rows(t *mapping.Table) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, row := range f.rows[t.FullName()] {
		if row.marker > row.deleted {
			n++
		}
	}
	return n
}

// Writes counts the calls of Write that were let in.
func (f *Fake) Writes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.writes
}

// Close lets everything that waits go without an outcome and waits for it. It
// must be called once.
func (f *Fake) Close() {
	f.mu.Lock()
	close(f.finished)
	f.mu.Unlock()
	f.running.Wait()
}
