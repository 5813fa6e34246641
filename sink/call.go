package sink

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gocql/gocql"
	"go.opentelemetry.io/otel/trace"

	"ingest/mapping"
	"ingest/retry"
)

// call is one Write and the batches it started.
type call struct {
	w      *Writer
	done   Done
	ctx    context.Context // ends with the caller's, or when Close no longer waits
	cancel context.CancelFunc
	unhook func() bool
	users  atomic.Int64 // Write itself and its running batches
}

func newCall(ctx context.Context, w *Writer, done Done) *call {
	c := &call{w: w, done: done}
	inner, cancel := context.WithCancelCause(ctx)
	c.ctx, c.cancel = inner, func() { cancel(nil) }
	c.unhook = context.AfterFunc(w.life, func() { cancel(context.Cause(w.life)) })
	c.users.Store(1)
	return c
}

// leave ends the call's context with its last user.
func (c *call) leave() {
	if c.users.Add(-1) == 0 {
		c.unhook()
		c.cancel()
	}
}

// start waits for room and runs a batch.
func (c *call) start(b *batch, replicas []*node) error {
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	if err := c.w.pace.wait(c.ctx, len(b.rows)); err != nil {
		return err
	}
	if len(replicas) == 0 {
		replicas = c.w.session.topology().replicas(0)
	}
	n, err := c.w.session.limiter.acquire(c.ctx, replicas)
	if err != nil {
		return err
	}
	c.users.Add(1)
	c.w.running.Add(1)
	r := &run{call: c, level: b.level, replicas: replicas, node: n}
	go func() {
		defer c.w.running.Done()
		defer c.leave()
		r.settle(b.rows)
		r.end()
	}()
	return nil
}

// run is one batch on its way, until every row has its outcome. Its goroutine
// owns it.
type run struct {
	*call
	level    gocql.Consistency
	replicas []*node
	node     *node // whose room the run holds; nil once lost to the end of ctx
	last     outcome
	failing  bool // counted by health
}

// A batch whose rows may be at fault for a server's failure is taken apart after
// suspectAttempts; a row alone is given up only then, too.
const suspectAttempts = 8

// suspectSize is the size, in bytes, from which a single row that replicas
// keep failing on is taken for too large. Half of it is the smallest mutation
// that a sensible commit log refuses; nothing else about one row makes replicas
// fail, so a smaller one waits for the replicas to recover.
const suspectSize = 1 << 20

// pending is some rows of a run that have no outcome yet.
type pending struct {
	rows    []*mapping.Row
	backoff retry.Backoff
	began   time.Time // when they, maybe among others, were first tried
	since   uint64    // Writer.succeeded then
}

// settle writes rows until each has its outcome: it tries again what may heal,
// and takes apart what may hold a row that never will. A row alone on which the
// server keeps failing waits behind the others: that they get through is what
// tells that it is the row.
func (r *run) settle(rows []*mapping.Row) {
	todo := shares(pending{rows: rows, backoff: retry.Backoff{Config: r.w.retry}, began: r.w.now(), since: r.w.succeeded.Load()})
	for len(todo) > 0 {
		p := &todo[0]
		v, ok := r.traced(p.rows, p.backoff.Attempts())
		if ok {
			r.acknowledge(p.rows)
			todo = todo[1:]
			continue
		}
		if r.ctx.Err() != nil {
			return
		}
		if poison := v.uncounted(p.rows[0]); poison != nil {
			r.done(p.rows, poison)
			todo = todo[1:]
			continue
		}
		if v.isolates(p.backoff.Attempts()) && len(p.rows) > 1 {
			todo = r.halve(todo)
			continue
		}
		othersWork := r.w.succeeded.Load() > p.since
		if poison := v.poison(p.rows[0], p.backoff.Attempts(), othersWork); poison != nil && len(p.rows) == 1 {
			r.done(p.rows, poison)
			todo = todo[1:]
			continue
		}
		if r.lasts(p, othersWork) {
			r.fails()
		}
		if !r.again(p.rows, v, &p.backoff) {
			return
		}
		if v.isolates(p.backoff.Attempts()) {
			todo = append(todo[1:], *p)
		}
	}
}

// lasts reports whether a failure is worth telling readiness of. A few attempts
// take long when nothing answers: each waits for its timeout, and then for room
// on a node whose limit has been cut.
func (r *run) lasts(p *pending, othersWork bool) bool {
	return p.backoff.Attempts() >= lastingAttempts || !othersWork && r.w.now().Sub(p.began) >= lastingTime
}

// fails has health count the run among those that keep failing.
func (r *run) fails() {
	if !r.failing {
		r.failing = true
		r.w.health.failed()
	}
}

