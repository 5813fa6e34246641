package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"ingest/mapping"
	"ingest/retry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEveryRecordIsWrittenAndCommittedWithItsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		b.produce(0, 1_700_000_000_000, "a", "b", "skip")
		b.produce(1, 1_700_000_000_500, "c")
		sink := &memory{}
		w := b.start(sink, &drawer{})
		eventually(t, "both partitions are committed", func() bool {
			at0, _ := b.commit(0)
			at1, _ := b.commit(1)
			return at0 == 3 && at1 == 1
		})
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		// The skipped record advances the clock too: three records of one timestamp.
		if _, metadata := b.commit(0); metadata != "ingest/1 clock=1700000000000002 generation=0 mapping=abc" {
			t.Errorf("partition 0 carries %q", metadata)
		}
		if _, metadata := b.commit(1); metadata != "ingest/1 clock=1700000000500000 generation=0 mapping=abc" {
			t.Errorf("partition 1 carries %q", metadata)
		}
		got := sink.all()
		slices.SortFunc(got, func(a, b write) int { return int(a.stamp - b.stamp) })
		want := []write{{"k0", 1_700_000_000_000_000}, {"k1", 1_700_000_000_000_001}, {"k0", 1_700_000_000_500_000}}
		if !slices.Equal(got, want) {
			t.Errorf("wrote %v, want %v", got, want)
		}
	})
}

func TestAnEmptyPartitionCommitsItsStartAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.start(&memory{}, &drawer{})
		eventually(t, "the start is committed", func() bool { at, _ := b.commit(0); return at == 0 })
	})
}

// Invariant 3: a worker that goes on from a commit stamps as one that never
// stopped, although the record timestamps went backwards.
func TestTheClockGoesOnFromTheCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a")
		sink := &memory{}
		w := b.start(sink, &drawer{})
		eventually(t, "the first record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		b.produce(0, 1_500_000_000_000, "b")
		b.start(sink, &drawer{})
		eventually(t, "the second record is committed", func() bool { at, _ := b.commit(0); return at == 2 })
		if got := sink.all(); got[len(got)-1].stamp != 1_700_000_000_000_001 {
			t.Errorf("the older record is stamped %d, want 1700000000000001", got[len(got)-1].stamp)
		}
	})
}

// Invariants 1 and 2: one open row holds the offset back and the clock with it,
// however far the others are.
func TestAnOpenRowHoldsTheCommitBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "held", "c")
		release := make(chan struct{})
		sink := &memory{hold: func(w write) <-chan struct{} {
			if w.key == "k1" {
				return release
			}
			return nil
		}}
		w := b.start(sink, &drawer{})
		eventually(t, "the third row is written and the first committed", func() bool {
			at, _ := b.commit(0)
			return len(sink.all()) == 3 && at == 1
		})
		b.produce(0, 1_800_000_000_000, "d")
		eventually(t, "a later record is written", func() bool { return len(sink.all()) == 4 })
		if at, metadata := b.commit(0); at != 1 || !strings.Contains(metadata, "clock=1700000000000000 ") {
			t.Errorf("committed %d %q while record 1 is open", at, metadata)
		}
		close(release)
		eventually(t, "everything is committed", func() bool { at, _ := b.commit(0); return at == 4 })
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestPoisonBecomesOneLetterAndCostsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "poison", "refused", "d")
		sink := &memory{refuse: func(w write) bool { return w.key == "k2" }}
		letters := &drawer{}
		b.start(sink, letters)
		eventually(t, "all four are committed", func() bool { at, _ := b.commit(0); return at == 4 })
		var got []string
		for _, l := range letters.letters {
			got = append(got, string(l.Record.Value)+" "+string(l.Failures[0].Reason))
			if want := 1_700_000_000_000_000 + l.Record.Offset; l.WriteTimestamp != want {
				t.Errorf("letter of offset %d carries write timestamp %d, want %d", l.Record.Offset, l.WriteTimestamp, want)
			}
		}
		slices.Sort(got)
		if want := []string{"poison " + string(retry.ReasonDecode), "refused " + string(retry.ReasonRejected)}; !slices.Equal(got, want) {
			t.Errorf("letters %q, want %q", got, want)
		}
	})
}

// Invariant 5: what is acknowledged after the partition has gone to another
// worker does not move that worker's offset.
func TestALateAcknowledgementDoesNotCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "b")
		release := make(chan struct{})
		first := &memory{hold: func(write) <-chan struct{} { return release }, late: true}
		w := b.start(first, &drawer{})
		eventually(t, "the first worker has both rows open", func() bool { return len(first.all()) == 2 })
		if err := w.stop(); err == nil {
			t.Error("a shutdown that left writes open should say so")
		}
		close(release)
		first.tasks.Wait()
		if at, _ := b.commit(0); at != 0 {
			t.Errorf("committed %d although no row was acknowledged in time", at)
		}
		second := &memory{}
		b.start(second, &drawer{})
		eventually(t, "the second worker commits", func() bool { at, _ := b.commit(0); return at == 2 })
		if got := second.all(); !slices.Equal(got, first.all()) {
			t.Errorf("the second worker wrote %v, the first %v: the stamps must be the same", got, first.all())
		}
	})
}

func TestTwoWorkersShareAndHandOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 4)
		sink := &memory{}
		w1 := b.start(sink, &drawer{})
		for p := range int32(4) {
			b.produce(p, 1_700_000_000_000, "a", "b", "c")
		}
		eventually(t, "the first worker commits all", func() bool { return b.committed(4) == 12 })
		b.start(sink, &drawer{})
		for p := range int32(4) {
			b.produce(p, 1_700_000_000_000, "d", "e")
		}
		eventually(t, "both commit all", func() bool { return b.committed(4) == 20 })
		if err := w1.stop(); err != nil {
			t.Error(err)
		}
		for p := range int32(4) {
			b.produce(p, 1_700_000_000_000, "f")
		}
		eventually(t, "the second commits all", func() bool { return b.committed(4) == 24 })
		stamps := map[write]bool{}
		for _, w := range sink.all() {
			stamps[w] = true
		}
		for p := range int32(4) {
			if _, metadata := b.commit(p); !strings.Contains(metadata, "clock=1700000000000005 ") {
				t.Errorf("partition %d carries %q after six records of one timestamp", p, metadata)
			}
		}
	})
}

func (b *broker) committed(partitions int32) (sum int64) {
	for p := range partitions {
		at, _ := b.commit(p)
		sum += max(0, at)
	}
	return sum
}

func TestControlRecordsResolveAndDoNotTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.transaction(true, "a", "b")
		b.transaction(false, "aborted")
		sink := &memory{}
		b.start(sink, &drawer{})
		// a, b, commit marker, aborted, abort marker
		eventually(t, "the last marker is committed", func() bool { at, _ := b.commit(0); return at == 5 })
		if _, metadata := b.commit(0); !strings.Contains(metadata, "clock=1700000000000001 ") {
			t.Errorf("the commit carries %q: markers must not advance the clock", metadata)
		}
		b.produce(0, 1_700_000_000_000, "c")
		eventually(t, "the next record is committed", func() bool { at, _ := b.commit(0); return at == 6 })
		if got := sink.all(); len(got) != 3 || got[2].stamp != 1_700_000_000_000_002 {
			t.Errorf("wrote %v, want the two of the committed transaction and a third stamped 1700000000000002", got)
		}
	})
}

func (b *broker) transaction(commit bool, values ...string) {
	b.t.Helper()
	client, err := kgo.NewClient(append(slices.Clip(b.reach), kgo.TransactionalID("tx"), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		b.t.Fatal(err)
	}
	defer client.Close()
	if err := client.BeginTransaction(); err != nil {
		b.t.Fatal(err)
	}
	plain := b.client
	b.client = client
	b.produce(0, 1_700_000_000_000, values...)
	b.client = plain
	if err := client.EndTransaction(b.t.Context(), kgo.TransactionEndTry(commit)); err != nil {
		b.t.Fatal(err)
	}
}

func TestGoingBackAGenerationIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a")
		w := b.start(&memory{}, &drawer{}, func(d *Deps) { d.Generation = 2 })
		eventually(t, "the record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		w = b.start(&memory{}, &drawer{}, func(d *Deps) { d.Generation = 1 })
		if err := w.wait(); !errors.Is(err, ErrGenerationBack) {
			t.Errorf("the worker ended with %v", err)
		}
	})
}

// brokenSink is one that no retry mends.
type brokenSink struct{}

var errBroken = errors.New("broken")

func (brokenSink) Write(context.Context, []mapping.Row, func([]*mapping.Row, error)) error {
	return errBroken
}

func TestASinkThatBreaksEndsTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a")
		w := b.start(brokenSink{}, &drawer{})
		if err := w.wait(); !errors.Is(err, errBroken) {
			t.Errorf("the worker ended with %v", err)
		}
		if at, _ := b.commit(0); at > 0 {
			t.Errorf("committed %d", at)
		}
	})
}

func TestBacklogIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		b.produce(0, 1_700_000_000_000, "a", "b", "c")
		backlog, err := MeasureBacklog(t.Context(), kadm.NewClient(b.client), testGroup, []string{testTopic})
		if err != nil || backlog.Total != 3 {
			t.Fatalf("backlog %+v, %v; want 3", backlog, err)
		}
		b.start(&memory{}, &drawer{})
		var last int64
		if err := backlog.Wait(t.Context(), func(done int64) { last = done }); err != nil || last != 3 {
			t.Errorf("Wait: %v after %d of 3", err, last)
		}
	})
}
