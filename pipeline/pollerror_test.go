package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"ingest/mapping"
	"ingest/retry"
)

// trim deletes the records of a partition before an offset, as retention does.
func (b *broker) trim(partition int32, before int64) {
	b.t.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset(testTopic, partition, before, -1)
	if _, err := b.admin.DeleteRecords(b.t.Context(), offsets); err != nil {
		b.t.Fatal(err)
	}
}

// A commit that the log no longer holds stops its partition and never jumps; the
// others go on.
func TestACommitOutOfRangeStopsItsPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		b.produce(0, 1_700_000_000_000, "a", "b", "c")
		b.produce(1, 1_700_000_000_000, "d")
		b.reset(testGroup, 0, 1)
		b.trim(0, 2)
		sink, said := &memory{}, &reasons{}
		w := b.start(sink, &drawer{}, func(d *Deps) { d.Health = said.report })
		eventually(t, "partition 1 is committed and readiness tells of partition 0", func() bool {
			at, _ := b.commit(1)
			return at == 1 && strings.Contains(said.of(testTopic+"/0"), "no longer in the log")
		})
		if n := w.heldPartitions(); n != 1 {
			t.Errorf("%d partitions are held", n)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if at, _ := b.commit(0); at != 1 {
			t.Errorf("partition 0 is committed at %d, want 1", at)
		}
		if got := sink.all(); len(got) != 1 {
			t.Errorf("wrote %v", got)
		}
	})
}

// measured reads one instrument.
type measured struct{ reader *metric.ManualReader }

func (m *measured) sum(t *testing.T, name string) (sum int64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := m.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, found := range scope.Metrics {
			if found.Name != name {
				continue
			}
			switch data := found.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					sum += p.Value
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					sum += p.Value
				}
			case metricdata.Gauge[float64]:
				for _, p := range data.DataPoints {
					sum += int64(p.Value)
				}
			}
		}
	}
	return sum
}

func newMeasured(d *Deps) *measured {
	m := &measured{metric.NewManualReader()}
	d.Meter = metric.NewMeterProvider(metric.WithReader(m.reader)).Meter("test")
	return m
}

// What an unclean leader election cut off is counted, and the offsets that are
// given again to other records are read and committed as those. The clock goes on.
func TestATruncatedLogIsReadAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "b", "c")
		sink := &memory{}
		var m *measured
		w := b.start(sink, &drawer{}, func(d *Deps) { m = newMeasured(d) })
		eventually(t, "all is committed", func() bool { at, _ := b.commit(0); return at == 3 })
		w.inPollLoop(func() {
			w.fetchError(testTopic, 0, &kgo.ErrDataLoss{Topic: testTopic, ConsumedTo: 3, ResetTo: 1})
		})
		eventually(t, "the records after the cut are written again", func() bool { return len(sink.all()) == 5 })
		eventually(t, "and committed", func() bool {
			_, metadata := b.commit(0)
			return strings.Contains(metadata, "clock=1700000000000004 ")
		})
		got := sink.all()[3:]
		if got[0].stamp != 1_700_000_000_000_003 || got[1].stamp != 1_700_000_000_000_004 {
			t.Errorf("after the cut %v: the stamps must go on from 1700000000000002", got)
		}
		if lost := m.sum(t, "ingest.records.lost"); lost != 2 {
			t.Errorf("%d records are counted as lost, want 2", lost)
		}
	})
}

// inPollLoop runs something where changes are carried out, and waits for it.
func (w *worker) inPollLoop(f func()) {
	done := make(chan struct{})
	w.request(func() { defer close(done); f() })
	<-done
}

// A topic that was deleted and created again is another one: nothing more is
// committed, and readiness says what to do.
func TestARecreatedTopicIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a")
		release := make(chan struct{})
		sink, said := &memory{hold: func(write) <-chan struct{} { return release }}, &reasons{}
		w := b.start(sink, &drawer{}, func(d *Deps) { d.Health = said.report })
		eventually(t, "the record is in flight", func() bool { at, _ := b.commit(0); return at == 0 && len(sink.all()) == 1 })
		w.inPollLoop(func() { w.fetchError(testTopic, 0, kerr.UnknownTopicID) })
		close(release)
		eventually(t, "readiness tells", func() bool { return strings.Contains(said.of(testTopic+"/0"), "created again") })
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if at, _ := b.commit(0); at != 0 {
			t.Errorf("committed %d for the new topic", at)
		}
	})
}

