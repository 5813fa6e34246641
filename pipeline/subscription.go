package pipeline

import (
	"context"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

// subscription is one topic that is consumed. Consumer.mu guards it.
type subscription struct {
	Topic
	held   *hold // nil: the topic's partitions are read
	poison *poisonWindow
}

// change is something that only the poll loop may do, between a poll and
// AllowRebalance: no record is on its way to an inbox then, and no partition comes
// or goes.
type change func()

// topicChange is what shall become of a topic's partitions.
type topicChange struct {
	topic  string
	mapper Mapper // nil: hold
	hold   hold
	soft   bool // what is in flight may finish
}

// Add subscribes to one more topic, from any goroutine. It waits for Run to have
// begun, or for ctx.
func (c *Consumer) Add(ctx context.Context, name string, topic Topic) {
	select {
	case <-c.running:
	case <-ctx.Done():
		return
	}
	c.mu.Lock()
	c.topics[name] = c.subscribe(name, topic)
	if topic.Whole {
		c.counts[name] = 0
	}
	c.mu.Unlock()
	c.client.AddConsumeTopics(name)
}

func (c *Consumer) subscribe(name string, topic Topic) *subscription {
	return &subscription{Topic: topic, poison: newPoisonWindow(c.cfg.Poison, func(text string) {
		c.change(topicChange{topic: name, hold: hold{holdPoison, text}, soft: true})
	})}
}

// Hold stops a topic until Replace: its partitions keep their place in the
// group, but nothing more of them is read. What is in flight for them is given
// up, and is read again afterwards. reason says what is wrong and what to do; it
// goes to readiness and the log. Hold may be called from any goroutine and
// returns at once.
func (c *Consumer) Hold(topic, reason string) {
	c.change(topicChange{topic: topic, hold: hold{holdSchema, reason}})
}

// Replace gives a topic another mapper and ends a hold of the topic: each of its
// partitions goes on from its resolved prefix, with the clock of that prefix.
// Replace may be called from any goroutine and returns at once.
func (c *Consumer) Replace(topic string, mapper Mapper) {
	c.change(topicChange{topic: topic, mapper: mapper})
}

func (c *Consumer) change(t topicChange) { c.request(func() { c.changeTopic(t) }) }

// request queues a change for the poll loop and wakes it.
func (c *Consumer) request(ch change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes = append(c.changes, ch)
	c.wake()
}

// carryOut makes the changes that were asked for.
func (c *Consumer) carryOut() {
	c.mu.Lock()
	changes := c.changes
	c.changes = nil
	c.mu.Unlock()
	for _, ch := range changes {
		ch()
	}
}

func (c *Consumer) changeTopic(ch topicChange) {
	c.mu.Lock()
	s := c.topics[ch.topic]
	if s == nil {
		c.mu.Unlock()
		return
	}
	if ch.mapper != nil {
		s.Mapper, s.held = ch.mapper, nil
		s.poison.reset()
	} else {
		s.held = &ch.hold
	}
	c.mu.Unlock()
	c.deps.Health("topic "+ch.topic, ch.hold.text)
	for _, p := range c.current() {
		switch {
		case p.topic != ch.topic:
		case ch.soft:
			p.held.Store(&ch.hold)
			c.halt(p)
		default:
			c.reopen(p)
		}
	}
}

// halt lets a partition take no more records. What it has taken gets its
// outcome and is committed.
func (c *Consumer) halt(p *partition) {
	p.stop()
	c.client.PauseFetchPartitions(p.only())
}

// reopen ends an assignment's present life and begins another that goes on from
// the resolved prefix: Invariant 10. What was in flight is read again with the
// same stamps. Outcomes that still arrive for it count no more: Invariant 5.
func (c *Consumer) reopen(old *partition) {
	c.reopenAt(old, nil)
}

// reopenAt is reopen, at another position when there is one.
func (c *Consumer) reopenAt(old *partition, at *position) {
	old.close()
	old.unhold()
	from, committed, begins := old.resume()
	if at != nil {
		from, committed = at, false
	}
	p := c.assign(old.parent, old.topic, old.id)
	switch {
	case from != nil:
		p.open(*from, committed)
		c.seek(p, *from)
	case begins != nil: // its clock was still being rebuilt
		c.rebuild(p, *begins)
	}
}

// seek has the client fetch a partition from a position. The client skips it
// when it has delivered nothing of the partition yet, which is then right.
func (c *Consumer) seek(p *partition, at position) {
	c.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{p.topic: {p.id: {Epoch: at.epoch, Offset: at.offset}}})
}

// found reports whether a pattern found a topic.
func (c *Consumer) found(topic string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.topics[topic]
	return s != nil && s.Found
}

// names gives the topics that are consumed, sorted.
func (c *Consumer) names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.topics))
}
