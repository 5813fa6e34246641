package sink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// limiterModel is what the limiter must be, said simply.
type limiterModel struct {
	most    int
	now     time.Duration
	nodes   []nodeModel
	holds   [][]int // ids of who holds room on each node
	waiting []claim // in order
}

type nodeModel struct {
	limit float64
	cut   time.Duration
	was   bool // cut before
}

type claim struct {
	id    int
	nodes []int
}

func (m *limiterModel) free(c claim) []int {
	var free []int
	for _, n := range c.nodes {
		if len(m.holds[n]) < int(m.nodes[n].limit) {
			free = append(free, n)
		}
	}
	return free
}

// release gives room back and adapts the node's limit.
func (m *limiterModel) release(n, at int, o outcome) {
	m.holds[n] = slices.Delete(m.holds[n], at, at+1)
	node := &m.nodes[n]
	switch {
	case o == outcomeGood:
		node.limit = min(node.limit+1/node.limit, float64(m.most))
	case o == outcomeOverload && (!node.was || m.now-node.cut >= cutEvery):
		node.limit, node.cut, node.was = max(node.limit/2, 1), m.now, true
	}
}

// settle serves claims in order: whoever finds room has it, on a node of its own
// choice among those that have room; whoever finds none has none.
func (m *limiterModel) settle(granted map[int]int) error {
	kept := m.waiting[:0]
	for _, c := range m.waiting {
		free := m.free(c)
		n, got := granted[c.id]
		switch {
		case got && !slices.Contains(free, n):
			return fmt.Errorf("claim %d got node %d, and only %v had room", c.id, n, free)
		case !got && len(free) > 0:
			return fmt.Errorf("claim %d waits although %v have room", c.id, free)
		case got:
			m.holds[n] = append(m.holds[n], c.id)
			delete(granted, c.id)
		default:
			kept = append(kept, c)
		}
	}
	m.waiting = kept
	if len(granted) > 0 {
		return fmt.Errorf("granted, and not asked for: %v", granted)
	}
	return nil
}

// leave takes a claim out.
func (m *limiterModel) leave(id int) {
	m.waiting = slices.DeleteFunc(m.waiting, func(c claim) bool { return c.id == id })
}

// What may happen to a limiter.
const (
	claims = iota
	releases
	releasesAsOneGivesUp // who may be served by it all the same
	givesUp
	timePasses
)

// step is something that happens to a limiter.
type step struct {
	kind  int
	nodes []int
	which int
	out   outcome
	d     time.Duration
}

func drawSteps(t *rapid.T, nodes int) []step {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		s := step{kind: rapid.SampledFrom([]int{claims, claims, claims, releases, releases, releasesAsOneGivesUp, givesUp, timePasses}).Draw(t, "kind")}
		s.nodes = rapid.SliceOfNDistinct(rapid.IntRange(0, nodes-1), 1, nodes, rapid.ID).Draw(t, "nodes")
		s.which = rapid.IntRange(0, 1000).Draw(t, "which")
		s.out = rapid.SampledFrom([]outcome{outcomeNone, outcomeGood, outcomeOverload}).Draw(t, "outcome")
		s.d = time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond
		return s
	}), 1, 80).Draw(t, "steps")
}

// trial drives a limiter and its model by the same steps.
type trial struct {
	limiter *limiter
	model   limiterModel
	nodes   []*node
	start   time.Time
	granted chan [2]int // claim, node
	stops   map[int]context.CancelCauseFunc
	ended   chan int // claims that gave up
	next    int
}

