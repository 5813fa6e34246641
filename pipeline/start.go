package pipeline

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// starts says where partitions without a commit begin.
type starts struct {
	consumer      *Consumer
	first, latest kadm.ListedOffsets
}

// ask learns the bounds of the topics that have partitions without a commit.
func (s *starts) ask(ctx context.Context, offsets map[string]map[int32]kgo.Offset) error {
	var topics []string
	for topic, parts := range offsets {
		for _, o := range parts {
			if o.EpochOffset().Offset < 0 || s.consumer.deps.Group.FromLatest {
				topics = append(topics, topic)
				break
			}
		}
	}
	if len(topics) == 0 {
		return nil
	}
	var err error
	if s.first, err = s.consumer.admin.ListStartOffsets(ctx, topics...); err != nil || !s.consumer.deps.Group.FromLatest {
		return err
	}
	s.consumer.noteCounts(s.first)
	s.latest, err = s.consumer.admin.ListCommittedOffsets(ctx, topics...)
	return err
}

// of gives where a partition begins; whole when no record was there before, or
// none is left. A partition that was added while the worker ran begins at its
// first record even for a group that starts at the latest: nobody chose to skip
// the records that came before the worker learnt of it.
func (s *starts) of(topic string, id int32) (at int64, whole bool, err error) {
	first, ok := s.first.Lookup(topic, id)
	if !ok {
		return 0, false, errNoOffset
	}
	if first.Err != nil || !s.consumer.deps.Group.FromLatest || id >= s.consumer.countOf(topic) {
		return first.Offset, true, first.Err
	}
	latest, ok := s.latest.Lookup(topic, id)
	if !ok {
		return 0, false, errNoOffset
	}
	return latest.Offset, latest.Offset <= first.Offset, latest.Err
}

// noteCounts remembers how many partitions a topic had at first.
func (c *Consumer) noteCounts(listed kadm.ListedOffsets) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for topic, parts := range listed {
		if _, known := c.counts[topic]; !known {
			c.counts[topic] = int32(len(parts))
		}
	}
}

func (c *Consumer) countOf(topic string) int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[topic]
}
