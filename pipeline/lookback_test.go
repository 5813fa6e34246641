package pipeline

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// reset commits an offset as Kafka's own tool does: without metadata.
func (b *broker) reset(group string, partition int32, offset int64) {
	b.t.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset(testTopic, partition, offset, -1)
	if err := b.admin.CommitAllOffsets(b.t.Context(), group, offsets); err != nil {
		b.t.Fatal(err)
	}
}

// A commit without a clock is one of another tool. The worker reads back what came
// before, so that its stamps are those that it would have given.
func TestTheClockIsRebuiltFromTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "b")
		b.produce(0, 1_700_000_000_777, "leap")
		b.transaction(false, "aborted")
		b.produce(0, 1_600_000_000_000, "late", "later")
		b.reset(testGroup, 0, 7) // records 0 to 3, the abort's marker 4, 5 and 6
		b.produce(0, 1_600_000_000_000, "next")
		sink := &memory{}
		b.start(sink, &drawer{})
		eventually(t, "the next record is committed", func() bool { at, _ := b.commit(0); return at == 8 })
		got := sink.all()
		if len(got) != 1 || got[0].stamp != 1_700_000_000_777_003 {
			t.Errorf("wrote %v, want one row stamped 1700000000777003", got)
		}
		if _, metadata := b.commit(0); !strings.Contains(metadata, "clock=1700000000777003 ") {
			t.Errorf("the commit carries %q", metadata)
		}
	})
}

// Only the last hour of record time is read, not the whole log.
func TestLookingBackIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		for hour := range int64(5) {
			b.produce(0, 1_700_000_000_000+hour*3_600_000, "a", "b", "c")
		}
		b.reset(testGroup, 0, 15)
		w := b.start(&memory{}, &drawer{})
		<-w.running
		found, err := w.lookBack(t.Context(), &partition{topic: testTopic, id: 0}, 15)
		if err != nil {
			t.Fatal(err)
		}
		if want := (lookedBack{clock: 1_700_014_400_000_002, records: 6, from: 9}); found != want {
			t.Errorf("looked back at %+v, want %+v", found, want)
		}
	})
}

// Where nothing is left before the commit, the records' own timestamps have to do.
func TestNothingIsLeftToLookBackAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "b")
		trim := kadm.Offsets{}
		trim.AddOffset(testTopic, 0, 2, -1)
		if _, err := b.admin.DeleteRecords(t.Context(), trim); err != nil {
			t.Fatal(err)
		}
		b.reset(testGroup, 0, 2)
		b.produce(0, 1_600_000_000_000, "c")
		sink := &memory{}
		b.start(sink, &drawer{})
		eventually(t, "the record is committed", func() bool { at, _ := b.commit(0); return at == 3 })
		if got := sink.all(); len(got) != 1 || got[0].stamp != 1_600_000_000_000_000 {
			t.Errorf("wrote %v", got)
		}
	})
}

// A clock that was looked for is committed at once, even when nothing was found and
// nothing comes: the next worker need not look again.
func TestNothingIsLeftToLookBackAtButTheClockIsCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "b")
		b.trim(0, 2)
		b.reset(testGroup, 0, 2)
		b.start(&memory{}, &drawer{})
		eventually(t, "the clock is committed", func() bool {
			at, metadata := b.commit(0)
			return at == 2 && metadata == "ingest/1 clock=0 generation=0 mapping=abc"
		})
	})
}

// A group that starts at the latest takes over the clock of what it skips.
func TestStartingAtTheLatestTakesTheClockOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "b")
		sink := &memory{}
		latest := func(d *Deps) { d.Group.FromLatest = true }
		b.start(sink, &drawer{}, latest)
		eventually(t, "the start is committed", func() bool { at, _ := b.commit(0); return at == 2 })
		b.produce(0, 1_600_000_000_000, "c")
		eventually(t, "the record is committed", func() bool { at, _ := b.commit(0); return at == 3 })
		if got := sink.all(); len(got) != 1 || got[0].stamp != 1_700_000_000_000_002 {
			t.Errorf("wrote %v", got)
		}
	})
}

// A partition that is added while a worker runs is read from its first record, also
// by a group that starts at the latest: it has skipped nothing by choice.
func TestAnAddedPartitionIsReadFromItsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		sink := &memory{}
		b.start(sink, &drawer{}, func(d *Deps) {
			d.Group.FromLatest = true
			d.Client = append(d.Client, kgo.MetadataMinAge(50*time.Millisecond), kgo.MetadataMaxAge(100*time.Millisecond))
		})
		eventually(t, "the start is committed", func() bool { at, _ := b.commit(0); return at == 0 })
		if _, err := b.admin.CreatePartitions(t.Context(), 1, testTopic); err != nil {
			t.Fatal(err)
		}
		b.client.ForceMetadataRefresh()
		eventually(t, "the producer knows the partition", func() bool {
			topics, err := b.admin.ListTopics(t.Context(), testTopic)
			return err == nil && len(topics[testTopic].Partitions) == 2
		})
		b.client.PurgeTopicsFromProducing(testTopic)
		b.produce(1, 1_700_000_000_000, "a", "b")
		eventually(t, "the added partition is committed", func() bool { at, _ := b.commit(1); return at == 2 })
		if got := sink.all(); len(got) != 2 {
			t.Errorf("wrote %v", got)
		}
	})
}