func (tr *trial) do(ctx context.Context, s step) error {
	gaveUp, leaver := -1, -1
	switch s.kind {
	case claims:
		tr.claim(ctx, s.nodes)
	case releases, releasesAsOneGivesUp:
		if len(tr.model.waiting) > 0 && s.kind == releasesAsOneGivesUp {
			leaver = tr.model.waiting[0].id
			tr.stops[leaver](errGaveUp)
		}
		if n := s.nodes[0]; len(tr.model.holds[n]) > 0 {
			tr.model.release(n, s.which%len(tr.model.holds[n]), s.out)
			tr.limiter.release(tr.nodes[n], s.out)
		}
	case givesUp:
		if len(tr.model.waiting) > 0 {
			at := s.which % len(tr.model.waiting)
			gaveUp = tr.model.waiting[at].id
			tr.model.leave(gaveUp)
			tr.stops[gaveUp](errGaveUp)
		}
	case timePasses:
		time.Sleep(s.d)
		tr.model.now = time.Since(tr.start)
	}
	synctest.Wait()
	granted := map[int]int{}
	for len(tr.granted) > 0 {
		g := <-tr.granted
		granted[g[0]] = g[1]
	}
	for len(tr.ended) > 0 {
		switch id := <-tr.ended; id {
		case leaver: // it had room or not: nobody may see that
			tr.model.leave(id)
		case gaveUp:
			gaveUp = -1
		default:
			return fmt.Errorf("claim %d ended by itself", id)
		}
	}
	if gaveUp >= 0 {
		return fmt.Errorf("claim %d gave up and waits on", gaveUp)
	}
	return cmp.Or(tr.model.settle(granted), tr.compare())
}

var errGaveUp = errors.New("gave up")

func (tr *trial) claim(ctx context.Context, among []int) {
	id := tr.next
	tr.next++
	tr.model.waiting = append(tr.model.waiting, claim{id, among})
	ctx, tr.stops[id] = context.WithCancelCause(ctx)
	var nodes []*node
	for _, n := range among {
		nodes = append(nodes, tr.nodes[n])
	}
	go func() {
		n, err := tr.limiter.acquire(ctx, nodes)
		switch {
		case err == nil:
			tr.granted <- [2]int{id, slices.Index(tr.nodes, n)}
		case errors.Is(err, errGaveUp):
			tr.ended <- id
		}
	}()
}

// compare holds the limiter against its model.
func (tr *trial) compare() error {
	for i, n := range tr.nodes {
		limit, held := tr.model.nodes[i].limit, len(tr.model.holds[i])
		tr.limiter.mu.Lock()
		gotLimit, gotHeld := tr.limiter.limitOf(n), n.inFlight
		tr.limiter.mu.Unlock()
		if gotLimit != limit || gotHeld != held {
			return fmt.Errorf("node %d: limit %v, %d in flight; want %v and %d", i, gotLimit, gotHeld, limit, held)
		}
		if limit < 1 || limit > float64(tr.model.most) || held > tr.model.most {
			return fmt.Errorf("node %d: limit %v, %d in flight of at most %d", i, limit, held, tr.model.most)
		}
	}
	return nil
}

// Whatever comes, the limiter does what the model does: nobody waits who finds
// room, nobody has room beyond a limit, limits rise and fall as they should.
func TestTheLimiterAgreesWithAModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		nodes, most := rapid.IntRange(1, 3).Draw(rt, "nodes"), rapid.IntRange(1, 6).Draw(rt, "most")
		steps := drawSteps(rt, nodes)
		var fault error
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			tr := &trial{limiter: newLimiter(most, time.Now), start: time.Now(), granted: make(chan [2]int, 100), ended: make(chan int, 100), stops: map[int]context.CancelCauseFunc{},
				model: limiterModel{most: most, nodes: make([]nodeModel, nodes), holds: make([][]int, nodes)}}
			for i := range nodes {
				tr.nodes = append(tr.nodes, &node{id: fmt.Sprint(i)})
				tr.model.nodes[i].limit = float64(most)
			}
			for i, s := range steps {
				if err := tr.do(ctx, s); err != nil {
					fault = fmt.Errorf("after step %d, %+v: %w", i, s, err)
					return
				}
			}
		})
		if fault != nil {
			rt.Fatal(fault)
		}
	})
}
