//go:build stack && crash

package crash

import (
	"slices"
	"time"
)

// tally counts what a run has done and seen. It belongs to the driver's goroutine.
type tally struct {
	wanted, planned, done     int // kills; steps; steps
	told                      time.Time
	steps                     [nSteps]int
	kills, counted, uncounted int // kills in all; those with rows beyond a commit; those without
	beyond, mostBeyond        int // rows beyond a commit, of the worker that was killed
	again                     int // records seen beyond a commit, which the next owner writes again
	cut                       int // connections
}

// spans are how long things took.
type spans struct{ all []time.Duration }

func (s *spans) add(d time.Duration) { s.all = append(s.all, d) }

func (s *spans) count() int { return len(s.all) }

// at gives a quantile, 0 without any.
func (s *spans) at(share float64) time.Duration {
	if len(s.all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.all))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))].Round(10 * time.Millisecond)
}
