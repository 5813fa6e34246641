package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// phaseBar shows how far each phase of a long run is: a bar with the time it still
// takes on a terminal, now and then a line elsewhere. It belongs to one goroutine.
type phaseBar struct {
	out      io.Writer
	terminal bool
	phase    string
	begin    time.Time
	said     time.Time
	bar      *progressbar.ProgressBar // nil until the phase takes long, or without a terminal
}

func newPhaseBar(w io.Writer) *phaseBar { return &phaseBar{out: w, terminal: isTerminal(w)} }

// set reports how much of a phase is done.
func (b *phaseBar) set(phase string, done, total int64) {
	now := time.Now()
	if phase != b.phase {
		b.end()
		b.phase, b.begin, b.said = phase, now, now
	}
	switch {
	case now.Sub(b.begin) < barAfter:
	case b.terminal:
		b.draw(done, total)
	case now.Sub(b.said) >= progressInterval:
		b.said = now
		left := time.Duration(float64(now.Sub(b.begin)) / float64(max(done, 1)) * float64(total-done))
		fmt.Fprintf(b.out, "%s: %d of %d, about %v left\n", phase, done, total, left.Round(time.Second))
	}
}

func (b *phaseBar) draw(done, total int64) {
	if b.bar == nil || b.bar.GetMax64() != total {
		b.end()
		b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription(b.phase),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
	}
	_ = b.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
}

// end takes the bar away.
func (b *phaseBar) end() {
	if b.bar != nil {
		_ = b.bar.Clear()
		b.bar = nil
	}
}
