package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/semaphore"

	"ingest/mapping"
)

// shared is what all partitions of a consumer use.
type shared struct {
	health  func(component, reason string)
	sink    Sink
	letters DeadLetters
	budget  *semaphore.Weighted // bytes of records in flight; Invariant 9
	limit   int64               // the budget's size
	chunks  chunkPool
	metrics *metrics
	spans   spans
	log     *slog.Logger
	fail    func(error)   // ends the worker: something broke that no retry mends
	future  time.Duration // how far ahead of now a record may be dated; 0: any
}

// partition is one assignment of one Kafka partition: its inbox, its lane, its
// ledger. A later assignment of the same partition is another value, so that an
// outcome of this one can never count for that one. Invariant 5. The same holds
// for a partition that is reopened: see Consumer.reopen.
type partition struct {
	*shared
	topic  string
	id     int32
	mapper Mapper
	onErr  mapping.OnError
	poison *poisonWindow
	inbox  inbox
	counts *outcomes
	end    atomic.Int64 // where the partition ended when it was last asked for; -1 before

	attributes metric.MeasurementOption // for its own series

	clock   Clock                // the lane's, once opened
	reading atomic.Int64         // the clock's, for metrics; written by the lane
	polled  trace.SpanContext    // of the poll that brought the records; the lane's
	next    int64                // offset after the last one that was delivered, -1 before; the poll loop's
	failed  int                  // fetches in a row that gave an error; the poll loop's
	held    atomic.Pointer[hold] // why it takes nothing; nil: it takes records
	telling sync.Mutex           // orders what is told of holds

	arrivedMillis atomic.Int64 // timestamp of the record that was delivered last; 0 before; written by the poll loop
	blocked       atomic.Int64 // for how long its last stable offset has stood still, in milliseconds; the watch's
	retained      atomic.Int64 // how much of the topic's retention has gone by, in millionths; the watch's
	atRisk        atomic.Bool  // deletes may have been compacted away unread; the watch's

	dropped repeats // records that on_error drops
	looked  repeats // failures of looking back

	parent  context.Context // of work
	work    context.Context // ends when the partition is given up
	abandon context.CancelFunc
	intake  context.Context // ends when no more records shall be taken
	stop    context.CancelFunc
	opened  chan struct{} // closed by open
	drained chan struct{} // closed when the lane has ended and no record is without an outcome

	mu        sync.Mutex
	ledger    ledger
	isOpen    bool
	live      map[*chunk]struct{} // chunks with records that have no outcome
	begin     *begin              // where it starts, while its clock is not known
	laneEnded bool
	closed    bool // outcomes no longer count
}

func newPartition(ctx context.Context, s *shared, topic string, id int32, sub *subscription, c Clock) *partition {
	p := &partition{shared: s, topic: topic, id: id, mapper: sub.Mapper, onErr: sub.OnError, poison: sub.poison,
		clock: c, parent: ctx, next: -1, live: map[*chunk]struct{}{},
		opened: make(chan struct{}), drained: make(chan struct{}), counts: s.metrics.topic(topic),
		attributes: metric.WithAttributeSet(attribute.NewSet(attribute.String("topic", topic), attribute.Int("partition", int(id))))}
	p.work, p.abandon = context.WithCancel(ctx)
	p.intake, p.stop = context.WithCancel(p.work)
	p.inbox.ready = make(chan struct{}, 1)
	p.end.Store(-1)
	return p
}

// only names the partition as the client wants it.
func (p *partition) only() map[string][]int32 { return map[string][]int32{p.topic: {p.id}} }

// open sets where the partition starts. Until then its lane waits.
func (p *partition) open(at position, committed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isOpen {
		return // offsets are fetched again when a rebalance interrupts the first time
	}
	p.isOpen = true
	p.ledger.open(at, committed)
	p.clock.Last = at.clock
	p.reading.Store(at.clock)
	close(p.opened)
}

// lane is the partition's goroutine: it takes what is queued, maps it and hands
// it to the sink, until the intake stops.
func (p *partition) lane() {
	defer p.endLane()
	select {
	case <-p.opened:
	case <-p.intake.Done():
		return
	}
	for p.intake.Err() == nil {
		c := p.nextChunk()
		if c == nil {
			return
		}
		if err := p.process(c); err != nil {
			if p.work.Err() == nil { // else it was given up, and close settles the chunk
				p.fail(fmt.Errorf("writing %s: %w", partitionName(p.topic, p.id), err))
			}
			return
		}
	}
}

// nextChunk waits for records and for the budget to hold them; nil when the intake
// stopped before.
func (p *partition) nextChunk() *chunk {
	c := p.chunks.get()
	c.part = p
	for {
		c.records, c.bytes = p.inbox.take(c.records, chunkRecords, chunkBytes)
		if len(c.records) == 0 {
			select {
			case <-p.inbox.ready:
				continue
			case <-p.intake.Done():
				return nil
			}
		}
		if p.future == 0 || p.whenDue(c) {
			break
		}
		if p.intake.Err() != nil {
			return nil
		}
	}
	c.bytes = min(c.bytes+int64(len(c.records))*mappedOverhead, p.limit)
	if p.budget.Acquire(p.intake, c.bytes) != nil {
		return nil
	}
	c.buf = p.chunks.buffer()
	return c
}

// process gives every record of a chunk its stamp, its rows and its place in the
// ledger, and hands the rows over. An error means that the partition was given up.
func (p *partition) process(c *chunk) error {
	ctx := p.enter(c)
	if err := c.fill(p.work, p.mapper); err != nil {
		return err
	}
	c.count()
	p.settle(c)
	if err := p.sink.Write(ctx, c.buf.Rows, c.done); err != nil {
		return err
	}
	p.handed(c)
	return nil
}

// deliver enters a chunk's records into the ledger. The reading that goes with
// a control record is that of the data record before it.
func (p *partition) deliver(c *chunk) (first uint64) {
	reading := p.ledger.latest().clock
	for i, r := range c.records {
		if !r.Attrs.IsControl() {
			reading = c.stamps[i] - p.clock.Generation
		}
		seq := p.ledger.deliver(r.Offset, r.LeaderEpoch, reading)
		if i == 0 {
			first = seq
		}
	}
	return first
}
