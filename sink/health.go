package sink

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"ingest/retry"
)

// lastingAttempts is how often a batch fails before readiness hears of it: one
// failure that the next attempt heals is not worth a flicker.
const lastingAttempts = 3

// lastingTime is for how long no batch at all gets through before readiness hears
// of it, however few attempts that were.
const lastingTime = 5 * time.Second

// logEvery bounds how often failures of one class are logged.
const logEvery = 30 * time.Second

// health tells readiness and the log about batches that do not get through.
type health struct {
	waiting func(reason string)
	log     *slog.Logger
	now     func() time.Time

	mu      sync.Mutex
	failing int    // batches that keep failing
	said    string // the last reason given
	logged  [nClasses]time.Time
	hidden  [nClasses]int // failures not logged since
}

// failed counts one more batch that keeps failing.
func (h *health) failed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failing++
}

// reason says why writes wait, when it is another reason than before.
func (h *health) reason(v verdict, table string) {
	reason := "Cassandra: " + v.text
	if v.class == retry.Schema || v.class == retry.Configuration {
		reason = "Cassandra: table " + table + ": " + v.text
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failing > 0 && reason != h.said {
		h.said = reason
		h.waiting(reason)
	}
}

// recovered is the end of a batch that was counted by failed.
func (h *health) recovered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failing--; h.failing == 0 && h.said != "" {
		h.said = ""
		h.waiting("")
		h.log.Info("writes to Cassandra get through again")
	}
}

// logFailure logs the first failure of a class and then one each logEvery, with
// the number of those between.
func (h *health) logFailure(ctx context.Context, v verdict, table string, attempts int) {
	h.mu.Lock()
	now := h.now()
	if now.Sub(h.logged[v.class]) < logEvery {
		h.hidden[v.class]++
		h.mu.Unlock()
		return
	}
	h.logged[v.class] = now
	hidden := h.hidden[v.class]
	h.hidden[v.class] = 0
	h.mu.Unlock()
	h.log.WarnContext(ctx, "a write to Cassandra failed and will be tried again", "class", v.class.String(), "reason", v.text,
		"table", table, "attempt", attempts+1, "more_since_last_line", hidden)
}
