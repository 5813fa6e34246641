package pipeline

import (
	"fmt"
	"sync"

	"ingest/retry"
)

// poisonWindow watches the share of a topic's records that cannot be written, over
// all its partitions on this worker. When it is too large, something is wrong with
// the mapping, the schemas or the producer, and draining the topic into the
// dead-letter topic helps nobody: the topic is held.
type poisonWindow struct {
	config  retry.PoisonConfig
	tripped func(text string)

	mu     sync.Mutex
	window *retry.Window // nil: off
	over   bool          // has tripped, and nobody has reset it
}

func newPoisonWindow(c retry.PoisonConfig, tripped func(text string)) *poisonWindow {
	w := &poisonWindow{config: c, tripped: tripped}
	if c.Share > 0 {
		w.window = retry.NewWindow(c)
	}
	return w
}

// add counts records that were written, and others that cannot be. The window is
// unlocked when it trips: who resets it may hold the lock that tripped wants.
func (w *poisonWindow) add(written, poison int) {
	if w.window == nil || written+poison == 0 {
		return
	}
	if text, trips := w.count(written, poison); trips {
		w.tripped(text)
	}
}

// count reports whether the window has just become too full, and with what.
func (w *poisonWindow) count(written, poison int) (text string, trips bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range written {
		w.window.Add(false)
	}
	for range poison {
		if w.window.Add(true) && !w.over {
			w.over, trips = true, true
			text = w.text()
		}
	}
	return text, trips
}

func (w *poisonWindow) text() string {
	poison, records := w.window.Counts()
	return fmt.Sprintf("%d of the last %d records cannot be written, more than the share of %v that INGEST_POISON_SHARE allows: the topic is held; "+
		"look at the dead letters, correct the mapping, the schema or the producer, and restart the worker", poison, records, w.config.Share)
}

// reset begins a new window.
func (w *poisonWindow) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = false
	if w.window != nil {
		w.window.Reset()
	}
}
