package pipeline

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// futureCheck is how often a lane that waits for a record's time looks at the
// wall clock again, which may be set meanwhile.
const futureCheck = time.Minute

// whenDue waits until the first of a chunk's records is not dated too far ahead,
// and leaves those in the chunk that come before the next one that is. It is
// false when nothing was left: the records are back in the inbox.
//
// One record from the future would lift the clock for all that follow it, for
// good. So its partition waits, loudly, and nothing is written or skipped.
func (p *partition) whenDue(c *chunk) bool {
	for {
		latest := time.Now().Add(p.future).UnixMilli()
		n := 0
		for n < len(c.records) && isDue(c.records[n], latest) {
			n++
		}
		if n == len(c.records) {
			p.inbox.release()
			p.unhold(holdFuture)
			return true
		}
		if n > 0 {
			c.bytes -= p.inbox.giveBack(c.records[n:])
			clear(c.records[n:])
			c.records = c.records[:n]
			return true
		}
		p.inbox.hold()
		p.hold(hold{holdFuture, p.tooFar(c.records[0])})
		if !p.sleep(c.records[0].Timestamp.Sub(time.UnixMilli(latest))) {
			p.inbox.giveBack(c.records)
			clear(c.records)
			c.records = c.records[:0]
			return false
		}
	}
}

// isDue reports whether a record is dated no later than latest, in milliseconds
// since 1970. What counts as no timestamp for the clock does so here.
func isDue(r *kgo.Record, latest int64) bool {
	millis := r.Timestamp.UnixMilli()
	return millis <= latest || millis > maxRecordMillis || r.Attrs.IsControl()
}

func (p *partition) tooFar(r *kgo.Record) string {
	return fmt.Sprintf("the record at offset %d is dated %s, more than max_future (%v) ahead of now: its partition waits until then; "+
		"correct the producer's clock, and raise max_future in the mapping file if the date is right",
		r.Offset, r.Timestamp.UTC().Format(time.RFC3339), p.future)
}

// sleep waits for d, or less; false when the intake stops.
func (p *partition) sleep(d time.Duration) bool {
	timer := time.NewTimer(max(time.Millisecond, min(d, futureCheck)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.intake.Done():
		return false
	}
}
