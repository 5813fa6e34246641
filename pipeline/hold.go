package pipeline

import (
	"context"
	"log/slog"
	"slices"

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

// passes reports whether the hold ends by itself. Whoever began it ends it.
func (h *hold) passes() bool { return h.kind == holdClock || h.kind == holdFuture }

// hold notes and tells why the partition takes nothing; its readers are the
// metrics. Telling the same again is silent, and a hold that passes takes no
// other's place: the lane may begin one while the poll loop stops the partition.
func (p *partition) hold(h hold) {
	p.telling.Lock()
	defer p.telling.Unlock()
	was := p.held.Load()
	if was != nil && (*was == h || h.passes() && !was.passes()) {
		return
	}
	p.held.Store(&h)
	p.health(partitionName(p.topic, p.id), h.text)
	p.log.LogAttrs(context.Background(), slog.LevelWarn, "the partition is held: "+h.text,
		slog.String("topic", p.topic), slog.Int("partition", int(p.id)), slog.String("hold", h.kind))
}

// unhold ends a hold of one of some kinds, or of any when none is named.
func (p *partition) unhold(kinds ...string) {
	p.telling.Lock()
	defer p.telling.Unlock()
	was := p.held.Load()
	if was == nil || len(kinds) > 0 && !slices.Contains(kinds, was.kind) {
		return
	}
	p.held.Store(nil)
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
