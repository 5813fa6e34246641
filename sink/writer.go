package sink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/retry"
)

// ErrClosed is what Write returns after Close.
var ErrClosed = errors.New("the writer is closed")

// Done hears the outcome of rows: nil when they are acknowledged at their
// consistency level, or the *retry.Poison that says why they never will be.
type Done = func(rows []*mapping.Row, err error)

// Writer writes rows. It is safe for concurrent use; lanes share one.
type Writer struct {
	session *Session
	caps    caps
	level   gocql.Consistency
	retry   retry.Config
	pace    pace
	metrics *metrics
	spans   spans
	log     *slog.Logger
	health  health
	deps    Deps
	now     func() time.Time

	statements sync.Map // *mapping.Statement to *statementInfo
	known      atomic.Int64
	succeeded  atomic.Uint64 // requests acknowledged so far
	groupers   sync.Pool
	attempts   sync.Pool

	running sync.WaitGroup
	life    context.Context // ends when Close no longer waits
	stop    context.CancelCauseFunc
	mu      sync.RWMutex // orders Write against Close
	closed  bool

	// send makes one request, with the rows of a run or some of them.
	send func(ctx context.Context, r *run, rows []*mapping.Row, now time.Time) error
}

// NewWriter makes a writer. The configuration must be valid.
func NewWriter(session *Session, c Config, d Deps) (*Writer, error) {
	level, err := parseConsistency(c.Cassandra.Consistency)
	if err != nil {
		return nil, err
	}
	now := d.now()
	w := &Writer{
		session: session, caps: c.Batch.caps(), level: level, retry: c.Retry,
		pace: pace{rate: float64(c.InFlight.RowsPerSecond), now: now},
		log:  d.Log, deps: d, now: now, spans: spans{d.Tracer},
		health:   health{waiting: d.Waiting, log: d.Log, now: now},
		groupers: sync.Pool{New: func() any { return new(grouper) }},
		attempts: sync.Pool{New: func() any { return new(attempt) }},
	}
	w.send = w.request
	w.life, w.stop = context.WithCancelCause(context.Background())
	w.metrics, err = newMetrics(d.Meter, func() []load { return session.limiter.loads(session.topology().replicas(0)) })
	if err != nil {
		return nil, fmt.Errorf("making the writer's instruments: %w", err)
	}
	return w, nil
}

// Write groups rows into batches and starts them; it blocks while there is no
// room. done is called exactly once for each row, from any goroutine and maybe
// before Write returns. Batches run in any order and more than once if need be.
//
// When ctx ends, rows without an outcome get none, and Write returns the cause.
// Rows and their bytes must stay until each has its outcome or Close returned.
func (w *Writer) Write(ctx context.Context, rows []mapping.Row, done func(rows []*mapping.Row, err error)) error {
	if len(rows) == 0 {
		return nil
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrClosed
	}
	top := w.session.topology()
	batches, err := w.group(rows, top)
	if err != nil {
		return err
	}
	c := newCall(ctx, w, done)
	defer c.leave()
	for i := range batches {
		if err := c.start(&batches[i], top.replicas(batches[i].set)); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) group(rows []mapping.Row, top *topology) ([]batch, error) {
	g := w.groupers.Get().(*grouper)
	defer w.groupers.Put(g)
	return g.group(rows, w.caps, top, w.levelOf)
}

// Close waits until every batch has its outcome. When ctx ends first, it stops
// those that are left and returns the cause. Either way nothing runs and no done
// is called after it has returned. Write must not be waiting for room for ever:
// end its context before.
func (w *Writer) Close(ctx context.Context) error {
	finished := make(chan struct{})
	go func() {
		w.mu.Lock()
		w.closed = true
		w.mu.Unlock()
		w.running.Wait()
		close(finished)
	}()
	var err error
	select {
	case <-finished:
	case <-ctx.Done():
		err = context.Cause(ctx)
		w.stop(err)
		<-finished
	}
	w.stop(ErrClosed)
	return errors.Join(err, w.metrics.close())
}

// request is send with the driver.
func (w *Writer) request(ctx context.Context, r *run, rows []*mapping.Row, now time.Time) error {
	a := w.attempts.Get().(*attempt)
	err := a.run(ctx, w.session.link.Load().session, r.node, r.replicas, r.level, rows, w.info, now)
	a.reset(0)
	w.attempts.Put(a)
	if _, refused := errors.AsType[*retry.Error](err); refused {
		w.renew(rows)
	}
	return err
}

// renewEvery is how often a statement gets another text at most.
const renewEvery = time.Second

// renew makes the driver prepare statements again whose markers a cell has
// refused. What the driver knows of a text stays as it is until the server no
// longer knows it; but what is refused is never sent, so the server would never
// say so. A text that was prepared just before a user-defined type was altered
// would be refused for ever.
func (w *Writer) renew(rows []*mapping.Row) {
	now := w.now()
	for _, row := range rows {
		known, ok := w.statements.Load(row.Statement)
		if ok && now.Sub(known.(*statementInfo).made) >= renewEvery {
			w.statements.CompareAndDelete(row.Statement, known)
		}
	}
}

// maxStatements bounds the texts kept. Statements live as long as a plan; when
// plans have come and gone so often, all are made anew.
const maxStatements = 4096

// info gives what was worked out for a statement.
func (w *Writer) info(st *mapping.Statement) *statementInfo {
	if known, ok := w.statements.Load(st); ok {
		return known.(*statementInfo)
	}
	mark := w.session.newMark()
	made := &statementInfo{text: statementText(st, mark), mark: mark, tuples: hasTuple(st), made: w.now()}
	if w.known.Add(1) > maxStatements {
		w.known.Store(0)
		w.statements.Clear()
	}
	w.statements.Store(st, made)
	return made
}

// levelOf gives a statement's consistency level.
func (w *Writer) levelOf(st *mapping.Statement) (gocql.Consistency, error) {
	if st.Consistency == "" {
		return w.level, nil
	}
	level, err := parseConsistency(st.Consistency)
	if err != nil {
		return 0, fmt.Errorf("consistency of table %s: %w", st.Table.FullName(), err)
	}
	return level, nil
}
