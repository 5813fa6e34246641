package telemetry

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// maxAMinute bounds how often a line is logged, within a minute from its first,
// and maxKinds how many lines are told apart.
const (
	maxAMinute = 20
	maxKinds   = 4096
)

// seldom holds back lines that come too often, whoever writes them: a component
// that fails and recovers every moment is as many lines as it has moments. Lines
// are the same when message and the attributes in sameness are. What was held back
// is counted by the next of those lines.
type seldom struct {
	slog.Handler
	counts *lineCounts // shared by the handlers that WithAttrs and WithGroup make
}

// sameness are the attributes, of the line itself, by which lines are told apart.
// None of them has a value for each record.
var sameness = map[string]bool{"component": true, "class": true, "table": true, "topic": true, "reason": true}

type lineCounts struct {
	mu    sync.Mutex
	lines map[string]*lineCount
}

type lineCount struct {
	since          time.Time
	logged, hidden int
}

// Seldom gives a logger that logs as the given one does, but no line more than 20
// times a minute. Then the next of its kind says how many more_this_minute there
// were.
func Seldom(log *slog.Logger) *slog.Logger {
	return slog.New(&seldom{log.Handler(), &lineCounts{lines: map[string]*lineCount{}}})
}

// Handle passes the line on unless there were too many of it.
func (h *seldom) Handle(ctx context.Context, r slog.Record) error {
	hidden, pass := h.counts.pass(kindOf(&r), r.Time)
	if !pass {
		return nil
	}
	if hidden > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("more_this_minute", hidden))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs is that of slog.Handler.
func (h *seldom) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &seldom{h.Handler.WithAttrs(attrs), h.counts}
}

// WithGroup is that of slog.Handler.
func (h *seldom) WithGroup(name string) slog.Handler {
	return &seldom{h.Handler.WithGroup(name), h.counts}
}

func kindOf(r *slog.Record) string {
	var b strings.Builder
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		if sameness[a.Key] {
			b.WriteString("\x00" + a.Key + "=" + a.Value.String())
		}
		return true
	})
	return b.String()
}

// pass counts one more line. It gives how many were held back before one that may
// pass.
func (c *lineCounts) pass(kind string, now time.Time) (hidden int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.lines[kind]
	if n == nil {
		if len(c.lines) >= maxKinds { // hostile or not, they do not stay in memory
			clear(c.lines)
		}
		n = &lineCount{since: now}
		c.lines[kind] = n
	}
	if now.Sub(n.since) >= time.Minute {
		hidden = n.hidden
		*n = lineCount{since: now}
	}
	if n.logged == maxAMinute {
		n.hidden++
		return 0, false
	}
	n.logged++
	return hidden, true
}
