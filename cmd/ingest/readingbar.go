package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// readingBar shows how far a long read is: a bar on a terminal, lines elsewhere.
// It belongs to one goroutine.
type readingBar struct {
	out      io.Writer // nil once it has ended
	terminal bool
	begin    time.Time
	said     time.Time
	bar      *progressbar.ProgressBar // nil until it takes long, or without a terminal
}

// barAfter is how long something must take before a bar appears.
const barAfter = time.Second

func newReadingBar(w io.Writer) *readingBar {
	now := time.Now()
	return &readingBar{out: w, terminal: isTerminal(w), begin: now, said: now}
}

// set reports the offsets that are read.
func (b *readingBar) set(done, total int64) {
	now := time.Now()
	switch {
	case b.out == nil || now.Sub(b.begin) < barAfter:
	case b.terminal:
		b.draw(done, total)
	case now.Sub(b.said) >= progressInterval:
		b.said = now
		fmt.Fprintf(b.out, "read %d of %d offsets\n", done, total)
	}
}

func (b *readingBar) draw(done, total int64) {
	if b.bar == nil {
		b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription("offsets"),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
	}
	_ = b.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
}

// end takes the bar away for good.
func (b *readingBar) end() {
	b.out = nil
	if b.bar != nil {
		_ = b.bar.Clear()
		b.bar = nil
	}
}
