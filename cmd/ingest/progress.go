package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far a backlog is: a bar on a terminal, log lines elsewhere.
// It belongs to one goroutine.
type progress struct {
	log *slog.Logger
	bar *progressbar.ProgressBar // nil without a terminal

	terminal io.Writer // where the bar is
	total    int64
	done     int64
	begin    time.Time
	logged   time.Time
}

// progressInterval is the time between two log lines of a progress.
const progressInterval = 5 * time.Second

func (w *worker) newProgress(total int64) *progress {
	now := time.Now()
	p := &progress{log: w.log, total: total, begin: now, logged: now, terminal: w.process.stderr}
	if isTerminal(w.process.stderr) && total > 0 {
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(w.process.stderr),
			progressbar.OptionSetDescription("offsets"), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("offsets"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth())
	}
	w.log.Info("catching up", "offsets", total)
	return p
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// set reports the offsets that are done.
func (p *progress) set(done int64) {
	p.done = done
	if p.bar != nil {
		_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
		return
	}
	if now := time.Now(); now.Sub(p.logged) >= progressInterval {
		p.logged = now
		p.log.Info("progress", p.figures()...)
	}
}

// end says how it went.
func (p *progress) end(current bool) {
	if p.bar != nil {
		_ = p.bar.Exit()
		fmt.Fprintln(p.terminal)
	}
	if current {
		p.log.Info("caught up", p.figures()...)
	} else {
		p.log.Info("stopped before catching up", p.figures()...)
	}
}

func (p *progress) figures() []any {
	took := time.Since(p.begin)
	return []any{"offsets", p.done, "of", p.total, "seconds", took.Round(10 * time.Millisecond).Seconds(),
		"per_second", int64(float64(p.done) / max(took.Seconds(), 0.001))}
}
