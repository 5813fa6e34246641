package pipeline

import (
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// inbox is the queue between the poll loop and a lane. The poll loop puts and
// never blocks; the lane takes. Pausing and resuming happen under its lock, so
// that they cannot overtake each other.
type inbox struct {
	mu     sync.Mutex
	runs   [][]*kgo.Record
	bytes  int64
	paused bool
	held   bool          // paused whatever the bytes
	closed bool          // nothing comes or goes any more
	ready  chan struct{} // capacity 1: something was put

	limit  int64       // bytes from which on the partition is paused
	pause  func()      // stops fetching the partition
	resume func()      // fetches it again
	queued func(int64) // tells the poll loop's gate how many bytes came or went
}

// put appends delivered records.
func (b *inbox) put(records []*kgo.Record) {
	n := recordBytes(records)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.runs = append(b.runs, records)
	b.bytes += n
	switch {
	case b.paused:
	case b.bytes > b.limit:
		b.paused = true
		b.queued(n - b.bytes) // a paused partition does not hold back the others
		b.pause()
	default:
		b.queued(n)
	}
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

// take removes up to maxRecords records or maxBytes bytes, at least one record
// when there is any.
func (b *inbox) take(into []*kgo.Record, maxRecords int, maxBytes int64) ([]*kgo.Record, int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var taken int64
	for len(b.runs) > 0 && len(into) < maxRecords && taken < maxBytes {
		run := b.runs[0]
		n := 0
		for n < len(run) && len(into)+n < maxRecords && taken < maxBytes {
			taken += oneRecordBytes(run[n])
			n++
		}
		into = append(into, run[:n]...)
		if b.runs[0] = run[n:]; n == len(run) {
			b.runs = b.runs[1:]
		}
	}
	b.took(taken)
	return into, taken
}

// took settles the bytes that left and resumes a paused partition with
// hysteresis: pausing throws away what the client had buffered.
func (b *inbox) took(n int64) {
	if n == 0 {
		return
	}
	b.bytes -= n
	if !b.paused {
		b.queued(-n)
		return
	}
	b.resumeIfEased()
}

func (b *inbox) resumeIfEased() {
	if b.held || b.bytes > b.limit/2 {
		return
	}
	b.paused = false
	b.queued(b.bytes)
	b.resume()
}

// hold keeps the partition paused until release. What the inbox holds no longer
// keeps the others from being polled.
func (b *inbox) hold() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held || b.closed {
		return
	}
	b.held = true
	if !b.paused {
		b.paused = true
		b.queued(-b.bytes)
		b.pause()
	}
}

// release ends a hold.
func (b *inbox) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.held || b.closed {
		return
	}
	b.held = false
	b.resumeIfEased()
}

// giveBack puts records that were taken back in front, and gives their bytes.
func (b *inbox) giveBack(records []*kgo.Record) int64 {
	n := recordBytes(records)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return n
	}
	b.runs = append([][]*kgo.Record{slices.Clone(records)}, b.runs...)
	b.bytes += n
	if !b.paused {
		b.queued(n)
	}
	return n
}

// drop empties the inbox for good. It never resumes the partition afterwards:
// that is for the next assignment to say.
func (b *inbox) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.closed = true
	if !b.paused {
		b.queued(-b.bytes)
	}
	b.runs, b.bytes = nil, 0
}

// What a record costs beside its payload, estimated in bytes: the client's record
// while it waits; and while it is written, its rows, cells and ledger entry.
const (
	recordOverhead = 192
	mappedOverhead = 640
)

func oneRecordBytes(r *kgo.Record) int64 {
	n := int64(recordOverhead + len(r.Key) + len(r.Value))
	for _, h := range r.Headers {
		n += int64(len(h.Key) + len(h.Value))
	}
	return n
}

func recordBytes(records []*kgo.Record) int64 {
	var n int64
	for _, r := range records {
		n += oneRecordBytes(r)
	}
	return n
}
