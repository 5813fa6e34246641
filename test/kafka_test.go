//go:build stack

package test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

// kafka gives a client of the shared broker; records go to the partition that
// they name.
func kafka(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(servers.Brokers()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ConsumeTopics(), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// createTopic makes a topic that keeps records however old their timestamps are:
// the default retention would delete them while the test runs.
func createTopic(t *testing.T, admin *kadm.Client, topic string, partitions int32) {
	t.Helper()
	forever := "-1"
	resp, err := admin.CreateTopic(t.Context(), partitions, 1, map[string]*string{"retention.ms": &forever}, topic)
	if err = errors.Join(err, resp.Err); err != nil {
		t.Fatalf("creating topic %s: %v", topic, err)
	}
}

// subject is a registered schema with an encoder that shares nothing with the
// worker.
type subject struct {
	id     int
	schema *avro.Schema
}

// register registers a schema in the real registry.
func register(t *testing.T, name, text string) *subject {
	t.Helper()
	id := registerText(t, name, text)
	schema, err := avro.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return &subject{id: id, schema: schema}
}

// registerText is register for records that another encoder writes.
func registerText(t *testing.T, name, text string) (id int) {
	t.Helper()
	client, err := sr.NewClient(sr.URLs(servers.RegistryURL()))
	if err != nil {
		t.Fatal(err)
	}
	registered, err := client.CreateSchema(t.Context(), name, sr.Schema{Schema: text})
	if err != nil {
		t.Fatalf("registering %s: %v", name, err)
	}
	return registered.ID
}

// encode gives a value with the registry's framing: a zero byte and the id.
func (s *subject) encode(t *testing.T, v any) []byte {
	t.Helper()
	framed := binary.BigEndian.AppendUint32([]byte{0}, uint32(s.id))
	data, err := s.schema.AppendEncode(framed, v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// produce appends records and waits until all are acknowledged; their offsets
// are set afterwards.
func produce(t *testing.T, client *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatalf("producing: %v", err)
	}
}

// commits gives a group's committed offsets of a topic by partition; -1 where
// there is none.
func commits(ctx context.Context, admin *kadm.Client, group, topic string, partitions int32) ([]int64, error) {
	out := make([]int64, partitions)
	found, err := admin.FetchOffsets(ctx, group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, err
	}
	for p := range out {
		out[p] = -1
		if o, ok := found.Lookup(topic, int32(p)); ok && o.Err == nil {
			out[p] = o.At
		}
	}
	return out, nil
}

// committedClock reads the clock out of what a commit carries beside its offset.
func committedClock(ctx context.Context, admin *kadm.Client, group, topic string, partition int32) (clock int64, err error) {
	offsets, err := admin.FetchOffsets(ctx, group)
	if err != nil {
		return 0, err
	}
	o, _ := offsets.Lookup(topic, partition)
	var version, generation int
	var mapping string
	if _, err := fmt.Sscanf(o.Metadata, "ingest/%d clock=%d generation=%d mapping=%s", &version, &clock, &generation, &mapping); err != nil {
		return 0, fmt.Errorf("the commit carries %q: %w", o.Metadata, err)
	}
	return clock, nil
}

// lagging gives an error while a group has not committed up to the ends of a
// topic.
func lagging(ctx context.Context, admin *kadm.Client, group, topic string, partitions int32) error {
	at, err := commits(ctx, admin, group, topic, partitions)
	if err != nil {
		return err
	}
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return err
	}
	for p := range partitions {
		end, ok := ends.Lookup(topic, p)
		if !ok || end.Err != nil {
			return fmt.Errorf("no end of %s/%d: %w", topic, p, end.Err)
		}
		if at[p] != end.Offset {
			return fmt.Errorf("%s/%d is committed up to %d of %d", topic, p, at[p], end.Offset)
		}
	}
	return nil
}

// readAll gives everything that a topic holds now; compaction may have taken some
// of it, but never the last record of a partition.
func readAll(t *testing.T, admin *kadm.Client, topic string) []*kgo.Record {
	t.Helper()
	ends, err := admin.ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	unread := map[int32]int64{} // partitions by their last offset
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			unread[o.Partition] = o.Offset - 1
		}
	})
	if len(unread) == 0 {
		return nil
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(servers.Brokers()...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var records []*kgo.Record
	for len(unread) > 0 {
		fetches := reader.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatalf("reading %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if last, ok := unread[r.Partition]; ok && r.Offset >= last {
				delete(unread, r.Partition)
			}
		})
		records = append(records, fetches.Records()...)
	}
	return records
}
