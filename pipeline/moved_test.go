package pipeline

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Leaders and the coordinator may move while a worker runs: it follows them, and
// every record is written once, with the stamp that it would have had anyway.
func TestMovedLeadersAndCoordinatorAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrokers(t, 1, 9092, 9093)
		sink := &memory{}
		w := b.start(sink, &drawer{})
		total := int64(0)
		var want []write
		for round := range 6 {
			b.produce(0, 1_700_000_000_000, "a")
			total++
			want = append(want, write{"k0", 1_700_000_000_000_000 + int64(round)})
			eventually(t, "the record is committed", func() bool { at, _ := b.commit(0); return at == total })
			b.moveLeader(0)
			b.moveCoordinator()
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if got := sink.all(); !slices.Equal(got, want) {
			t.Errorf("wrote %v, want %v", got, want)
		}
	})
}

// moveCoordinator gives the group to the other of two brokers.
func (b *broker) moveCoordinator() {
	b.t.Helper()
	was := b.fake.CoordinatorFor(testGroup)
	for range 100 {
		if b.fake.RehashCoordinators(); b.fake.CoordinatorFor(testGroup) != was {
			return
		}
	}
	b.t.Fatal("the coordinator does not move")
}

// The client finds out that the log was cut when it asks the new leader where the
// old leader's time ended; the partition is read anew from there.
func TestTheClientSeesATruncatedLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrokers(t, 1, 9092, 9093)
		b.produce(0, 1_700_000_000_000, "a", "b", "c")
		sink := &memory{}
		var m *measured
		b.start(sink, &drawer{}, func(d *Deps) { m = newMeasured(d) })
		eventually(t, "all is committed", func() bool { at, _ := b.commit(0); return at == 3 })
		b.cut(1)
		b.moveLeader(0)
		eventually(t, "what stands at the lost offsets is written and committed", func() bool {
			at, metadata := b.commit(0)
			return at == 3 && strings.Contains(metadata, "clock=1700000000000004 ")
		})
		if got := sink.all()[3:]; !slices.Equal(got, []write{{"k1", 1_700_000_000_000_003}, {"k2", 1_700_000_000_000_004}}) {
			t.Errorf("after the cut wrote %v", got)
		}
		if lost := m.sum(t, "ingest.records.lost"); lost != 2 {
			t.Errorf("%d records are counted as lost, want 2", lost)
		}
	})
}

// cut has leaders say, once, that the epoch before theirs ended at an offset.
func (b *broker) cut(end int64) {
	b.fake.ControlKey(int16(kmsg.OffsetForLeaderEpoch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		resp := req.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
		for _, topic := range req.(*kmsg.OffsetForLeaderEpochRequest).Topics {
			answer := kmsg.NewOffsetForLeaderEpochResponseTopic()
			answer.Topic = topic.Topic
			for _, p := range topic.Partitions {
				part := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
				part.Partition, part.LeaderEpoch, part.EndOffset = p.Partition, p.LeaderEpoch, end
				answer.Partitions = append(answer.Partitions, part)
			}
			resp.Topics = append(resp.Topics, answer)
		}
		return resp, nil, true
	})
}
