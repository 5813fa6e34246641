package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// commitTimeout bounds one commit, so that a broker that is away does not hold
// the committer.
const commitTimeout = 10 * time.Second

// commitRequest asks the committer for a commit out of turn, until ctx ends.
type commitRequest struct {
	ctx   context.Context
	parts []*partition
	done  chan struct{}
}

// committer is the only goroutine that commits: on a timer for everything that
// is assigned, and on request for what is about to be given away.
func (c *Consumer) committer(ctx context.Context) {
	ticker := time.NewTicker(c.cfg.CommitInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.commitNow(ctx, c.current())
		case r := <-c.commits:
			c.commitNow(r.ctx, r.parts)
			close(r.done)
		}
	}
}

// commit has the committer commit these partitions and waits for it, until ctx
// ends. The commit that the committer is at comes first.
func (c *Consumer) commit(ctx context.Context, parts []*partition) {
	r := commitRequest{ctx: ctx, parts: parts, done: make(chan struct{})}
	select {
	case c.commits <- r:
		<-r.done
	case <-ctx.Done():
	}
}

// commitNow commits the resolved prefix of each partition, with its clock:
// Invariants 1 and 2. What fails is tried again at the next turn.
func (c *Consumer) commitNow(ctx context.Context, parts []*partition) {
	offsets := map[string]map[int32]kgo.EpochOffset{}
	states := map[topicPartition]position{}
	owners := map[topicPartition]*partition{}
	for _, p := range parts {
		at, moved := p.uncommitted()
		if !moved {
			continue
		}
		if offsets[p.topic] == nil {
			offsets[p.topic] = map[int32]kgo.EpochOffset{}
		}
		offsets[p.topic][p.id] = kgo.EpochOffset{Epoch: at.epoch, Offset: at.offset}
		states[topicPartition{p.topic, p.id}] = at
		owners[topicPartition{p.topic, p.id}] = p
	}
	if len(offsets) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	ctx, span := c.shared.spans.commit(ctx, offsets)
	defer span.End()
	ctx = kgo.PreCommitFnContext(ctx, func(req *kmsg.OffsetCommitRequest) error { return c.attachStates(req, states) })
	c.client.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
		if !c.committed(resp, err, owners, states) {
			failed(span, "not_committed")
		}
	})
}

// attachStates puts each partition's clock into the metadata of its commit.
func (c *Consumer) attachStates(req *kmsg.OffsetCommitRequest, states map[topicPartition]position) error {
	for i := range req.Topics {
		t := &req.Topics[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			at, ok := states[topicPartition{t.Topic, p.Partition}]
			if !ok {
				return errors.New("a commit names a partition that was not asked for")
			}
			text := State{Clock: at.clock, Generation: c.deps.Generation, Mapping: c.deps.Mapping}.Encode()
			p.Metadata = &text
		}
	}
	return nil
}

// committed notes what the broker took, partition by partition, and reports whether
// that was all: the request as a
// whole can succeed while a partition's commit did not.
func (c *Consumer) committed(resp *kmsg.OffsetCommitResponse, err error, owners map[topicPartition]*partition, states map[topicPartition]position) (all bool) {
	if err != nil {
		c.countCommit("failed")
		c.deps.Log.Warn("committing offsets failed; it is tried again", "error", err)
		return false
	}
	result := "ok"
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			key := topicPartition{t.Topic, p.Partition}
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				result = "failed"
				c.commitError(key, err)
			} else if owner := owners[key]; owner != nil {
				owner.committed(states[key])
			}
		}
	}
	c.countCommit(result)
	return result == "ok"
}

func (c *Consumer) commitError(key topicPartition, err error) {
	if errors.Is(err, kerr.FencedInstanceID) {
		c.fail(errFenced)
		return
	}
	c.deps.Log.Warn("committing an offset failed; it is tried again", "topic", key.topic, "partition", key.id, "error", err)
}

func (c *Consumer) countCommit(result string) {
	c.shared.metrics.commits.Add(context.Background(), 1, metric.WithAttributes(attribute.String("result", result)))
}
