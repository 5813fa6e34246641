package sink

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"ingest/retry"
)

// Deps is what the package is given. Now may be nil for time.Now.
type Deps struct {
	Log   *slog.Logger
	Meter metric.Meter
	// Tracer, which may be nil, makes a span for each attempt to write.
	Tracer trace.Tracer
	// Waiting is told why writes make no progress, and "" when they do again.
	// It may be called from any goroutine and must not block.
	Waiting func(reason string)
	// SchemaChanged, which may be nil, is told of a table that no longer is what
	// a row's plan was made for. The row is tried again until its context ends;
	// whoever made the plan ends it and makes another. It must not block.
	SchemaChanged func(table string)
	// Refused, which may be nil, is told of a table to which writes keep failing
	// until a person does something, and what. Rows are tried again as above. It
	// must not block.
	Refused func(table, reason string)
	Now     func() time.Time
}

func (d Deps) now() func() time.Time {
	if d.Now == nil {
		return time.Now
	}
	return d.Now
}

// Session is the way to a cluster. It is safe for concurrent use.
type Session struct {
	opener  *opener
	limiter *limiter      // of all writers together
	mark    string        // ends the texts of its statements: see statementText
	texts   atomic.Uint64 // texts made so far
	now     func() time.Time
	link    atomic.Pointer[link]

	// unreachable is when requests began to find no node, in nanoseconds since
	// 1970; 0 while they find one. Writers of it: all requests. Reader: own.
	unreachable atomic.Int64

	// newest is the node that showed a changed schema last; nil before one did.
	// Writer: WatchSchema. Readers: those of the schema.
	newest atomic.Pointer[node]

	// leftOut is what the log has heard of, see leaveOut.
	leftOut sync.Map

	stop  context.CancelFunc
	owner sync.WaitGroup
}

// A session that has found no node for rebuildAfter is made anew, because the
// driver resolves its contact points again only then.
const (
	rebuildAfter = 2 * time.Minute
	ownerTick    = 5 * time.Second
)

// Connect makes a session. It tries for as long as it takes and tells
// Deps.Waiting and the log why; it returns an error only when ctx ends or when
// the configuration cannot work: TLS files that cannot be read, several data
// centres and none named.
func Connect(ctx context.Context, c Config, d Deps) (*Session, error) {
	nodes := &registry{nodes: map[string]*node{}, proxied: c.Cassandra.behindBundle()}
	s := &Session{
		opener:  &opener{config: c.Cassandra, nodes: nodes, log: d.Log},
		limiter: newLimiter(c.InFlight.Requests, d.now()), mark: rand.Text(),
		now: d.now(),
	}
	backoff := retry.Backoff{Config: c.Retry}
	var logged time.Time
	for {
		l, err := s.open(ctx)
		if err == nil {
			s.link.Store(l)
			d.Waiting("")
			break
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if _, ok := errors.AsType[*unusable](err); ok {
			return nil, err
		}
		if now := s.now(); now.Sub(logged) >= logEvery {
			logged = now
			d.Log.Warn("cannot connect to Cassandra, will try again", "error", err, "attempt", backoff.Attempts()+1)
		}
		d.Waiting("cannot connect to Cassandra: " + err.Error())
		if err := backoff.Wait(ctx); err != nil {
			return nil, err
		}
	}
	life, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.owner.Go(func() { s.own(life) })
	return s, nil
}

// open connects and learns how the keyspaces are replicated.
func (s *Session) open(ctx context.Context) (*link, error) {
	l, err := s.opener.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := l.readReplication(ctx); err != nil {
		l.session.Close()
		return nil, err
	}
	return l, nil
}

// own keeps the session alive until ctx ends. It is the only goroutine that
// replaces it.
func (s *Session) own(ctx context.Context) {
	ticker := time.NewTicker(ownerTick)
	defer ticker.Stop()
	for {
		current := s.link.Load()
		select {
		case <-ctx.Done():
			return
		case <-current.policy.changed:
			if err := current.readReplication(ctx); err != nil && ctx.Err() == nil {
				s.opener.log.Warn("cannot read how keyspaces are replicated; rows go where they did", "error", err)
			}
		case <-ticker.C:
			s.rebuildIfLost(ctx, current)
		}
	}
}

// rebuildIfLost replaces a session that has found no node for long.
func (s *Session) rebuildIfLost(ctx context.Context, current *link) {
	since := s.unreachable.Load()
	if since == 0 || s.now().Sub(time.Unix(0, since)) < rebuildAfter {
		return
	}
	next, err := s.open(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.opener.log.Warn("cannot make a new session with Cassandra, will try again", "error", err)
		}
		return
	}
	s.opener.log.Info("made a new session with Cassandra")
	s.unreachable.Store(0)
	s.link.Store(next)
	current.session.Close()
}

// observe notes whether a request found a node.
func (s *Session) observe(found bool) {
	switch {
	case found && s.unreachable.Load() != 0:
		s.unreachable.Store(0)
	case !found:
		s.unreachable.CompareAndSwap(0, s.now().UnixNano())
	}
}

// topology gives the current placement of partitions.
func (s *Session) topology() *topology { return s.link.Load().policy.topology.Load() }

// newMark gives the end of a text that nobody has had prepared: see statementText.
func (s *Session) newMark() string {
	return s.mark + " " + strconv.FormatUint(s.texts.Add(1), 36)
}

// Close ends the session. Writers must be closed before.
func (s *Session) Close() {
	s.stop()
	s.owner.Wait()
	s.link.Load().session.Close()
}
