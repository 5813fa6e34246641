package pipeline

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/trace"

	"ingest/mapping"
	"ingest/retry"
)

// chunk is a run of consecutively delivered records of one partition, with the
// rows made of them. It lives until every record has its outcome.
type chunk struct {
	part    *partition
	records []*kgo.Record
	bytes   int64 // what it holds of the budget
	buf     *mapping.Buffer
	stamps  []int64 // write timestamp of each record
	schemas []int32 // schema id of each record's value, 0 when unknown
	begun   time.Time
	span    trace.Span // of its processing; never nil once begun
	oldest  int64      // least timestamp of its data records, in milliseconds since 1970; 0 without any

	// Guarded by part.mu from the moment the rows are handed over.
	first    uint64  // ledger sequence of records[0]
	pending  []int32 // rows without an outcome, for each record
	failures map[int32][]*retry.Poison
	open     int  // records without an outcome
	handed   bool // the sink's Write has returned
}

// chunkPool keeps the memory of finished chunks for the next ones. Buffers are
// pooled apart: a lane that waits for records holds none.
type chunkPool struct{ chunks, buffers sync.Pool }

func (p *chunkPool) get() *chunk {
	if c, ok := p.chunks.Get().(*chunk); ok {
		return c
	}
	return &chunk{}
}

func (p *chunkPool) buffer() *mapping.Buffer {
	if b, ok := p.buffers.Get().(*mapping.Buffer); ok {
		return b
	}
	return &mapping.Buffer{}
}

// put takes back a chunk that nobody refers to any more.
func (p *chunkPool) put(c *chunk) {
	c.buf.Reset()
	p.buffers.Put(c.buf)
	clear(c.records)
	*c = chunk{records: c.records[:0], stamps: c.stamps[:0], schemas: c.schemas[:0], pending: c.pending[:0]}
	p.chunks.Put(c)
}

// fill stamps and maps the records. Control records get neither: Invariant 4.
func (c *chunk) fill(ctx context.Context, mapper Mapper) error {
	var rec mapping.Record
	lifted := 0
	for i, r := range c.records {
		if r.Attrs.IsControl() {
			c.stamps, c.schemas = append(c.stamps, 0), append(c.schemas, 0)
			continue
		}
		millis := r.Timestamp.UnixMilli()
		reading := c.part.clock.Tick(millis)
		if reading != millis*1000 {
			lifted++
		}
		c.dated(millis)
		stamp := c.part.clock.Stamp(reading)
		c.stamps = append(c.stamps, stamp)
		ToRecord(&rec, r)
		if err := mapper.Map(ctx, &rec, stamp, int32(i), c.buf); err != nil {
			return err
		}
		c.schemas = append(c.schemas, rec.SchemaID)
		if len(c.buf.Rows) > chunkRows {
			c.cut(i + 1)
			break
		}
	}
	c.part.reading.Store(c.part.clock.Last)
	c.part.counts.lifted.add(lifted)
	return nil
}

// context carries the span of the chunk's processing, for lines of the log.
func (c *chunk) context() context.Context {
	return trace.ContextWithSpan(context.Background(), c.span)
}

// dated notes a record's own timestamp, if it has one.
func (c *chunk) dated(millis int64) {
	if millis > 0 && millis <= maxRecordMillis && (c.oldest == 0 || millis < c.oldest) {
		c.oldest = millis
	}
}

// finished measures a chunk whose records all have their outcome.
func (c *chunk) finished(now time.Time) {
	c.span.End()
	c.part.counts.duration.record(now.Sub(c.begun).Seconds())
	if c.oldest > 0 {
		c.part.counts.freshness.record(max(0, float64(now.UnixMilli()-c.oldest)/1e3))
	}
}

// cut leaves a chunk its first n records. The lane takes the others again, and the
// budget holds their bytes until the chunk is done.
func (c *chunk) cut(n int) {
	if n == len(c.records) {
		return
	}
	c.part.inbox.giveBack(c.records[n:])
	c.part.mu.Lock()
	defer c.part.mu.Unlock()
	c.open = n
	clear(c.records[n:])
	c.records = c.records[:n]
}

// ToRecord fills rec with what Kafka delivered, without copying payloads. It keeps
// the memory of rec.Headers.
func ToRecord(rec *mapping.Record, r *kgo.Record) {
	headers := rec.Headers[:0]
	for _, h := range r.Headers {
		headers = append(headers, mapping.Header{Name: h.Key, Value: h.Value})
	}
	*rec = mapping.Record{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(),
		Key: r.Key, Value: r.Value, Headers: headers,
	}
}

// count sets pending and failures from what mapping gave.
func (c *chunk) count() {
	n := len(c.records)
	if cap(c.pending) < n {
		c.pending = make([]int32, n)
	}
	c.pending = c.pending[:n]
	clear(c.pending)
	for i := range c.buf.Rows {
		c.pending[c.buf.Rows[i].Record]++
	}
	for _, p := range c.buf.Poison {
		c.fail(p.Record, p.Err)
	}
}

// maxFailures bounds what is kept of the failures of a record that gives many rows:
// beyond it, only those of tables that none of them names yet.
const maxFailures = 16

// fail notes what kept a record from a table.
func (c *chunk) fail(record int32, err error) {
	if c.failures == nil {
		c.failures = make(map[int32][]*retry.Poison)
	}
	poison, known := asPoison(err), c.failures[record]
	if len(known) >= maxFailures && slices.ContainsFunc(known, func(p *retry.Poison) bool { return p.Table == poison.Table }) {
		return
	}
	c.failures[record] = append(known, poison)
}

// lettered is a record's dead letter on its way.
type lettered struct {
	Letter
	record int32
}

// letter makes the dead letter of a record. It reads failures, so part.mu is
// held.
func (c *chunk) letter(record int32) lettered {
	l := lettered{Letter{WriteTimestamp: c.stamps[record], Failures: c.failures[record]}, record}
	ToRecord(&l.Record, c.records[record])
	l.Record.SchemaID = c.schemas[record]
	return l
}

// done takes the outcome of rows: nil, or the poison of all of them. It is the
// sink's callback.
func (c *chunk) done(rows []*mapping.Row, err error) { c.part.outcome(c, rows, err) }

// asPoison gives err as the poison it is, or wraps one that is not.
func asPoison(err error) *retry.Poison {
	if p, ok := errors.AsType[*retry.Poison](err); ok {
		return p
	}
	return &retry.Poison{Reason: retry.ReasonRejected, Err: err}
}
