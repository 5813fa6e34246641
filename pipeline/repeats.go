package pipeline

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// repeatEvery bounds how often one thing that happens again and again is logged.
const repeatEvery = 30 * time.Second

// repeats logs the first of many lines that say the same, and then one in a
// while, with the number of those in between. The zero value is ready.
type repeats struct {
	mu     sync.Mutex
	logged time.Time
	hidden int
}

// note logs with the span of ctx, if it has one.
func (r *repeats) note(ctx context.Context, log *slog.Logger, message string, args ...any) {
	r.mu.Lock()
	now := time.Now()
	if !r.logged.IsZero() && now.Sub(r.logged) < repeatEvery {
		r.hidden++
		r.mu.Unlock()
		return
	}
	args = append(args, "more_since_last_line", r.hidden)
	r.logged, r.hidden = now, 0
	r.mu.Unlock()
	log.Log(ctx, slog.LevelWarn, message, args...)
}
