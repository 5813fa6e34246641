package deadletter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"ingest/pipeline/kafka"
	"ingest/pipeline/scan"
)

// bounds are where the partitions of topics begin and end.
type bounds struct {
	admin        *kadm.Client
	starts, ends kadm.ListedOffsets
}

// findBounds asks for them. Ends are those of stable records: a letter is never
// written in a transaction, but others may write to its topic.
func findBounds(ctx context.Context, admin *kadm.Client, topics []string) (*bounds, error) {
	details, err := admin.ListTopics(ctx, topics...)
	if err != nil {
		return nil, asking(err)
	}
	for _, name := range topics {
		if err := topicVerdict(name, details); err != nil {
			return nil, err
		}
	}
	b := &bounds{admin: admin}
	if b.starts, err = listed(admin.ListStartOffsets(ctx, topics...)); err != nil {
		return nil, err
	}
	b.ends, err = listed(admin.ListCommittedOffsets(ctx, topics...))
	return b, err
}

func asking(err error) error {
	if advice := kafka.Advice(err); advice != "" {
		return fmt.Errorf("asking Kafka for the dead-letter topics: %w: %s", err, advice)
	}
	return fmt.Errorf("asking Kafka for the dead-letter topics: %w", err)
}

func listed(offsets kadm.ListedOffsets, err error) (kadm.ListedOffsets, error) {
	if err == nil {
		err = offsets.Error()
	}
	if err != nil {
		return nil, asking(err)
	}
	return offsets, nil
}

// topicVerdict says what is wrong with a topic.
func topicVerdict(name string, details kadm.TopicDetails) error {
	err := kerr.UnknownTopicOrPartition
	if d, ok := details[name]; ok {
		if d.Err == nil {
			return nil
		}
		if !errors.Is(d.Err, kerr.UnknownTopicOrPartition) {
			return fmt.Errorf("dead-letter topic %q: %s: %w", name, refusal(d.Err), d.Err)
		}
	}
	return fmt.Errorf("there is no dead-letter topic %q: no worker has run with it, or INGEST_DEAD_LETTER_TOPIC names another: %w", name, err)
}

func refusal(err error) string {
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		return "grant Read and Describe on it"
	}
	return "Kafka does not give it"
}

// skipTo moves the starts to the first records that are not older than since.
func (b *bounds) skipTo(ctx context.Context, since time.Time) error {
	var topics []string
	for topic := range b.starts {
		topics = append(topics, topic)
	}
	later, err := listed(b.admin.ListOffsetsAfterMilli(ctx, since.UnixMilli(), topics...))
	if err != nil {
		return err
	}
	later.Each(func(o kadm.ListedOffset) {
		start, ok := b.starts.Lookup(o.Topic, o.Partition)
		if ok && o.Offset > start.Offset {
			start.Offset = o.Offset
			b.starts[o.Topic][o.Partition] = start
		}
	})
	return nil
}

// ranges gives everything between starts and ends.
func (b *bounds) ranges(topics []string) []scan.Range {
	var out []scan.Range
	for _, topic := range topics {
		for partition, end := range b.ends[topic] {
			start, _ := b.starts.Lookup(topic, partition)
			if start.Offset < end.Offset {
				out = append(out, scan.Range{Topic: topic, Partition: partition, From: start.Offset, To: end.Offset})
			}
		}
	}
	return out
}
