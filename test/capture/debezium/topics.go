package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/captured"
)

// topics are the records of all topics that nobody has taken yet.
type topics struct {
	client  *kgo.Client
	records map[string][]captured.Record
}

func readTopics(brokers []string) (*topics, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeRegex(), kgo.ConsumeTopics("^(postgres|mariadb)_.*", "^__debezium-heartbeat.*"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.MetadataMinAge(200*time.Millisecond), kgo.MetadataMaxAge(time.Second))
	if err != nil {
		return nil, err
	}
	return &topics{client: client, records: map[string][]captured.Record{}}, nil
}

func (t *topics) close() { t.client.Close() }

func (t *topics) poll(ctx context.Context) error {
	fetches := t.client.PollFetches(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	fetches.EachRecord(func(r *kgo.Record) {
		t.records[r.Topic] = append(t.records[r.Topic], captured.Record{Topic: r.Topic, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp.UnixMilli()})
	})
	return nil
}

// take takes the first n records of a topic, nil when there are fewer.
func (t *topics) take(topic string, n int) []captured.Record {
	all := t.records[topic]
	if len(all) < n {
		return nil
	}
	t.records[topic] = all[n:]
	return all[:n:n]
}

func (t *topics) waiting(topic string) int { return len(t.records[topic]) }