// halve puts the two halves of the first rows in their place.
func (r *run) halve(todo []pending) []pending {
	whole := todo[0]
	half := len(whole.rows) / 2
	first, second := whole, whole
	first.rows, second.rows = whole.rows[:half:half], whole.rows[half:]
	first.backoff, second.backoff = retry.Backoff{Config: r.w.retry}, retry.Backoff{Config: r.w.retry}
	todo[0] = first
	return slices.Insert(todo, 1, second)
}

// traced is attempt within a span, if the caller's is recorded.
func (r *run) traced(rows []*mapping.Row, try int) (verdict, bool) {
	if r.w.spans.tracer == nil || !trace.SpanFromContext(r.ctx).IsRecording() {
		return r.attempt(r.ctx, rows)
	}
	ctx, span := r.w.spans.attempt(r.ctx, rows, r.node, r.level, try)
	defer span.End()
	v, ok := r.attempt(ctx, rows)
	if !ok {
		failed(span, v)
	}
	return v, ok
}

// attempt makes one request, records how it went, and says whether the rows
// are acknowledged. The verdict means nothing once ctx has ended.
func (r *run) attempt(ctx context.Context, rows []*mapping.Row) (verdict, bool) {
	start := r.w.now()
	err := r.w.send(ctx, r, rows, start)
	took := r.w.now().Sub(start)
	if err == nil {
		r.last = outcomeGood
		r.w.metrics.attempt(len(rows), sizeOf(rows), took, nClasses)
		return verdict{}, true
	}
	if r.ctx.Err() != nil {
		return verdict{}, false
	}
	v := classify(err)
	r.last = outcomeNone
	if v.class == retry.Overload {
		r.last = outcomeOverload
	}
	r.w.session.observe(!v.unreachable)
	r.w.metrics.attempt(len(rows), sizeOf(rows), took, int(v.class))
	return v, false
}

func sizeOf(rows []*mapping.Row) int64 {
	var bytes int64
	for _, row := range rows {
		bytes += int64(row.Size)
	}
	return bytes
}

func (r *run) acknowledge(rows []*mapping.Row) {
	r.w.succeeded.Add(1)
	r.w.session.observe(true)
	r.done(rows, nil)
}

// again waits before the next attempt and looks for a node with room. It is
// false when ctx ended.
func (r *run) again(rows []*mapping.Row, v verdict, backoff *retry.Backoff) bool {
	r.w.metrics.retry(v.class)
	r.w.report(r, rows[0].Statement.Table, v, backoff.Attempts())
	if backoff.Wait(r.ctx) != nil {
		return false
	}
	r.w.session.limiter.release(r.node, r.last)
	r.node, r.last = nil, outcomeNone
	next, acquireErr := r.w.session.limiter.acquire(r.ctx, r.replicas)
	if acquireErr != nil {
		return false
	}
	r.node = next
	return true
}

// end gives back what the run holds.
func (r *run) end() {
	if r.failing {
		r.w.health.recovered()
	}
	if r.node != nil {
		r.w.session.limiter.release(r.node, r.last)
	}
}

// isolates reports whether the rows must be tried in smaller groups.
func (v verdict) isolates(attempts int) bool {
	switch v.class {
	case retry.Oversized, retry.Invalid:
		return true
	}
	return v.suspect && attempts >= suspectAttempts
}

// poison says why a single row can never be written; nil when it may be.
func (v verdict) poison(row *mapping.Row, attempts int, othersWork bool) *retry.Poison {
	p := &retry.Poison{Reason: retry.ReasonRejected, Table: row.Statement.Table.FullName(), Err: errorText(v.text)}
	switch {
	case v.class == retry.Oversized:
		p.Reason = retry.ReasonOversized
	case v.class == retry.Invalid:
	case v.suspect && attempts >= suspectAttempts && othersWork && (v.onlyRequest || row.Size >= suspectSize):
		if row.Size >= suspectSize {
			p.Reason = retry.ReasonOversized
		}
	default:
		return nil
	}
	return p
}

// errorText is a fixed text as an error.
type errorText string

func (e errorText) Error() string { return string(e) }

// report tells log, readiness and whoever watches the tables of a failure that
// will be tried again.
func (w *Writer) report(r *run, t *mapping.Table, v verdict, attempts int) {
	if r.failing {
		w.health.reason(v, t.FullName())
	}
	w.health.logFailure(r.ctx, v, t.FullName(), attempts)
	if v.class == retry.Schema && w.deps.SchemaChanged != nil {
		w.deps.SchemaChanged(t.FullName())
	}
	if v.class == retry.Configuration && r.failing && w.deps.Refused != nil {
		w.deps.Refused(t.FullName(), v.text)
	}
}
