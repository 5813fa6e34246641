package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// pollWait bounds one poll, so that the loop turns, and is seen to turn, when
// there is nothing to read.
const pollWait = time.Second

// pollRecords bounds what one poll hands over: a single compressed fetch may hold
// far more than the gate lets wait, and what is not polled yet keeps the client
// from fetching on.
const pollRecords = 8192

// poll moves fetched records into the inboxes until ctx ends. It never blocks
// between a poll and AllowRebalance: Invariant 9.
func (c *Consumer) poll(ctx context.Context) {
	for ctx.Err() == nil {
		c.deps.Beat()
		began := time.Now()
		fetches := c.pollOnce(ctx)
		c.shared.spans.polled(began, fetches)
		failed := 0
		fetches.EachPartition(func(f kgo.FetchTopicPartition) {
			if f.Err != nil && !errors.Is(f.Err, context.DeadlineExceeded) && !errors.Is(f.Err, context.Canceled) {
				c.fetchError(f.Topic, f.Partition, f.Err)
				failed++
			}
			c.dispatch(f.Topic, &f.FetchPartition)
		})
		if len(fetches) > 0 { // else the client holds no rebalance off
			c.carryOut()
		}
		c.client.AllowRebalance()
		if failed > 0 {
			c.pause(ctx, 100*time.Millisecond) // errors repeat with every poll
		}
		c.gate(ctx)
	}
}

// pollOnce waits for records, or for a change to be carried out. The client
// answers a context that has ended with an error as a fetch, and holds rebalances
// off then too.
func (c *Consumer) pollOnce(ctx context.Context) kgo.Fetches {
	wait, cancel := context.WithTimeout(ctx, pollWait)
	defer cancel()
	c.mu.Lock()
	c.wake = cancel
	if len(c.changes) > 0 {
		cancel()
	}
	c.mu.Unlock()
	return c.client.PollRecords(wait, pollRecords)
}

// dispatch puts records into their partition's inbox.
func (c *Consumer) dispatch(topic string, f *kgo.FetchPartition) {
	if len(f.Records) == 0 {
		return
	}
	p := c.lookup(topic, f.Partition)
	if p == nil {
		c.fail(errors.New("records arrived for a partition that is not assigned; please report this"))
		return
	}
	p.counts.consumed.add(len(f.Records))
	c.arrived(p, f)
	p.inbox.put(f.Records)
}

// gate waits while the inboxes hold enough.
func (c *Consumer) gate(ctx context.Context) {
	for c.queued.Load() > gateBytes && ctx.Err() == nil && !c.changing() {
		c.deps.Beat()
		c.pause(ctx, pollWait)
	}
}

// pause waits until the inboxes ease, ctx ends, or d has passed.
func (c *Consumer) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.eased:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// changing reports whether changes wait to be carried out.
func (c *Consumer) changing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.changes) > 0
}

// count is the inboxes' report of bytes that came (positive) or went.
func (c *Consumer) count(bytes int64) {
	if c.queued.Add(bytes) > gateBytes || bytes >= 0 {
		return
	}
	select {
	case c.eased <- struct{}{}:
	default:
	}
}