func TestABatchThatGrowsTooLargeHoldsItsPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 2)
		said := &reasons{}
		w := b.start(&memory{}, &drawer{}, func(d *Deps) { d.Health = said.report })
		eventually(t, "both starts are committed", func() bool { return b.committedStarts(2) })
		w.inPollLoop(func() {
			w.fetchError(testTopic, 0, &kgo.ErrDecompressTooLarge{Topic: testTopic, Offset: 7, NextOffset: 9})
		})
		if reason := said.of(testTopic + "/0"); !strings.Contains(reason, "offset 7") || !strings.Contains(reason, "to 9") {
			t.Errorf("readiness says %q", reason)
		}
		b.produce(1, 1_700_000_000_000, "a")
		eventually(t, "the other partition goes on", func() bool { at, _ := b.commit(1); return at == 1 })
	})
}

func TestAFencedInstanceEndsTheWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		w := b.start(&memory{}, &drawer{})
		eventually(t, "it runs", func() bool { return b.committedStarts(1) })
		w.inPollLoop(func() { w.fetchError("", 0, &kgo.ErrGroupSession{Err: kerr.FencedInstanceID}) })
		if err := w.wait(); !errors.Is(err, errFenced) {
			t.Errorf("the worker ended with %v", err)
		}
	})
}

// Errors that do not go away are told once they have come often; a record ends it.
func TestAStubbornErrorIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		said := &reasons{}
		w := b.start(&memory{}, &drawer{}, func(d *Deps) { d.Health = said.report })
		eventually(t, "it runs", func() bool { return b.committedStarts(1) })
		w.inPollLoop(func() {
			for range stubborn {
				w.fetchError(testTopic, 0, kerr.TopicAuthorizationFailed)
			}
		})
		if reason := said.of(testTopic + "/0"); !strings.Contains(reason, "grant READ and DESCRIBE") {
			t.Errorf("readiness says %q", reason)
		}
		b.produce(0, 1_700_000_000_000, "a")
		eventually(t, "the reason is gone", func() bool { return said.of(testTopic+"/0") == "" })
	})
}

func TestGroupErrorsSayWhatToDo(t *testing.T) {
	for err, want := range map[error]string{
		kerr.GroupAuthorizationFailed:  "grant READ on the consumer group",
		kerr.TopicAuthorizationFailed:  "grant READ and DESCRIBE",
		kerr.InvalidSessionTimeout:     "INGEST_KAFKA_SESSION_TIMEOUT",
		kerr.InconsistentGroupProtocol: "cooperative-sticky",
		kerr.UnknownServerError:        "UNKNOWN_SERVER_ERROR",
	} {
		if got := groupReason(err); !strings.Contains(got, want) {
			t.Errorf("%v: %q does not say %q", err, got, want)
		}
	}
}

func TestOnErrorSkipDropsAndCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "poison", "refused", "d")
		sink := &memory{refuse: func(w write) bool { return w.key == "k2" }}
		letters := &drawer{}
		var m *measured
		b.start(sink, letters, func(d *Deps) {
			m = newMeasured(d)
			d.Topics[testTopic] = Topic{Mapper: newOneTable(), OnError: mapping.OnErrorSkip}
		})
		eventually(t, "all four are committed", func() bool { at, _ := b.commit(0); return at == 4 })
		if len(letters.letters) > 0 {
			t.Errorf("%d letters", len(letters.letters))
		}
		if n := m.sum(t, "ingest.records"); n != 4 {
			t.Errorf("%d outcomes, want 4", n)
		}
	})
}

func TestOnErrorFailEndsTheWorkerBeforeTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a", "b", "poison", "d")
		w := b.start(&memory{}, &drawer{}, func(d *Deps) {
			d.Topics[testTopic] = Topic{Mapper: newOneTable(), OnError: mapping.OnErrorFail}
		})
		begun := time.Now()
		poison, ok := errors.AsType[*retry.Poison](w.wait())
		if took := time.Since(begun); took > b.config.ShutdownTimeout/2 {
			t.Errorf("the worker took %v to end: it waited for the record", took)
		}
		if !ok || poison.Reason != retry.ReasonDecode {
			t.Errorf("the worker ended with %v", w.wait())
		}
		if text := w.wait().Error(); !strings.Contains(text, testTopic+"/0 offset 2") {
			t.Errorf("the error does not name the record: %s", text)
		}
		if at, _ := b.commit(0); at != 2 {
			t.Errorf("committed %d, want what is before the record", at)
		}
	})
}
