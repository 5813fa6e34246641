package pipeline

import (
	"strings"
	"testing"
	"testing/synctest"

	"ingest/retry"
)

// Too much poison holds the topic instead of draining it into the dead letters;
// what was read has its outcome, and another mapper goes on from there.
func TestTooMuchPoisonHoldsTheTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.config.Poison = retry.PoisonConfig{Window: 20, Share: 0.5, Least: 5}
		b.produce(0, 1_700_000_000_000, "a", "poison", "b", "c")
		sink, letters, said := &memory{}, &drawer{}, &reasons{}
		w := b.start(sink, letters, func(d *Deps) { d.Health = said.report })
		eventually(t, "a little poison is borne", func() bool { at, _ := b.commit(0); return at == 4 })
		if n := w.heldPartitions(); n != 0 {
			t.Fatalf("%d partitions are held", n)
		}
		b.produce(0, 1_700_000_000_000, "poison", "poison", "poison", "poison", "poison")
		eventually(t, "the topic is held", func() bool { return strings.Contains(said.of("topic "+testTopic), "INGEST_POISON_SHARE") })
		b.produce(0, 1_700_000_000_000, "poison", "d")
		eventually(t, "the partition is held and what was taken is committed", func() bool { at, _ := b.commit(0); return at >= 8 && w.heldPartitions() == 1 })
		w.Replace(testTopic, newOneTable())
		eventually(t, "the rest is committed", func() bool { at, _ := b.commit(0); return at == 11 })
		letters.mu.Lock()
		defer letters.mu.Unlock()
		if n := len(letters.letters); n != 7 {
			t.Errorf("%d letters, want 7", n)
		}
	})
}

// Whoever is told that the window has tripped may look at it, or reset it: the
// consumer's lock is taken there, and is held by who resets.
func TestATrippedWindowIsUnlocked(t *testing.T) {
	var w *poisonWindow
	told := 0
	w = newPoisonWindow(retry.PoisonConfig{Window: 4, Share: 0.5, Least: 1}, func(string) { told++; w.reset() })
	for range 3 {
		w.add(0, 4)
	}
	if told != 3 {
		t.Errorf("told %d times, want 3", told)
	}
}
