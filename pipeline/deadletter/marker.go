package deadletter

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Marker writes marks into dead-letter topics.
type Marker struct {
	client  *kgo.Client
	version string
}

// NewMarker makes a Marker; opts say how to reach Kafka, version is that of this
// program. It connects to nothing. Close must be called.
func NewMarker(opts []kgo.Opt, version string) (*Marker, error) {
	// A mark that comes twice says the same, and so needs no idempotent producer,
	// which some clusters want a right for.
	client, err := kgo.NewClient(slices.Concat(opts, []kgo.Opt{
		kgo.RequiredAcks(kgo.AllISRAcks()), kgo.DisableIdempotentWrite(), kgo.RecordPartitioner(kgo.ManualPartitioner()),
	})...)
	if err != nil {
		return nil, fmt.Errorf("setting up a Kafka client: %w", err)
	}
	return &Marker{client, version}, nil
}

// MayWrite asks whether marks may be written, before anything depends on it. A
// broker too old to say counts as yes.
func (m *Marker) MayWrite(ctx context.Context, topics []string) error {
	details, err := kadm.NewClient(m.client).ListTopics(kadm.WithAuthorizedOps(ctx), topics...)
	if err != nil {
		return asking(err)
	}
	for _, name := range topics {
		if err := topicVerdict(name, details); err != nil {
			return err
		}
		ops := details[name].AuthorizedOperations
		if len(ops) > 0 && !slices.Contains(ops, kmsg.ACLOperationWrite) && !slices.Contains(ops, kmsg.ACLOperationAll) {
			return fmt.Errorf("dead-letter topic %q: grant Write on it, so that replayed letters can be marked: %w", name, kerr.TopicAuthorizationFailed)
		}
	}
	return nil
}

// Mark writes the marks of letters and returns once all in-sync replicas have
// them. It waits while brokers are away; its error is the first refusal, or ctx's
// cause.
func (m *Marker) Mark(ctx context.Context, letters []*Stored) error {
	records := make([]*kgo.Record, len(letters))
	for i, l := range letters {
		records[i] = NewMark(l, m.version)
	}
	err := m.client.ProduceSync(ctx, records...).FirstErr()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, kerr.InvalidRecord):
		return fmt.Errorf("the topic must take null keys, which a compacted topic does not: set cleanup.policy=delete: %w", err)
	}
	return err
}

// Close ends the client.
func (m *Marker) Close() { m.client.Close() }
