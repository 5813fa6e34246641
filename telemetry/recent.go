package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// keptLines and keptBytes bound what Recent remembers: lines, and bytes of a line.
const (
	keptLines = 20
	keptBytes = 2048
)

// Line is a line of the log.
type Line struct {
	Time    time.Time `json:"time"`
	Level   string    `json:"level"`
	Message string    `json:"message"`
	Attrs   string    `json:"attrs"` // key=value, with quotes where a value needs them
}

// Recent remembers the last 20 warnings and errors that were logged, 2 KiB of
// each. What goes into a log may be shown: it holds neither payload nor secret.
// It is safe for concurrent use.
type Recent struct {
	mu    sync.Mutex
	lines []Line       // the oldest first
	attrs bytes.Buffer // of the line that is being remembered
}

// NewRecent builds a Recent that remembers nothing yet.
func NewRecent() *Recent { return &Recent{} }

// Remember gives a logger that logs as the given one does, and whose warnings and
// errors are remembered too, whatever the least level to log is.
func (r *Recent) Remember(log *slog.Logger) *slog.Logger {
	text := slog.NewTextHandler(&r.attrs, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: withoutHead})
	return slog.New(slog.NewMultiHandler(log.Handler(), &remembering{text, r}))
}

// withoutHead leaves out what a Line holds by itself.
func withoutHead(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
		return slog.Attr{}
	}
	return a
}

// Lines gives what is remembered, the latest first.
func (r *Recent) Lines() []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := append([]Line{}, r.lines...)
	slices.Reverse(lines)
	return lines
}

// remembering hands lines to a Recent. The text handler, which formats attributes,
// writes into the Recent's buffer.
type remembering struct {
	slog.Handler
	recent *Recent
}

// Handle remembers the line.
func (h *remembering) Handle(ctx context.Context, line slog.Record) error {
	r := h.recent
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attrs.Reset()
	if err := h.Handler.Handle(ctx, line); err != nil {
		return err
	}
	if len(r.lines) == keptLines {
		r.lines = slices.Delete(r.lines, 0, 1)
	}
	r.lines = append(r.lines, Line{line.Time, line.Level.String(), short(line.Message), short(strings.TrimSpace(r.attrs.String()))})
	return nil
}

// short cuts a text that is too long.
func short(text string) string {
	if len(text) <= keptBytes {
		return text
	}
	return strings.ToValidUTF8(text[:keptBytes], "") + "…"
}

// WithAttrs keeps the wrapping.
func (h *remembering) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &remembering{h.Handler.WithAttrs(attrs), h.recent}
}

// WithGroup keeps the wrapping.
func (h *remembering) WithGroup(name string) slog.Handler {
	return &remembering{h.Handler.WithGroup(name), h.recent}
}
