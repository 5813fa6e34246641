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
	logged  map[failureKind]*failureLog
}

// failureKind are failures that say the same. The tables are those of the mapping.
type failureKind struct {
	class retry.Class
	table string
}

type failureLog struct {
	at     time.Time
	hidden int // failures not logged since
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
		h.waiting("") // which the log tells too
	}
}

// logFailure logs the first failure of a class and table and then one each
// logEvery, with the number of those between.
func (h *health) logFailure(ctx context.Context, v verdict, table string, attempts int) {
	hidden, pass := h.pass(failureKind{v.class, table})
	if !pass {
		return
	}
	h.log.WarnContext(ctx, "a write to Cassandra failed and will be tried again", "class", v.class.String(), "reason", v.text,
		"table", table, "attempt", attempts+1, "more_since_last_line", hidden)
}

// pass gives how many failures were not logged before one that is to be.
func (h *health) pass(kind failureKind) (hidden int, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now, last := h.now(), h.logged[kind]
	if last != nil && now.Sub(last.at) < logEvery {
		last.hidden++
		return 0, false
	}
	if last != nil {
		hidden = last.hidden
	}
	if h.logged == nil {
		h.logged = map[failureKind]*failureLog{}
	}
	h.logged[kind] = &failureLog{at: now}
	return hidden, true
}
