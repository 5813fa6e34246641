package telemetry

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// ErrStuck says that a loop no longer turns.
var ErrStuck = errors.New("a loop no longer turns")

// Watchdog notices that a loop no longer turns. Beat costs an atomic write.
type Watchdog struct {
	loop  string
	limit time.Duration
	epoch time.Time    // for a monotonic clock in an integer
	last  atomic.Int64 // nanoseconds since epoch, plus 1; 0: not watching
}

// Beat says that the loop turned. A failed attempt is a turn too.
func (w *Watchdog) Beat() { w.last.Store(int64(time.Since(w.epoch)) + 1) }

// Rest stops watching until the next Beat, for a loop that ends or pauses on
// purpose.
func (w *Watchdog) Rest() { w.last.Store(0) }

// silence gives the time since the last beat, 0 while not watching.
func (w *Watchdog) silence() time.Duration {
	last := w.last.Load()
	if last == 0 {
		return 0
	}
	return time.Since(w.epoch) - time.Duration(last-1)
}

// WaitStuck returns an ErrStuck as soon as a watched loop is stuck, checking
// every interval, and nil when ctx ends. It ends processes that nobody probes.
func (h *Health) WaitStuck(ctx context.Context, interval time.Duration) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if stuck := h.Stuck(); len(stuck) > 0 {
				return fmt.Errorf("%w: %s: %s", ErrStuck, stuck[0].Component, stuck[0].Reason)
			}
		}
	}
}
