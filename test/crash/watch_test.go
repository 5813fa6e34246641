//go:build stack && crash

package crash

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// takeoverWithin is how long the partitions of a worker that stays dead may wait
// for the next commit.
const takeoverWithin = sessionTimeout + 5*time.Second

// death is a killed worker with what its partitions had committed.
type death struct {
	at         time.Time
	static     bool
	takeover   bool // it stays dead until others have taken over, and nothing else goes on
	partitions []int
	commits    []commit
	own        int // records of its own beyond them in the table
}

// watch looks at the commits all the time: they never go back, and each
// partition of a killed worker goes on. Its fields are guarded by mu.
type watch struct {
	world  *world
	broken *broken
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	latest  []commit
	waiting map[int]death // by partition
	// How long partitions waited, in all; takeovers apart, by kind of member.
	static, dynamic, takeover spans
}

func (w *watch) start(ctx context.Context) {
	w.waiting = map[int]death{}
	w.latest = make([]commit, partitions)
	for p := range w.latest {
		w.latest[p].offset = -1
	}
	ctx, w.cancel = context.WithCancel(ctx)
	w.work.Go(func() {
		for pause(ctx, 100*time.Millisecond) == nil {
			if at, err := w.world.commits(ctx); err == nil {
				w.observe(at)
			}
		}
	})
	w.world.t.Cleanup(w.stop)
}

// stop may be called more than once.
func (w *watch) stop() {
	w.cancel()
	w.work.Wait()
}

func (w *watch) observe(at []commit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, c := range at {
		if c.offset < w.latest[p].offset {
			w.broken.note("the commit of partition %d went back from %d to %d", p, w.latest[p].offset, c.offset)
		}
		if dead, ok := w.waiting[p]; ok && c.offset > dead.commits[p].offset {
			delete(w.waiting, p)
			w.spansOf(dead).add(time.Since(dead.at))
		}
	}
	w.latest = at
}

func (w *watch) spansOf(dead death) *spans {
	switch {
	case dead.takeover:
		return &w.takeover
	case dead.static:
		return &w.static
	default:
		return &w.dynamic
	}
}

// times gives how long partitions waited, for a summary.
func (w *watch) times() (takeover, static, dynamic spans) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.takeover, w.static, w.dynamic
}

// await begins to wait for the partitions of a killed worker. One that waits
// already waits for the later death.
func (w *watch) await(dead death) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range dead.partitions {
		w.waiting[p] = dead
	}
}

// unresolved gives an error while partitions wait.
func (w *watch) unresolved() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, dead := range w.waiting {
		return fmt.Errorf("partition %d has had no commit since its worker was killed %v ago", p, time.Since(dead.at).Round(100*time.Millisecond))
	}
	return nil
}

// atWork gives an error while some partition has nothing committed.
func (w *watch) atWork() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, c := range w.latest {
		if c.offset <= 0 {
			return fmt.Errorf("nothing of partition %d is committed", p)
		}
	}
	return nil
}

func (w *watch) commits() (sum int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.latest {
		sum += max(0, c.offset)
	}
	return sum
}

// awaitTakeover waits until others have taken over what the dead worker had, and
// notes when that takes too long. Where servers are away too, it may.
func (r *run) awaitTakeover(undisturbed bool) {
	r.t.Helper()
	limit := takeoverWithin
	if !undisturbed {
		limit = 2 * time.Minute
	}
	err := poll(r.t.Context(), limit, "others have taken over", func() error {
		r.progress()
		return r.watch.unresolved()
	})
	if err != nil {
		r.broken.note("%v", err)
	}
}
