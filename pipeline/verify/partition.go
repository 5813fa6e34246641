package verify

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/pipeline"
)

// partition is what is known of one partition's log, up to the next offset to
// read. It belongs to the goroutine that reads.
type partition struct {
	topic    *Topic
	id       int32
	clock    pipeline.Clock
	lookback time.Duration
	next     int64 // the offset to read next
	foldFrom int64 // records before it only advance the clock
	whole    bool  // the log is read and folded from offset 0
	gaps     int64 // runs of offsets without a record
	markers  bool  // transactions have been seen
	trust    trust

	plain, strict warmUp // without and with regard to gaps
}

// trust says how a partition's readings of the clock compare with the worker's.
type trust uint8

const (
	// trustExact: the clock at the commit is the one that the commit carries, or the
	// commit carries none and nothing speaks against ours.
	trustExact trust = iota
	// trustLower: the worker's clock was ahead, by records that are gone.
	trustLower
	// trustNone: the worker's clock was behind, so it started elsewhere.
	trustNone
)

// warmUp finds from which offset on a clock that did not start with the log is
// right: the worker rebuilds its clock from a bounded time of the log, and so is
// ours once it has read as much.
type warmUp struct {
	exact bool
	from  int64 // the first offset of an exact reading
	begun int64 // the first reading, in microseconds
}

func (w *warmUp) see(offset, reading int64, lookback time.Duration) {
	switch {
	case w.exact:
	case w.begun == 0:
		w.begun = reading
	case reading-w.begun >= lookback.Microseconds():
		w.exact, w.from = true, offset
	}
}

// begin sets where reading starts: from is the first offset that is read, foldFrom
// the first whose record counts.
func (p *partition) begin(from, foldFrom int64) {
	p.next, p.foldFrom = from, foldFrom
	p.whole = foldFrom == 0
	p.plain, p.strict = warmUp{exact: from == 0}, warmUp{exact: from == 0}
}

// advance takes the next record that the log has and gives its write timestamp;
// ok is false for those without one. Control records have none: Invariant 4 of
// package pipeline.
func (p *partition) advance(r *kgo.Record) (stamp int64, ok bool) {
	p.skip(r.Offset)
	p.next = r.Offset + 1
	p.markers = p.markers || r.Attrs.IsTransactional() || r.Attrs.IsControl()
	if r.Attrs.IsControl() {
		return 0, false
	}
	reading := p.clock.Tick(r.Timestamp.UnixMilli())
	p.plain.see(r.Offset, reading, p.lookback)
	p.strict.see(r.Offset, reading, p.lookback)
	return p.clock.Stamp(reading), true
}

// skip notes that there is no record from next up to offset.
func (p *partition) skip(offset int64) {
	if offset > p.next {
		p.gaps++
		p.strict = warmUp{}
		p.next = offset
	}
}

// compacted reports whether records may be missing from the log that was read.
// Aborted transactions leave gaps too, and theirs do not matter.
func (p *partition) compacted() bool { return p.gaps > 0 && (p.topic.Compact || !p.markers) }

// complete reports whether every record that the partition ever had was folded.
func (p *partition) complete() bool { return p.whole && !p.compacted() }

// exact reports whether the write timestamp of the record at an offset is known;
// if not, the true one is not before it, unless the trust is trustNone.
func (p *partition) exact(offset int64) bool {
	w := &p.plain
	if p.compacted() {
		w = &p.strict
	}
	return p.trust == trustExact && w.exact && offset >= w.from
}

// confirm compares the clock with the one that the commit at the same offset
// carries.
func (p *partition) confirm(committed int64) {
	switch {
	case p.clock.Last == committed:
		p.trust = trustExact
	case p.clock.Last < committed:
		p.trust = trustLower
	default:
		p.trust = trustNone
	}
}
