package pipeline

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// never is a commit interval that no test reaches: only what must be committed out
// of turn is.
const never = 5 * time.Minute

// secondRow keeps the second row of each partition open until a channel is closed.
func secondRow(until <-chan struct{}) func(write) <-chan struct{} {
	return func(w write) <-chan struct{} {
		if w.key == "k1" {
			return until
		}
		return nil
	}
}

// A partition that moves to another member is drained and committed first, so that
// nothing is written again.
func TestAHandoverCommitsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		b.config.CommitInterval = never
		release := make(chan struct{})
		sink := &memory{hold: secondRow(release)}
		first := b.start(sink, &drawer{})
		b.produce(0, 1_700_000_000_000, "a", "b", "c")
		b.produce(1, 1_700_000_000_000, "a", "b", "c")
		eventually(t, "the rows are under way", func() bool { return len(sink.all()) == 6 })
		second := b.start(sink, &drawer{})
		eventually(t, "one partition is being given up", func() bool { return len(first.current()) == 1 })
		close(release)
		eventually(t, "the second worker has it", func() bool { return len(second.current()) == 1 })
		moved := second.current()[0].id
		eventually(t, "and goes on from the end", func() bool { return second.current()[0].position().offset == 3 })
		if at, _ := b.commit(moved); at != 3 {
			t.Errorf("partition %d is committed at %d when it has moved, want 3", moved, at)
		}
		for _, w := range []*worker{first, second} {
			if err := w.stop(); err != nil {
				t.Error(err)
			}
		}
		if n := b.committed(2); n != 6 {
			t.Errorf("%d records are committed, want 6", n)
		}
		if n := len(sink.all()); n != 6 {
			t.Errorf("%d rows were written, want each of 6 once", n)
		}
	})
}

// Invariant 5: what a member acknowledges after its partition has moved on must not
// rewind the new owner. The broker would let it: it does not ask who owns what.
func TestALateAcknowledgementDoesNotRewindTheNewOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		release := make(chan struct{})
		slow := &memory{hold: secondRow(release), late: true}
		first := b.start(slow, &drawer{})
		b.produce(0, 1_700_000_000_000, "a", "b")
		b.produce(1, 1_700_000_000_000, "a", "b")
		eventually(t, "the rows are under way", func() bool { return len(slow.all()) == 4 })
		second := b.start(&memory{}, &drawer{})
		eventually(t, "one partition has moved", func() bool { return len(second.current()) == 1 })
		moved := second.current()[0].id
		b.produce(moved, 1_700_000_000_000, "c")
		eventually(t, "its new owner commits", func() bool { at, _ := b.commit(moved); return at == 3 })
		close(release)
		slow.tasks.Wait()
		time.Sleep(10 * time.Second)
		if at, _ := b.commit(moved); at != 3 {
			t.Errorf("partition %d is committed at %d, want 3", moved, at)
		}
		if at, _ := b.commit(1 - moved); at != 2 {
			t.Errorf("partition %d, which stayed, is committed at %d, want 2", 1-moved, at)
		}
		if len(first.current()) != 1 {
			t.Errorf("the first worker has %d partitions", len(first.current()))
		}
	})
}

// A member that the coordinator no longer knows commits nothing: somebody else may
// be ahead. What it had not committed is read again, with the same stamps.
func TestALostMemberNeverCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.config.CommitInterval = never
		sink := &memory{}
		commits := b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: testGroup, Observe: true, Count: -1})
		w := b.start(sink, &drawer{})
		b.produce(0, 1_700_000_000_000, "a", "b")
		eventually(t, "both rows are written", func() bool { return len(sink.all()) == 2 })
		lost := b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: testGroup, Err: kerr.UnknownMemberID})
		eventually(t, "the worker has lost the partition, has it again, and writes both rows again", func() bool { return len(sink.all()) == 4 })
		if lost.Hits() != 1 || commits.Hits() != 0 {
			t.Errorf("%d heartbeats refused and %d commits, want 1 and 0", lost.Hits(), commits.Hits())
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if got := sink.all(); got[2] != got[0] || got[3] != got[1] {
			t.Errorf("wrote %v: the stamps must be the same", got)
		}
		if at, _ := b.commit(0); at != 2 {
			t.Errorf("committed %d, want 2", at)
		}
	})
}

// A partition that comes back to a worker is a new assignment: what is still
// acknowledged for the earlier one counts for nobody.
func TestALateAcknowledgementOfAnEarlierAssignmentIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		early, later := make(chan struct{}), make(chan struct{})
		sink := &memory{late: true}
		var until atomic.Pointer[chan struct{}]
		until.Store(&early)
		sink.hold = func(write) <-chan struct{} { return *until.Load() }
		w := b.start(sink, &drawer{})
		b.produce(0, 1_700_000_000_000, "a", "b")
		eventually(t, "both rows are under way", func() bool { return len(sink.all()) == 2 })
		until.Store(&later)
		b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Group: testGroup, Err: kerr.IllegalGeneration})
		eventually(t, "they are under way again", func() bool { return len(sink.all()) == 4 })
		close(early)
		time.Sleep(10 * time.Second)
		if at, _ := b.commit(0); at != 0 {
			t.Errorf("committed %d for the earlier assignment", at)
		}
		close(later)
		eventually(t, "the later assignment's acknowledgements count", func() bool { at, _ := b.commit(0); return at == 2 })
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// Two workers with one instance id: the older one ends, so that somebody sees it.
func TestTheSecondOfTwoInstancesEndsTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		static := func(d *Deps) { d.Group.InstanceID = "worker-0" }
		first := b.start(&memory{}, &drawer{}, static)
		b.produce(0, 1_700_000_000_000, "a")
		eventually(t, "the first worker commits", func() bool { at, _ := b.commit(0); return at == 1 })
		second := b.start(&memory{}, &drawer{}, static)
		if err := first.wait(); !errors.Is(err, errFenced) {
			t.Errorf("the first worker ended with %v", err)
		}
		b.produce(0, 1_700_000_000_000, "b")
		eventually(t, "the second worker commits", func() bool { at, _ := b.commit(0); return at == 2 })
		if err := second.stop(); err != nil {
			t.Error(err)
		}
	})
}

// The end of the process's context in the middle of a rebalance leaves no worker
// behind.
func TestStoppingDuringARebalance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		first := b.start(&memory{}, &drawer{})
		eventually(t, "the first worker has both partitions", func() bool { return len(first.current()) == 2 })
		joins := b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, Group: testGroup, Observe: true, Count: -1})
		second := b.start(&memory{}, &drawer{})
		if err := joins.Wait(context.WithoutCancel(t.Context()), 1); err != nil {
			t.Fatal(err)
		}
		for _, w := range []*worker{second, first} {
			if err := w.stop(); err != nil {
				t.Error(err)
			}
		}
	})
}
