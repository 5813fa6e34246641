package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
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
		wait, cancel := context.WithTimeout(ctx, pollWait)
		fetches := c.client.PollRecords(wait, pollRecords)
		cancel()
		failed := 0
		fetches.EachPartition(func(f kgo.FetchTopicPartition) {
			if f.Err != nil && !errors.Is(f.Err, context.DeadlineExceeded) && !errors.Is(f.Err, context.Canceled) {
				c.fetchError(f.Topic, f.Partition, f.Err)
				failed++
			}
			c.dispatch(f.Topic, f.Partition, f.Records)
		})
		c.client.AllowRebalance()
		if failed > 0 {
			c.pause(ctx, 100*time.Millisecond) // errors repeat with every poll
		}
		c.gate(ctx)
	}
}

// dispatch puts records into their partition's inbox.
func (c *Consumer) dispatch(topic string, id int32, records []*kgo.Record) {
	if len(records) == 0 {
		return
	}
	p := c.lookup(topic, id)
	if p == nil {
		c.fail(errors.New("records arrived for a partition that is not assigned; please report this"))
		return
	}
	p.inbox.put(records)
}

// gate waits while the inboxes hold enough.
func (c *Consumer) gate(ctx context.Context) {
	for c.queued.Load() > gateBytes && ctx.Err() == nil {
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

// fetchError reacts to an error that a poll returned. What heals by itself is
// only said; the client retries it.
func (c *Consumer) fetchError(topic string, id int32, err error) {
	c.shared.metrics.fetchErrors.Add(context.Background(), 1)
	switch {
	case errors.Is(err, kerr.FencedInstanceID):
		c.fail(errFenced)
	case errors.Is(err, kerr.OffsetOutOfRange):
		c.client.PauseFetchPartitions(map[string][]int32{topic: {id}})
		c.deps.Health(partitionName(topic, id), "the committed offset is no longer in the log (retention has overtaken this group, or the topic was recreated): "+
			"records were lost; reset the group's offset for this partition to go on")
		c.deps.Log.Error("the committed offset is out of range; the partition is stopped", "topic", topic, "partition", id, "error", err)
	default:
		c.deps.Log.Warn("fetching failed; it is tried again", "topic", topic, "partition", id, "error", err)
	}
}

var errFenced = errors.New("another member uses this INGEST_KAFKA_INSTANCE_ID: give every worker its own")
