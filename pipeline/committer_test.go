package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// commits keeps what the workers ask the coordinator to commit for partition 0.
type commits struct {
	mu    sync.Mutex
	asked []int64
}

// watchCommits sees each request before anything answers it.
func (b *broker) watchCommits() *commits {
	seen := &commits{}
	b.fake.ControlKey(int16(kmsg.OffsetCommit), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.fake.KeepControl()
		seen.mu.Lock()
		defer seen.mu.Unlock()
		for _, topic := range req.(*kmsg.OffsetCommitRequest).Topics {
			for _, p := range topic.Partitions {
				if p.Partition == 0 {
					seen.asked = append(seen.asked, p.Offset)
				}
			}
		}
		return nil, nil, false
	})
	return seen
}

func (c *commits) all() []int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

// Whatever the coordinator answers to a commit, the commit is made in the end, no
// offset goes back, and nothing is written with another stamp.
func TestACommitThatIsRefusedIsTriedAgain(t *testing.T) {
	for _, refusal := range []*kerr.Error{
		kerr.RequestTimedOut, // which may have happened all the same
		kerr.RebalanceInProgress,
		kerr.CoordinatorLoadInProgress,
		kerr.CoordinatorNotAvailable,
		kerr.NotCoordinator,
		kerr.UnknownMemberID,
		kerr.IllegalGeneration,
		kerr.OffsetMetadataTooLarge,
	} {
		t.Run(refusal.Message, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t, 1)
				sink := &memory{}
				w := b.start(sink, &drawer{})
				b.produce(0, 1_700_000_000_000, "a")
				eventually(t, "the first record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
				seen := b.watchCommits()
				refused := b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: testGroup, Err: refusal, Count: 2})
				b.produce(0, 1_700_000_000_000, "b", "c")
				eventually(t, "it was refused twice, and the rest is committed", func() bool {
					at, metadata := b.commit(0)
					return refused.Hits() == 2 && at == 3 && strings.Contains(metadata, "clock=1700000000000002 ")
				})
				if err := w.stop(); err != nil {
					t.Error(err)
				}
				if asked := seen.all(); !slices.IsSorted(asked) || len(asked) < 3 {
					t.Errorf("the commits asked for are %v: an offset goes back, or was not tried again", asked)
				}
				if got := distinct(sink.all()); len(got) != 3 {
					t.Errorf("wrote %v: three records have three stamps", got)
				}
			})
		})
	}
}

func distinct(writes []write) map[int64]bool {
	stamps := map[int64]bool{}
	for _, w := range writes {
		stamps[w.stamp] = true
	}
	return stamps
}

// One partition's refusal costs the others nothing.
func TestARefusalIsOnePartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		refused := b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Topic: testTopic, Partitions: []int32{0}, Err: kerr.OffsetMetadataTooLarge, Count: -1})
		b.produce(0, 1_700_000_000_000, "a")
		b.produce(1, 1_700_000_000_000, "b")
		b.start(&memory{}, &drawer{})
		eventually(t, "partition 1 is committed", func() bool { at, _ := b.commit(1); return at == 1 })
		if at, _ := b.commit(0); at > 0 {
			t.Fatalf("partition 0 is committed at %d", at)
		}
		refused.Remove()
		eventually(t, "partition 0 is too, once it may", func() bool { at, _ := b.commit(0); return at == 1 })
	})
}

// Nothing new, nothing to say: a position that the broker has is not sent again.
func TestAPositionIsCommittedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		seen := b.watchCommits()
		b.produce(0, 1_700_000_000_000, "a")
		w := b.start(&memory{}, &drawer{})
		eventually(t, "the record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
		time.Sleep(time.Minute)
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		asked := seen.all()
		if compact := slices.Compact(slices.Clone(asked)); len(compact) != len(asked) || asked[len(asked)-1] != 1 {
			t.Errorf("the commits asked for are %v", asked)
		}
	})
}

