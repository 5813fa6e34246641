package sink

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gocql/gocql"
)

// node is one Cassandra node that requests go to. It outlives the driver's
// sessions, so that what was learnt about it is kept.
type node struct {
	id      string // Cassandra's host id
	proxied bool   // its address is nothing that anybody dials: see proxied.go

	host atomic.Pointer[gocql.HostInfo] // the driver's current view; empty in tests

	// The fields below are guarded by limiter.mu.
	inFlight int
	limit    float64   // requests at once; at least 1, at most the limiter's
	cut      time.Time // when the limit was last cut
}

// address is where the driver reaches the node, without its port; its id while
// that is not known, or behind a proxy.
func (n *node) address() string {
	if h := n.host.Load(); h != nil && !n.proxied {
		return h.ConnectAddress().String()
	}
	return n.id
}

// up reports whether the driver believes that the node can be reached.
func (n *node) up() bool {
	h := n.host.Load()
	return h == nil || h.IsUp()
}

// limiter bounds the requests in flight to each node. The bound adapts by
// additive increase and multiplicative decrease (Chiu and Jain, 1989): a full
// window of successes adds one request, a sign of overload halves the bound, at
// most once in cutEvery, since all requests of one window tell of the same
// overload.
type limiter struct {
	most int // bound on every node's limit
	now  func() time.Time

	mu      sync.Mutex
	turn    int // spreads requests over replicas
	waiting []*waiter
}

// waiter is a request that no replica had room for.
type waiter struct {
	nodes []*node
	got   chan *node // buffered, one node
}

const cutEvery = time.Second

func newLimiter(most int, now func() time.Time) *limiter {
	return &limiter{most: most, now: now}
}

// outcome is what a request told about its node.
type outcome uint8

const (
	outcomeNone outcome = iota // nothing about the node's load
	outcomeGood
	outcomeOverload // overload and timeouts
)

// acquire waits for room on one of the nodes, those that are up first, and
// takes it. Waiting requests are served in order. It ends with ctx.
func (l *limiter) acquire(ctx context.Context, nodes []*node) (*node, error) {
	l.mu.Lock()
	if n := l.room(nodes); n != nil {
		n.inFlight++
		l.mu.Unlock()
		return n, nil
	}
	w := &waiter{nodes: nodes, got: make(chan *node, 1)}
	l.waiting = append(l.waiting, w)
	l.mu.Unlock()

	select {
	case n := <-w.got:
		return n, nil
	case <-ctx.Done():
		l.abandon(w)
		return nil, context.Cause(ctx)
	}
}

// abandon takes a waiter out, or gives back what it was given meanwhile.
func (l *limiter) abandon(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case n := <-w.got:
		n.inFlight--
		l.serve()
		return
	default:
	}
	for i, other := range l.waiting {
		if other == w {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return
		}
	}
}

// room finds the next node in turn with room; nodes that are down count only
// when none is up. It is called with the lock held.
func (l *limiter) room(nodes []*node) *node {
	l.turn++
	anyUp := false
	for _, wantUp := range [...]bool{true, false} {
		for i := range nodes {
			n := nodes[(l.turn+i)%len(nodes)]
			if n.up() != wantUp {
				continue
			}
			anyUp = anyUp || wantUp
			if n.inFlight < int(l.limitOf(n)) {
				return n
			}
		}
		if anyUp {
			return nil
		}
	}
	return nil
}

func (l *limiter) limitOf(n *node) float64 {
	if n.limit == 0 {
		n.limit = float64(l.most)
	}
	return n.limit
}

// release gives a node's room back and adapts its limit.
func (l *limiter) release(n *node, o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n.inFlight--
	limit := l.limitOf(n)
	switch o {
	case outcomeGood:
		n.limit = min(limit+1/limit, float64(l.most))
	case outcomeOverload:
		if now := l.now(); now.Sub(n.cut) >= cutEvery {
			n.cut = now
			n.limit = max(limit/2, 1)
		}
	}
	l.serve()
}

// serve hands room to those who wait, in order. A waiter whose nodes are full
// does not hold up others. It is called with the lock held.
func (l *limiter) serve() {
	kept := l.waiting[:0]
	for _, w := range l.waiting {
		if n := l.room(w.nodes); n != nil {
			n.inFlight++
			w.got <- n
			continue
		}
		kept = append(kept, w)
	}
	clear(l.waiting[len(kept):])
	l.waiting = kept
}

// inFlight counts the requests in flight to some nodes.
func (l *limiter) inFlight(nodes []*node) int64 {
	var sum int64
	for _, load := range l.loads(nodes) {
		sum += int64(load.inFlight)
	}
	return sum
}

// load is what a node carries and what it may.
type load struct {
	node     *node
	inFlight int // requests
	limit    int // requests at once
}

// loads gives the loads of some nodes, in their order.
func (l *limiter) loads(nodes []*node) []load {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]load, len(nodes))
	for i, n := range nodes {
		out[i] = load{node: n, inFlight: n.inFlight, limit: int(l.limitOf(n))}
	}
	return out
}
