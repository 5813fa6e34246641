package pipeline

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// hold says why a partition, or a topic, takes no more records.
type hold struct {
	kind string // of the holds below: what metrics are counted by
	text string // for people: what is wrong and what to do
}

// The kinds of hold.
const (
	holdSchema     = "schema"          // the mapping does not fit the live table
	holdPoison     = "poison"          // too many records cannot be written
	holdFuture     = "future"          // the next record is dated too far ahead
	holdClock      = "clock"           // the clock is being rebuilt from the log
	holdOutOfRange = "out_of_range"    // the log no longer holds the offset
	holdBatch      = "batch_too_large" // a compressed batch is larger than the bound
	holdRecreated  = "topic_recreated" // the topic is another one of the same name
)

// hold notes and tells why the partition takes nothing; its readers are the
// metrics. Telling the same again is silent.
func (p *partition) hold(h hold) {
	if was := p.held.Swap(&h); was != nil && *was == h {
		return
	}
	p.health(partitionName(p.topic, p.id), h.text)
	p.log.LogAttrs(context.Background(), slog.LevelWarn, "the partition is held: "+h.text,
		slog.String("topic", p.topic), slog.Int("partition", int(p.id)), slog.String("hold", h.kind))
}

// unhold ends a hold, if there is one.
func (p *partition) unhold() {
	if p.held.Swap(nil) == nil {
		return
	}
	p.health(partitionName(p.topic, p.id), "")
	p.log.Info("the partition goes on", "topic", p.topic, "partition", p.id)
}

// observeHolds counts the held partitions of each topic by kind.
func (c *Consumer) observeHolds(_ context.Context, o metric.Observer) error {
	type series struct{ topic, kind string }
	counts := map[series]int64{}
	for _, p := range c.current() {
		if h := p.held.Load(); h != nil {
			counts[series{p.topic, h.kind}]++
		}
	}
	for s, n := range counts {
		o.ObserveInt64(c.shared.metrics.held, n, metric.WithAttributes(
			attribute.String("topic", s.topic), attribute.String("reason", s.kind)))
	}
	return nil
}
