package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

var errFenced = errors.New("another member uses this INGEST_KAFKA_INSTANCE_ID: give every worker its own")

// stubborn is after how many errors in a row, without a record between them,
// readiness hears of a partition that cannot be fetched.
const stubborn = 20

// fetchError reacts to an error that a poll returned. What heals by itself is
// only said; the client tries it again. The poll loop calls it, before
// AllowRebalance, so that partitions stay while it acts.
func (c *Consumer) fetchError(topic string, id int32, err error) {
	c.shared.metrics.fetchErrors.Add(context.Background(), 1)
	if c.groupError(err) {
		return
	}
	p := c.lookup(topic, id)
	if p == nil {
		c.fetchErrors.note(context.Background(), c.deps.Log, "fetching failed; it is tried again", "topic", topic, "partition", id, "error", err)
		return
	}
	var tooLarge *kgo.ErrDecompressTooLarge
	var truncated *kgo.ErrDataLoss
	switch {
	case errors.Is(err, kerr.OffsetOutOfRange):
		c.stop(p, hold{holdOutOfRange, "the offset to read is no longer in the log (retention has overtaken this group, or records were deleted): " +
			"records were lost; stop the group's workers, reset its offset for this partition with kafka-consumer-groups, and start them again"})
	case errors.As(err, &tooLarge):
		c.stop(p, hold{holdBatch, fmt.Sprintf("the compressed batch at offset %d grows to more than INGEST_KAFKA_DECOMPRESS_MAX_BYTES: "+
			"raise it; or, to lose the batch, reset the group's offset for this partition to %d with kafka-consumer-groups while no worker runs", tooLarge.Offset, tooLarge.NextOffset)})
	case errors.As(err, &truncated):
		c.truncated(p, truncated)
	case errors.Is(err, kerr.UnknownTopicID):
		p.close() // an offset of the old topic must not be committed for the new one
		c.stop(p, hold{holdRecreated, "the topic was deleted and created again: what this group had not read of the old one is lost; restart the worker to read the new one from INGEST_KAFKA_START"})
	default:
		c.stubborn(p, err)
	}
}

// groupError reacts to an error that is about the group and no partition.
func (c *Consumer) groupError(err error) bool {
	var session *kgo.ErrGroupSession
	switch {
	case errors.Is(err, kerr.FencedInstanceID):
		c.fail(errFenced)
	case errors.As(err, &session):
		c.deps.Health("kafka group", "not a member of the group: "+groupReason(session.Err))
		c.sessionErrors.note(context.Background(), c.deps.Log, "the group session ended; it is joined again", "error", session.Err)
	default:
		return false
	}
	return true
}

// groupReason says what a person can do about a group that cannot be joined.
func groupReason(err error) string {
	switch {
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return "grant READ on the consumer group (INGEST_KAFKA_GROUP_ID): " + err.Error()
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return "grant READ and DESCRIBE on the topics: " + err.Error()
	case errors.Is(err, kerr.InvalidSessionTimeout):
		return "set INGEST_KAFKA_SESSION_TIMEOUT between the broker's group.min.session.timeout.ms and group.max.session.timeout.ms: " + err.Error()
	case errors.Is(err, kerr.InconsistentGroupProtocol):
		return "members of the group use another assignment strategy (every worker uses cooperative-sticky), or are no ingest workers: " + err.Error()
	}
	return err.Error()
}

// stop halts one partition for a reason that only a person can mend.
func (c *Consumer) stop(p *partition, h hold) {
	p.hold(h)
	c.halt(p)
}

// truncated goes on after an unclean leader election has cut the log. Offsets from
// ResetTo on are given to other records now, so the partition begins anew there:
// later outcomes of the old records count no more. The clock goes on, since rows of
// records that are gone may be in the tables, and what comes later must win.
func (c *Consumer) truncated(p *partition, loss *kgo.ErrDataLoss) {
	c.lost(p, loss.ConsumedTo-loss.ResetTo, "the log was truncated, by an unclean leader election: what was read from there on is gone from Kafka, but may be in the tables",
		"consumed_to", loss.ConsumedTo, "goes_on_at", loss.ResetTo)
	c.reopenAt(p, &position{offset: loss.ResetTo, epoch: loss.ResetToEpoch, clock: p.reading.Load()})
}

// lost counts and tells offsets that will never be read.
func (c *Consumer) lost(p *partition, offsets int64, what string, args ...any) {
	c.shared.metrics.lost.Add(context.Background(), max(0, offsets), c.shared.metrics.topic(p.topic).lost)
	c.deps.Log.Error(what, append([]any{"topic", p.topic, "partition", p.id, "offsets", offsets}, args...)...)
}

// stubborn says when an error that the client tries again does not go away: a
// missing right, or a batch that is damaged on the broker's disk.
func (c *Consumer) stubborn(p *partition, err error) {
	what := err.Error()
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		what = "grant READ and DESCRIBE on the topic: " + what
	}
	if p.failed++; p.failed == stubborn {
		c.deps.Health(partitionName(p.topic, p.id), "fetching fails again and again: "+what)
	}
	c.fetchErrors.note(context.Background(), c.deps.Log, "fetching failed; it is tried again", "topic", p.topic, "partition", p.id, "error", err)
}

// arrived notes records that a poll brought, and offsets that retention took away
// before they were read. That gives no error while a consumer is running.
func (c *Consumer) arrived(p *partition, f *kgo.FetchPartition) {
	if p.failed >= stubborn {
		c.deps.Health(partitionName(p.topic, p.id), "")
	}
	p.failed = 0
	if p.next >= 0 && f.LogStartOffset > p.next {
		c.lost(p, f.LogStartOffset-p.next, "retention has overtaken the worker: records were deleted before they were read", "from", p.next, "log_start", f.LogStartOffset)
	}
	last := f.Records[len(f.Records)-1]
	p.next = last.Offset + 1
	p.arrivedMillis.Store(last.Timestamp.UnixMilli())
}
