package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// onAssigned makes a partition of each new assignment and starts its lane, which
// waits until its start is known. work bounds the lanes' lives.
func (c *Consumer) onAssigned(work context.Context, parts map[string][]int32) {
	<-c.running
	for topic, ids := range parts {
		for _, id := range ids {
			c.assign(work, topic, id)
		}
	}
	c.rebalanced("assigned", parts, 1)
	c.deps.Health("kafka group", "")
}

// assign makes the partition of an assignment. Its lane reads nothing while its
// topic is held.
func (c *Consumer) assign(work context.Context, topic string, id int32) *partition {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.topics[topic]
	p := newPartition(work, c.shared, topic, id, s, Clock{Floor: c.deps.Floor, Generation: c.deps.Generation})
	p.inbox.limit = inboxBytes
	p.inbox.queued = c.count
	p.inbox.pause = func() { c.client.PauseFetchPartitions(p.only()) }
	p.inbox.resume = func() { c.client.ResumeFetchPartitions(p.only()) }
	c.assigned[topicPartition{topic, id}] = p
	if s.held != nil {
		p.held.Store(s.held)
		c.halt(p)
	} else {
		c.client.ResumeFetchPartitions(p.only()) // an earlier life may have left it paused
	}
	c.lanes.Go(p.lane)
	return p
}

// onRevoked drains the partitions within the deadline and commits what has its
// outcome, before another member goes on from there.
func (c *Consumer) onRevoked(work context.Context, parts map[string][]int32) {
	_ = c.giveUp(work, c.remove(parts)) // logged there
	c.rebalanced("revoked", parts, -1)
}

// onLost gives partitions up that somebody else may own already. Invariant 5:
// nothing is committed.
func (c *Consumer) onLost(parts map[string][]int32) {
	for _, p := range c.remove(parts) {
		p.close()
	}
	c.rebalanced("lost", parts, -1)
}

func (c *Consumer) remove(parts map[string][]int32) []*partition {
	c.mu.Lock()
	defer c.mu.Unlock()
	var gone []*partition
	for topic, ids := range parts {
		for _, id := range ids {
			key := topicPartition{topic, id}
			if p := c.assigned[key]; p != nil {
				gone = append(gone, p)
				delete(c.assigned, key)
				c.deps.Health(partitionName(topic, id), "")
			}
		}
	}
	return gone
}

func (c *Consumer) rebalanced(what string, parts map[string][]int32, sign int64) {
	n := int64(0)
	for topic, ids := range parts {
		n += int64(len(ids))
		c.deps.Log.Info("partitions "+what, "topic", topic, "partitions", ids)
	}
	if n > 0 {
		c.shared.metrics.rebalances.Add(context.Background(), 1, metric.WithAttributes(attribute.String("change", what)))
		c.shared.metrics.partitions.Add(context.Background(), sign*n)
	}
}

// onOffsetsFetched opens the partitions that have a commit with the clock that
// the commit carries. Those without one are opened by adjustOffsets.
func (c *Consumer) onOffsetsFetched(_ context.Context, _ *kgo.Client, resp *kmsg.OffsetFetchResponse) error {
	for _, g := range resp.Groups {
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				if part := c.lookup(t.Topic, p.Partition); part != nil && p.ErrorCode == 0 && p.Offset >= 0 {
					if err := c.openAt(part, p.Offset, p.LeaderEpoch, p.Metadata); err != nil {
						c.fail(err)
						return err
					}
				}
			}
		}
	}
	return nil
}

// ErrGenerationBack refuses a mapping file whose generation is lower than one
// that has been at work: rows written before would win over those written now.
var ErrGenerationBack = errors.New("the mapping's generation went back")

// openAt opens a partition at its commit.
func (c *Consumer) openAt(p *partition, offset int64, epoch int32, metadata *string) error {
	var text string
	if metadata != nil {
		text = *metadata
	}
	state, found, err := DecodeState(text)
	if err != nil {
		return fmt.Errorf("%s: %w", partitionName(p.topic, p.id), err)
	}
	if state.Generation > c.deps.Generation {
		return fmt.Errorf("%w: %s was written with generation %d, the mapping file says %d; set it to at least %d",
			ErrGenerationBack, partitionName(p.topic, p.id), state.Generation, c.deps.Generation, state.Generation)
	}
	if !found && offset > 0 {
		c.rebuild(p, begin{offset: offset, epoch: epoch})
		return nil
	}
	p.open(position{offset: offset, epoch: epoch, clock: state.Clock}, found)
	return nil
}

// adjustOffsets turns "start" into a plain offset for partitions without a
// commit, so that it can be committed at once.
func (c *Consumer) adjustOffsets(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	s := starts{consumer: c, first: kadm.ListedOffsets{}, latest: kadm.ListedOffsets{}}
	if err := s.ask(ctx, offsets); err != nil {
		return nil, fmt.Errorf("asking where partitions without a commit start: %w", err)
	}
	for topic, parts := range offsets {
		for id, o := range parts {
			if o.EpochOffset().Offset >= 0 {
				continue
			}
			at, whole, err := s.of(topic, id)
			if err != nil {
				return nil, fmt.Errorf("asking where %s starts: %w", partitionName(topic, id), err)
			}
			parts[id] = kgo.NewOffset().At(at)
			switch p := c.lookup(topic, id); {
			case p == nil:
			case whole:
				p.open(position{offset: at, epoch: -1}, false)
			default:
				c.rebuild(p, begin{offset: at, epoch: -1})
			}
		}
	}
	return offsets, nil
}

func partitionName(topic string, id int32) string {
	return topic + "/" + strconv.Itoa(int(id))
}
