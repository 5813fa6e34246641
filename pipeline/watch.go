package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// watchInterval is how often the broker is asked for what fetching does not
// show: missing topics, and the lag of paused and empty partitions.
const watchInterval = 15 * time.Second

// watch keeps lag and readiness true until ctx ends.
func (c *Consumer) watch(ctx context.Context) {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	a := &alarms{consumer: c}
	for {
		c.watchOnce(ctx, a)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (c *Consumer) watchOnce(ctx context.Context, a *alarms) {
	ctx, cancel := context.WithTimeout(ctx, watchInterval)
	defer cancel()
	topics := c.names()
	found, denied, err := c.listTopics(ctx, topics)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			c.deps.Health("kafka", "no broker answers: "+err.Error())
		}
		return
	}
	c.deps.Health("kafka", "")
	var missing []string
	for _, d := range found.Sorted() {
		// A topic that was there may come again.
		if errors.Is(d.Err, kerr.UnknownTopicOrPartition) && !c.found(d.Topic) {
			missing = append(missing, d.Topic)
		}
	}
	c.deps.Health("kafka topics", topicReason(missing, denied))
	if visible := slices.DeleteFunc(topics, func(topic string) bool { return slices.Contains(denied, topic) }); len(visible) > 0 {
		c.measureLag(ctx, visible, a)
	}
}

// listTopics asks for the topics named, and says which of them this user may not
// see. One of those makes the client tell of none, so they are asked for one by one
// then. Kafka takes none for all.
func (c *Consumer) listTopics(ctx context.Context, topics []string) (found kadm.TopicDetails, denied []string, err error) {
	if len(topics) == 0 {
		_, err := c.admin.BrokerMetadata(ctx)
		return nil, nil, err
	}
	if found, err = c.admin.ListTopics(ctx, topics...); !errors.Is(err, kerr.TopicAuthorizationFailed) {
		return found, nil, err
	}
	found = kadm.TopicDetails{}
	for _, topic := range topics {
		one, err := c.admin.ListTopics(ctx, topic)
		switch {
		case errors.Is(err, kerr.TopicAuthorizationFailed):
			denied = append(denied, topic)
		case err != nil:
			return nil, nil, err
		}
		maps.Copy(found, one)
	}
	return found, denied, nil
}

// topicReason says which topics cannot be read and what to do; "" when all can.
// A missing topic gives no error anywhere else.
func topicReason(missing, denied []string) string {
	var parts []string
	if len(missing) > 0 {
		parts = append(parts, "no such topic: "+strings.Join(missing, ", ")+" (create it, or correct the mapping file; it is picked up when it appears)")
	}
	if len(denied) > 0 {
		parts = append(parts, "not authorized to read: "+strings.Join(denied, ", ")+" (grant READ and DESCRIBE on the topic)")
	}
	return strings.Join(parts, "; ")
}

// measureLag learns where the assigned partitions end.
func (c *Consumer) measureLag(ctx context.Context, topics []string, a *alarms) {
	ends, err := c.admin.ListCommittedOffsets(ctx, topics...) // the last stable offset
	if err != nil {
		return
	}
	for _, p := range c.current() {
		if end, ok := ends.Lookup(p.topic, p.id); ok && end.Err == nil {
			p.end.Store(end.Offset)
		}
	}
	a.look(ctx, topics, ends)
}

// observe registers what is measured when somebody asks. The function it gives
// ends that.
func (c *Consumer) observe() (func(), error) {
	m := c.shared.metrics
	var registered []metric.Registration
	for _, o := range []struct {
		callback    metric.Callback
		instruments []metric.Observable
	}{
		{c.observeLag, []metric.Observable{m.lag}}, {c.observeHolds, []metric.Observable{m.held}},
		{c.observeAhead, []metric.Observable{m.ahead}}, {c.observeAlarms, []metric.Observable{m.open, m.atRisk, m.retained}},
		{c.observeInFlight, []metric.Observable{m.waiting, m.inFlightRecords, m.inFlightBytes}},
	} {
		r, err := c.deps.Meter.RegisterCallback(o.callback, o.instruments...)
		if err != nil {
			return nil, fmt.Errorf("registering the pipeline's gauges: %w", err)
		}
		registered = append(registered, r)
	}
	return func() {
		for _, r := range registered {
			_ = r.Unregister() // it only ever fails when called twice
		}
	}, nil
}

// observeAhead gives, for each topic, how far its clocks are ahead of now.
func (c *Consumer) observeAhead(_ context.Context, o metric.Observer) error {
	now := time.Now().UnixMicro()
	ahead := map[string]int64{}
	for _, p := range c.current() {
		ahead[p.topic] = max(ahead[p.topic], p.reading.Load()-now)
	}
	for topic, micros := range ahead {
		o.ObserveFloat64(c.shared.metrics.ahead, float64(micros)/1e6, metric.WithAttributes(attribute.String("topic", topic)))
	}
	return nil
}

// observeLag gives, for each assigned partition, how far its end was from what
// is resolved now. Partitions that were given away are not in it.
func (c *Consumer) observeLag(_ context.Context, o metric.Observer) error {
	for _, p := range c.current() {
		if at := p.position().offset; p.end.Load() >= 0 {
			o.ObserveInt64(c.shared.metrics.lag, max(0, p.end.Load()-at), p.attributes)
		}
	}
	return nil
}

// position gives the resolved prefix.
func (p *partition) position() position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ledger.at
}
