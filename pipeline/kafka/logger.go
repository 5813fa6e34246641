package kafka

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// quiet is how long the same message of the client is not repeated: while
// brokers are away it would otherwise come with every attempt.
const quiet = 10 * time.Second

// maxMessages bounds how many messages are remembered. The client's messages are
// constants but for a few, so it is not reached in practice.
const maxMessages = 256

// logger passes the client's warnings and errors on to slog. Its information
// becomes debug output. Its own debug output, a line for every request, is never
// asked for: that also keeps what it sends out of our logs.
type logger struct {
	log *slog.Logger

	mu   sync.Mutex
	seen map[string]*repetition // by message
}

type repetition struct {
	last       time.Time
	suppressed int
}

func newLogger(log *slog.Logger) *logger {
	return &logger{log: log, seen: map[string]*repetition{}}
}

// Level implements kgo.Logger.
func (l *logger) Level() kgo.LogLevel {
	for _, level := range [...]kgo.LogLevel{kgo.LogLevelInfo, kgo.LogLevelWarn, kgo.LogLevelError} {
		if l.log.Enabled(context.Background(), slogLevel(level)) {
			return level
		}
	}
	return kgo.LogLevelNone
}

// Log implements kgo.Logger.
func (l *logger) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	if level > kgo.LogLevelInfo || level == kgo.LogLevelNone {
		return
	}
	attrs := append([]any{"client", "kafka"}, keyvals...)
	if level != kgo.LogLevelInfo {
		suppressed, ok := l.admit(msg)
		if !ok {
			return
		}
		if suppressed > 0 {
			attrs = append(attrs, "suppressed", suppressed)
		}
	}
	l.log.Log(context.Background(), slogLevel(level), msg, attrs...)
}

// admit reports whether a message may be logged now, and how often it was held
// back since it last was.
func (l *logger) admit(msg string) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	r := l.seen[msg]
	if r == nil {
		if len(l.seen) >= maxMessages {
			clear(l.seen)
		}
		l.seen[msg] = &repetition{last: now}
		return 0, true
	}
	if now.Sub(r.last) < quiet {
		r.suppressed++
		return 0, false
	}
	suppressed = r.suppressed
	*r = repetition{last: now}
	return suppressed, true
}

func slogLevel(level kgo.LogLevel) slog.Level {
	switch level {
	case kgo.LogLevelError:
		return slog.LevelError
	case kgo.LogLevelWarn:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}
