package pipeline

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A record from the future waits for its time and holds nobody else up; what came
// before it in its partition is written and committed.
func TestARecordFromTheFutureWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		now := time.Now()
		b.produce(0, now.UnixMilli(), "a")
		b.produce(0, now.Add(time.Hour+3*time.Second).UnixMilli(), "b")
		b.produce(0, now.UnixMilli(), "c")
		b.produce(1, now.UnixMilli(), "d", "e")
		sink, said := &memory{}, &reasons{}
		w := b.start(sink, &drawer{}, func(d *Deps) { d.Health, d.MaxFuture = said.report, time.Hour })
		eventually(t, "what is not from the future is committed, and readiness tells of the rest", func() bool {
			at0, _ := b.commit(0)
			at1, _ := b.commit(1)
			return at0 == 1 && at1 == 2 && strings.Contains(said.of(testTopic+"/0"), "offset 1 is dated")
		})
		if n := w.heldPartitions(); n != 1 {
			t.Errorf("%d partitions are held", n)
		}
		eventually(t, "its time has come", func() bool { at, _ := b.commit(0); return at == 3 })
		if reason := said.of(testTopic + "/0"); reason != "" {
			t.Errorf("readiness still says %q", reason)
		}
		if got := sink.all(); len(got) != 5 || time.Now().Before(now.Add(3*time.Second)) {
			t.Errorf("wrote %v after %v", got, time.Since(now))
		}
	})
}

// Microseconds taken for milliseconds count as no timestamp, so they hold nothing;
// and a worker that waits for a record's time stops at once.
func TestStoppingWhileARecordWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, time.Now().UnixMicro(), "a")
		b.produce(0, time.Now().Add(48*time.Hour).UnixMilli(), "b")
		w := b.start(&memory{}, &drawer{}, func(d *Deps) { d.MaxFuture = time.Hour })
		eventually(t, "the first record is committed and the second waits", func() bool { at, _ := b.commit(0); return at == 1 && w.heldPartitions() == 1 })
		start := time.Now()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("stopping took %v", took)
		}
	})
}
