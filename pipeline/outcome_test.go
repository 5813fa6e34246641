package pipeline

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ingest/mapping"
	"ingest/retry"
)

// slowDrawer acknowledges no letter before it is told to.
type slowDrawer struct {
	drawer
	open    chan struct{}
	letters sync.WaitGroup
}

func (d *slowDrawer) Send(ctx context.Context, l Letter, done func(error)) {
	d.letters.Go(func() {
		select {
		case <-d.open:
			d.drawer.Send(ctx, l, done)
		case <-ctx.Done():
			done(context.Cause(ctx))
		}
	})
}

// Invariants 1 and 7: a record that cannot be written has its outcome once its
// letter is acknowledged, not before.
func TestALetterHoldsTheCommitBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "poison", "refused", "d")
		letters := &slowDrawer{open: make(chan struct{})}
		sink := &memory{refuse: func(w write) bool { return w.key == "k2" }}
		w := b.start(sink, letters)
		eventually(t, "the first record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
		time.Sleep(time.Minute)
		if at, _ := b.commit(0); at != 1 {
			t.Errorf("committed %d before the letter of offset 1 is acknowledged", at)
		}
		close(letters.open)
		eventually(t, "everything is committed", func() bool { at, _ := b.commit(0); return at == 4 })
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// twoTables maps every record to a row of each of two tables.
type twoTables struct{ first, second *oneTable }

func (m *twoTables) Map(ctx context.Context, r *mapping.Record, stamp int64, record int32, b *mapping.Buffer) error {
	_ = m.first.Map(ctx, r, stamp, record, b)
	return m.second.Map(ctx, r, stamp, record, b)
}

// Invariant 7: one letter for a record, however many of its tables failed, once
// all of its rows have their outcome.
func TestOneLetterNamesEveryTableThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "both", "c")
		letters := &drawer{}
		sink := &memory{refuse: func(w write) bool { return w.key == "k1" }}
		b.start(sink, letters, func(d *Deps) {
			d.Topics[testTopic] = Topic{Mapper: &twoTables{newOneTable(), newOneTable()}}
		})
		eventually(t, "everything is committed", func() bool { at, _ := b.commit(0); return at == 3 })
		letters.mu.Lock()
		defer letters.mu.Unlock()
		if len(letters.letters) != 1 || len(letters.letters[0].Failures) != 2 {
			t.Errorf("letters %+v, want one with two failures", letters.letters)
		}
	})
}

// A record of which one table was written and another refused is a letter, not a
// success, in whichever order the outcomes come.
func TestARecordThatFailedInPartIsALetter(t *testing.T) {
	for name, refused := range map[string]int{"the first table": 0, "the second table": 1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t, 1)
				b.produce(0, 1_700_000_000_000, "a")
				rows := 0
				sink := &memory{refuse: func(write) bool { rows++; return rows-1 == refused }}
				letters := &drawer{}
				b.start(sink, letters, func(d *Deps) {
					d.Topics[testTopic] = Topic{Mapper: &twoTables{newOneTable(), newOneTable()}}
				})
				eventually(t, "the record is committed", func() bool { at, _ := b.commit(0); return at == 1 })
				letters.mu.Lock()
				defer letters.mu.Unlock()
				if len(letters.letters) != 1 || letters.letters[0].Failures[0].Reason != retry.ReasonRejected {
					t.Errorf("letters %+v, want one", letters.letters)
				}
			})
		})
	}
}

// Invariants 5 and 8: what is acknowledged for a life of the partition that has
// ended is no outcome; the record's outcome is that of the life after it.
func TestALateAcknowledgementOfAnEarlierLifeIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "b", "c")
		release := make(chan struct{})
		sink := &memory{hold: func(write) <-chan struct{} { return release }, late: true}
		var m *measured
		w := b.start(sink, &drawer{}, func(d *Deps) { m = newMeasured(d) })
		eventually(t, "all rows are open", func() bool { return len(sink.all()) == 3 })
		w.Hold(testTopic, "column gone")
		eventually(t, "the partition is held", func() bool { return w.heldPartitions() == 1 })
		close(release)
		sink.tasks.Wait()
		if n := m.sum(t, "ingest.records"); n != 0 {
			t.Errorf("%d outcomes are counted for a life that has ended", n)
		}
		w.Replace(testTopic, newOneTable())
		eventually(t, "everything is committed", func() bool { at, _ := b.commit(0); return at == 3 })
		if n := m.sum(t, "ingest.records"); n != 3 {
			t.Errorf("%d outcomes of 3 records", n)
		}
		if got := sink.all(); !slices.Equal(got[:3], got[3:]) {
			t.Errorf("wrote %v: the stamps must be the same", got)
		}
	})
}
