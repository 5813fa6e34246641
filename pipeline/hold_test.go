package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// reasons keeps what a worker says on readiness.
type reasons struct {
	mu   sync.Mutex
	said map[string]string
}

func (r *reasons) report(component, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.said == nil {
		r.said = map[string]string{}
	}
	r.said[component] = reason
}

func (r *reasons) of(component string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said[component]
}

// A topic that is held gives up what is in flight, commits nothing more, and goes
// on from there with another mapper and the same stamps.
func TestAHeldTopicGoesOnFromItsPrefix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		b.produce(0, 1_700_000_000_000, "a", "b", "c")
		never := make(chan struct{})
		sink := &memory{hold: func(w write) <-chan struct{} {
			if w.key == "k1" {
				return never
			}
			return nil
		}}
		said := &reasons{}
		w := b.start(sink, &drawer{}, func(d *Deps) { d.Health = said.report })
		eventually(t, "the first record is committed and the others written", func() bool { at, _ := b.commit(0); return at == 1 && len(sink.all()) == 3 })
		w.Hold(testTopic, "column gone")
		eventually(t, "readiness names the topic", func() bool { return said.of("topic "+testTopic) == "column gone" })
		b.produce(1, 1_800_000_000_000, "d")
		b.produce(0, 1_700_000_000_000, "e")
		before := sink.all()
		w.Replace(testTopic, newOneTable())
		sink.mu.Lock()
		sink.hold = nil
		sink.mu.Unlock()
		eventually(t, "everything is committed", func() bool { return b.committed(2) == 5 })
		if reason := said.of("topic " + testTopic); reason != "" {
			t.Errorf("readiness still says %q", reason)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		again := sink.all()[len(before):]
		for _, want := range before[1:] {
			if !slices.Contains(again, want) {
				t.Errorf("%v was in flight and is not written again with its stamp: %v", want, again)
			}
		}
		if slices.Contains(again, before[0]) {
			t.Errorf("%v was committed and is written again", before[0])
		}
	})
}

// While a topic is held nothing of it is read, whoever joins; and a revoke does
// not wait for it.
func TestNothingOfAHeldTopicIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		sink := &memory{}
		w := b.start(sink, &drawer{})
		eventually(t, "both starts are committed", func() bool { return b.committedStarts(2) })
		w.Hold(testTopic, "table gone")
		eventually(t, "the partitions are held", func() bool { return w.heldPartitions() == 2 })
		b.produce(0, 1_700_000_000_000, "a")
		b.produce(1, 1_700_000_000_000, "b")
		start := time.Now()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("stopping took %v", took)
		}
		if got := sink.all(); len(got) > 0 {
			t.Errorf("wrote %v while the topic was held", got)
		}
		if at, _ := b.commit(0); at != 0 {
			t.Errorf("committed %d while the topic was held", at)
		}
	})
}

// What only a person can mend is told until it is mended, whatever hold of its own
// the lane begins or ends meanwhile.
func TestAHoldThatPassesHidesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		said := &reasons{}
		w := b.start(&memory{}, &drawer{}, func(d *Deps) { d.Health = said.report })
		eventually(t, "it runs", func() bool { return b.committedStarts(1) })
		p := w.lookup(testTopic, 0)
		for _, kind := range []string{holdClock, holdFuture} {
			p.hold(hold{kind, "wait"})
			if got := said.of(testTopic + "/0"); got != "wait" {
				t.Errorf("%s: readiness says %q", kind, got)
			}
			p.unhold(kind)
			if got := said.of(testTopic + "/0"); got != "" || w.heldPartitions() != 0 {
				t.Errorf("%s has passed: readiness says %q", kind, got)
			}
		}
		w.inPollLoop(func() { w.Consumer.stop(p, hold{holdOutOfRange, "reset it"}) })
		for _, kind := range []string{holdClock, holdFuture} {
			p.hold(hold{kind, "wait"})
			p.unhold(kind)
			if got := said.of(testTopic + "/0"); got != "reset it" || p.held.Load().kind != holdOutOfRange {
				t.Errorf("after %s readiness says %q", kind, got)
			}
		}
	})
}

func (c *Consumer) heldPartitions() (n int) {
	for _, p := range c.current() {
		if p.held.Load() != nil {
			n++
		}
	}
	return n
}

func (b *broker) committedStarts(partitions int32) bool {
	for p := range partitions {
		if at, _ := b.commit(p); at < 0 {
			return false
		}
	}
	return true
}

// Holding and replacing under load loses nothing and repeats no stamp for another
// record.
func TestHoldsUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 3)
		sink := &memory{}
		w := b.start(sink, &drawer{})
		const rounds, each = 15, 20
		for i := range rounds {
			for p := range int32(3) {
				values := make([]string, each)
				for j := range values {
					values[j] = fmt.Sprintf("v%d", j)
				}
				b.produce(p, 1_700_000_000_000+int64(i), values...)
			}
			if i%2 == 0 {
				w.Hold(testTopic, "held")
			} else {
				w.Replace(testTopic, newOneTable())
			}
		}
		w.Replace(testTopic, newOneTable())
		eventually(t, "everything is committed", func() bool { return b.committed(3) == 3*rounds*each })
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		// Each partition has the same records, so the same stamps: n of them.
		stamps := map[int64]bool{}
		for _, got := range sink.all() {
			stamps[got.stamp] = true
		}
		if len(stamps) != rounds*each {
			t.Errorf("%d different stamps for %d records of each partition", len(stamps), rounds*each)
		}
		for p := range int32(3) {
			if _, metadata := b.commit(p); !strings.Contains(metadata, fmt.Sprintf("clock=%d ", w.expected(rounds, each))) {
				t.Errorf("partition %d carries %q", p, metadata)
			}
		}
	})
}

func (w *worker) expected(rounds, each int) int64 {
	clock := Clock{}
	for i := range rounds {
		for range each {
			clock.Tick(1_700_000_000_000 + int64(i))
		}
	}
	return clock.Last
}
