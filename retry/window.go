package retry

import (
	"errors"
	"fmt"
)

// PoisonConfig says how much poison a topic may hold before it is stopped rather
// than drained into the dead-letter topic. Its variables begin with
// INGEST_POISON_.
type PoisonConfig struct {
	Window int     `env:"WINDOW" envDefault:"1000" desc:"Over how many of a topic's latest records the share of those that cannot be written is taken."`
	Share  float64 `env:"SHARE" envDefault:"0.5" desc:"A topic is held when more than this share of the window cannot be written; 0 for never, at most 1."`
	Least  int     `env:"LEAST" envDefault:"50" desc:"Fewer records that cannot be written never hold a topic, whatever their share."`
}

// maxWindow bounds a window, which is kept as one bit for each record.
const maxWindow = 1_000_000

// Validate reports every setting that cannot work.
func (c PoisonConfig) Validate() error {
	var errs []error
	if c.Window < 1 || c.Window > maxWindow {
		errs = append(errs, fmt.Errorf("INGEST_POISON_WINDOW: %d is not between 1 and %d", c.Window, maxWindow))
	}
	if !(c.Share >= 0 && c.Share <= 1) { // so written, NaN is refused too
		errs = append(errs, fmt.Errorf("INGEST_POISON_SHARE: %v is not between 0 and 1", c.Share))
	}
	if c.Least < 1 || c.Least > max(c.Window, 1) {
		errs = append(errs, fmt.Errorf("INGEST_POISON_LEAST: %d is not between 1 and INGEST_POISON_WINDOW", c.Least))
	}
	return errors.Join(errs...)
}

// Window holds which of the latest records were poison. It is a plain state
// machine: whoever owns it guards it.
type Window struct {
	config  PoisonConfig
	bits    []uint64 // a ring; set: poison
	at      int      // where the next record goes
	records int      // in the window, at most config.Window
	poison  int      // of those
}

// NewWindow makes an empty window. The configuration must be valid.
func NewWindow(c PoisonConfig) *Window {
	return &Window{config: c, bits: make([]uint64, (c.Window+63)/64)}
}

// Add enters one record and reports whether there is too much poison: at least
// Least records of the window, and more than Share of those that are in it, which
// may be fewer than it can hold.
func (w *Window) Add(poison bool) bool {
	word, bit := &w.bits[w.at/64], uint64(1)<<(w.at%64)
	switch {
	case w.records < w.config.Window:
		w.records++
	case *word&bit != 0:
		w.poison--
	}
	*word &^= bit
	if poison {
		*word |= bit
		w.poison++
	}
	if w.at++; w.at == w.config.Window {
		w.at = 0
	}
	return w.config.Share > 0 && w.poison >= w.config.Least && float64(w.poison) > w.config.Share*float64(w.records)
}

// Counts gives how many records of the window are poison, and how many it holds.
func (w *Window) Counts() (poison, records int) { return w.poison, w.records }

// Reset empties the window.
func (w *Window) Reset() {
	clear(w.bits)
	w.at, w.records, w.poison = 0, 0, 0
}
