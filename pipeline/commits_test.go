package pipeline

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// What the broker may answer to a commit while the member is one: the position is
// committed later, nothing is written twice for it, and the clock goes with it.
// REQUEST_TIMED_OUT is the one that comes after the commit has been carried out.
func TestARefusedCommitIsTriedAgain(t *testing.T) {
	for _, answer := range []*kerr.Error{
		kerr.RequestTimedOut, kerr.RebalanceInProgress, kerr.CoordinatorLoadInProgress, kerr.CoordinatorNotAvailable,
		kerr.NotCoordinator, kerr.UnknownMemberID, kerr.IllegalGeneration, kerr.UnknownTopicOrPartition, kerr.GroupAuthorizationFailed,
		kerr.OffsetMetadataTooLarge, kerr.UnknownServerError,
	} {
		t.Run(answer.Message, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t, 1)
				sink := &memory{}
				w := b.start(sink, &drawer{})
				eventually(t, "the start is committed", func() bool { at, _ := b.commit(0); return at == 0 })
				refused := b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: testGroup, Err: answer, Count: 3})
				b.produce(0, 1_700_000_000_000, "a", "b")
				eventually(t, "both records are committed", func() bool { at, _ := b.commit(0); return at == 2 })
				eventually(t, "all three refusals are over", func() bool { return refused.Hits() == 3 || answer == kerr.RequestTimedOut })
				b.produce(0, 1_600_000_000_000, "c")
				eventually(t, "so is the next one", func() bool { at, _ := b.commit(0); return at == 3 })
				if err := w.stop(); err != nil {
					t.Error(err)
				}
				if _, metadata := b.commit(0); metadata != "ingest/1 clock=1700000000000002 generation=0 mapping=abc" {
					t.Errorf("the commit carries %q", metadata)
				}
				want := []write{{"k0", 1_700_000_000_000_000}, {"k1", 1_700_000_000_000_001}, {"k0", 1_700_000_000_000_002}}
				if got := sink.all(); !slices.Equal(got, want) {
					t.Errorf("wrote %v, want %v", got, want)
				}
			})
		})
	}
}

// Another member with this one's instance id has the partitions: this one ends.
func TestAFencedCommitEndsTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		w := b.start(&memory{}, &drawer{}, func(d *Deps) { d.Group.InstanceID = "worker-0" })
		eventually(t, "the start is committed", func() bool { at, _ := b.commit(0); return at == 0 })
		b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: testGroup, Err: kerr.FencedInstanceID, Count: -1})
		b.produce(0, 1_700_000_000_000, "a")
		if err := w.wait(); !errors.Is(err, errFenced) {
			t.Errorf("the worker ended with %v", err)
		}
		if at, _ := b.commit(0); at != 0 {
			t.Errorf("committed %d although it was fenced", at)
		}
	})
}

// Commits that do not succeed hold up neither a shutdown beyond its deadline nor,
// when they are over, anything else.
func TestAShutdownKeepsItsDeadline(t *testing.T) {
	for name, away := range map[string]func(b *broker){
		"no coordinator": func(b *broker) {
			b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: testGroup, Err: kerr.CoordinatorNotAvailable, Count: -1})
		},
		"no broker": func(b *broker) { b.fake.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t, 1)
				sink := &memory{}
				w := b.start(sink, &drawer{})
				eventually(t, "the start is committed", func() bool { at, _ := b.commit(0); return at == 0 })
				b.produce(0, 1_700_000_000_000, "a")
				eventually(t, "the row is written", func() bool { return len(sink.all()) == 1 })
				away(b)
				time.Sleep(time.Second)
				start := time.Now()
				_ = w.stop()
				if took := time.Since(start); took > b.config.ShutdownTimeout+100*time.Millisecond { // the rest leaves the group
					t.Errorf("stopping took %v, want %v at most", took, b.config.ShutdownTimeout)
				}
			})
		})
	}
}

// The coordinator and the partitions' leaders move from broker to broker, as when
// brokers are restarted one by one: every record is written and committed once.
func TestMovingBrokers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrokers(t, 4, 9092, 9093, 9094)
		b.reach = append(b.reach, kgo.Dialer(slowed(b.dial)))
		sink := &memory{}
		w := b.start(sink, &drawer{})
		eventually(t, "the worker has all partitions", func() bool { return len(w.current()) == 4 })
		for round := range 6 {
			switch round % 3 {
			case 0:
				b.fake.ShufflePartitionLeaders()
			case 1:
				b.fake.RehashCoordinators()
			default:
				b.fake.ShufflePartitionLeaders()
				b.fake.RehashCoordinators()
			}
			for p := range int32(4) {
				b.produce(p, 1_700_000_000_000, "a", "b")
			}
		}
		eventually(t, "everything is committed", func() bool { return b.committed(4) == 48 })
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		// What has lost its partitions with the coordinator reads again, with the
		// same stamps: those of one partition, which are 12 for 12 records.
		stamps := map[int64]bool{}
		for _, w := range sink.all() {
			stamps[w.stamp] = true
		}
		if len(stamps) != 12 {
			t.Errorf("%d stamps for the 12 records that each partition has", len(stamps))
		}
	})
}

// slowed makes every request take a millisecond. Without it the client asks an old
// leader for ever in no time: virtual time stands still while anybody has work.
func slowed(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return slowConn{conn}, err
	}
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

type slowConn struct{ net.Conn }

func (c slowConn) Write(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return c.Conn.Write(b)
}