// Another worker of the same instance id has taken over: this one ends and says so.
func TestACommitOfAFencedInstanceEndsTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: testGroup, Err: kerr.FencedInstanceID, Count: -1})
		log := &lines{}
		w := b.start(&memory{}, &drawer{}, func(d *Deps) {
			d.Group.InstanceID = "worker-0"
			d.Log = slog.New(slog.NewTextHandler(log, nil))
		})
		if err := w.wait(); !errors.Is(err, errFenced) {
			t.Errorf("the worker ended with %v", err)
		}
		if at, _ := b.commit(0); at >= 0 {
			t.Errorf("committed %d", at)
		}
		if log.contain("tried again") {
			t.Error("the log says that a fenced commit is tried again")
		}
	})
}

// The commit says in which leader's time its last record was written, so that the
// next reader can see a log that was cut.
func TestTheCommitCarriesTheLeaderEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrokers(t, 1, 9092, 9093)
		b.start(&memory{}, &drawer{})
		b.produce(0, 1_700_000_000_000, "a")
		eventually(t, "the first record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
		before := b.committedEpoch()
		b.moveLeader(0)
		b.produce(0, 1_700_000_000_000, "b")
		eventually(t, "the second record is committed", func() bool { at, _ := b.commit(0); return at == 2 })
		if after := b.committedEpoch(); before < 0 || after <= before {
			t.Errorf("committed with epoch %d under the first leader and %d under the second", before, after)
		}
	})
}

// committedEpoch gives the leader epoch in partition 0's commit.
func (b *broker) committedEpoch() int32 {
	b.t.Helper()
	offsets, err := b.admin.FetchOffsets(b.t.Context(), testGroup)
	if err != nil {
		b.t.Fatal(err)
	}
	o, _ := offsets.Lookup(testTopic, 0)
	return o.LeaderEpoch
}

// moveLeader gives a partition to the other of two brokers.
func (b *broker) moveLeader(partition int32) {
	b.t.Helper()
	next := 1 - b.fake.LeaderFor(testTopic, partition)
	if err := b.fake.MoveTopicPartition(testTopic, partition, next); err != nil {
		b.t.Fatal(err)
	}
}

// Commits are counted by what became of them, and a turn without anything to commit
// is none.
func TestCommitsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		seen := b.watchCommits()
		refused := b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: testGroup, Err: kerr.OffsetMetadataTooLarge, Count: 3})
		b.produce(0, 1_700_000_000_000, "a")
		var m *measured
		log := &lines{}
		w := b.start(&memory{}, &drawer{}, func(d *Deps) { m = newMeasured(d); d.Log = slog.New(slog.NewTextHandler(log, nil)) })
		eventually(t, "the record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
		time.Sleep(time.Minute)
		want := map[string]int64{"ok": int64(len(seen.all())) - int64(refused.Hits()), "failed": int64(refused.Hits())}
		if got := m.by(t, "ingest.commits", "result"); !maps.Equal(got, want) || refused.Hits() != 3 {
			t.Errorf("counted %v, want %v", got, want)
		}
		if !log.contain("committing an offset failed") {
			t.Error("the log does not tell of refused commits")
		}
		w.committed(nil, errors.New("no broker"), nil, nil)
		if got := m.by(t, "ingest.commits", "result")["failed"]; got != 4 {
			t.Errorf("%d failed commits are counted after one without an answer, want 4", got)
		}
		if !log.contain("committing offsets failed") {
			t.Error("the log does not tell of a commit without an answer")
		}
	})
}

// by gives one counter's values by one of its attributes.
func (m *measured) by(t *testing.T, name string, key attribute.Key) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := m.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	values := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, found := range scope.Metrics {
			if data, ok := found.Data.(metricdata.Sum[int64]); ok && found.Name == name {
				for _, p := range data.DataPoints {
					value, _ := p.Attributes.Value(key)
					values[value.AsString()] += p.Value
				}
			}
		}
	}
	return values
}

// lines is a log's output.
type lines struct {
	mu  sync.Mutex
	out strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *lines) contain(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.out.String(), text)
}
