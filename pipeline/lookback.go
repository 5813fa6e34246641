package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/pipeline/scan"
	"ingest/retry"
)

// begin is where a partition starts when the clock there is not known: the commit
// carries none, because another tool wrote it, or there is no commit and the
// group starts at the end.
type begin struct {
	offset int64
	epoch  int32
}

// rebuild finds the clock at an offset by reading the log before it, without
// writing anything, and opens the partition with it. It waits while the brokers
// are away, and ends with the partition's intake.
func (c *Consumer) rebuild(p *partition, b begin) {
	p.setBegin(b)
	p.hold(hold{holdClock, fmt.Sprintf("the commit at offset %d carries no clock (another tool wrote it): rebuilding it from the log before", b.offset)})
	c.lanes.Go(func() {
		backoff := retry.Backoff{Config: retry.Config{}.OrDefault()}
		for {
			found, err := c.lookBack(p.intake, p, b.offset)
			if err == nil {
				c.opened(p, b, found)
				return
			}
			if p.intake.Err() != nil {
				return
			}
			p.looked.note(p.work, p.log, "rebuilding the clock failed; it is tried again", "topic", p.topic, "partition", p.id, "error", err)
			if backoff.Wait(p.intake) != nil {
				return
			}
		}
	})
}

// opened opens a partition with what looking back found. Its start is committed
// at once, with the clock.
func (c *Consumer) opened(p *partition, b begin, found lookedBack) {
	p.unhold(holdClock)
	args := []any{"topic", p.topic, "partition", p.id, "offset", b.offset, "records", found.records, "from", found.from}
	switch {
	case found.records == 0:
		p.log.Warn("no record before the commit is left in the log: write timestamps go on from the records' own", args...)
	case found.whole:
		p.log.Info("rebuilt the clock from the whole log before the commit", args...)
	default:
		p.log.Info("rebuilt the clock from the records before the commit", args...)
	}
	p.open(position{offset: b.offset, epoch: b.epoch, clock: found.clock}, false)
}

// lookedBack is the clock before an offset and what it was made of.
type lookedBack struct {
	clock   int64 // 0 when nothing is left to make it of
	records int64
	from    int64 // the first offset that was read
	whole   bool  // from the beginning of the partition: the clock is exact
}

// lookBack reads the records before an offset: those of the last
// Config.ClockLookback of record time. A record further back counts only through
// those after it, so the clock is exact when one of them was dated later than all
// before the window, which an hour of any live topic holds; and at worst it is
// earlier than the true one by as much as the log's timestamps went backwards.
func (c *Consumer) lookBack(ctx context.Context, p *partition, offset int64) (lookedBack, error) {
	start, err := c.offsetOf(c.admin.ListStartOffsets(ctx, p.topic))(p)
	if err != nil || start >= offset {
		return lookedBack{from: offset}, err
	}
	from, err := c.lookBackFrom(ctx, p, start, offset)
	if err != nil {
		return lookedBack{}, err
	}
	found := lookedBack{from: from, whole: from == 0}
	clock := Clock{Floor: c.deps.Floor}
	err = c.scan(ctx, p, from, offset, func(r *kgo.Record) {
		found.clock = clock.Tick(r.Timestamp.UnixMilli())
		found.records++
	})
	return found, err
}

// lookBackFrom finds where the window begins. The anchor of its time is the last
// record before the offset that has a timestamp.
func (c *Consumer) lookBackFrom(ctx context.Context, p *partition, start, offset int64) (int64, error) {
	for span := int64(1); ; span *= 64 {
		from := max(start, offset-span)
		anchor := int64(0)
		err := c.scan(ctx, p, from, offset, func(r *kgo.Record) {
			if millis := r.Timestamp.UnixMilli(); millis > 0 && millis <= maxRecordMillis {
				anchor = millis
			}
		})
		switch {
		case err != nil:
			return 0, err
		case anchor > 0:
			at, err := c.offsetOf(c.admin.ListOffsetsAfterMilli(ctx, max(0, anchor-c.cfg.ClockLookback.Milliseconds()), p.topic))(p)
			return max(start, min(from, at)), err
		case from == start:
			return start, nil
		}
	}
}

// scan reads data records of a partition again.
func (c *Consumer) scan(ctx context.Context, p *partition, from, to int64, each func(*kgo.Record)) error {
	return scan.Read(ctx, c.deps.Client, []scan.Range{{Topic: p.topic, Partition: p.id, From: from, To: to}}, func(r *kgo.Record) error {
		if !r.Attrs.IsControl() { // Invariant 4
			each(r)
		}
		return nil
	})
}

var errNoOffset = errors.New("the broker names no offset")

// offsetOf picks one partition's offset out of an answer.
func (c *Consumer) offsetOf(listed kadm.ListedOffsets, err error) func(p *partition) (int64, error) {
	return func(p *partition) (int64, error) {
		if err != nil {
			return 0, fmt.Errorf("asking for offsets of %s: %w", partitionName(p.topic, p.id), err)
		}
		o, ok := listed.Lookup(p.topic, p.id)
		switch {
		case !ok:
			return 0, fmt.Errorf("asking for offsets of %s: %w", partitionName(p.topic, p.id), errNoOffset)
		case o.Err != nil:
			return 0, fmt.Errorf("asking for offsets of %s: %w", partitionName(p.topic, p.id), o.Err)
		}
		return o.Offset, nil
	}
}

// minLookback and maxLookback bound Config.ClockLookback.
const (
	minLookback = time.Minute
	maxLookback = 10 * 365 * 24 * time.Hour
)
