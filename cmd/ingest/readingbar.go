package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// readingBar shows on a terminal how far a long read is, and elsewhere nothing.
// It belongs to one goroutine.
type readingBar struct {
	terminal io.Writer // nil: nothing is shown
	begin    time.Time
	bar      *progressbar.ProgressBar // nil until it takes long
}

// barAfter is how long something must take before a bar appears.
const barAfter = time.Second

func newReadingBar(w io.Writer) *readingBar {
	b := &readingBar{begin: time.Now()}
	if isTerminal(w) {
		b.terminal = w
	}
	return b
}

// set draws the bar.
func (b *readingBar) set(done, total int64) {
	if b.terminal == nil || time.Since(b.begin) < barAfter {
		return
	}
	if b.bar == nil {
		b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.terminal), progressbar.OptionSetDescription("offsets"),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
	}
	_ = b.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
}

// end takes the bar away for good.
func (b *readingBar) end() {
	b.terminal = nil
	if b.bar != nil {
		_ = b.bar.Clear()
		b.bar = nil
	}
}
