package scan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "orders"

// world is a fake broker with a topic of two partitions.
type world struct {
	t      *testing.T
	opts   []kgo.Opt
	client *kgo.Client
}

func newWorld(t *testing.T, opts ...kgo.Opt) *world {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topic))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, opts: []kgo.Opt{kgo.SeedBrokers(fake.ListenAddrs()...)}}
	w.client, err = kgo.NewClient(slices.Concat(w.opts, opts, []kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner())})...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.client.Close(); fake.Close() })
	return w
}

func (w *world) produce(partition int32, values ...string) {
	w.t.Helper()
	for _, v := range values {
		if err := w.client.ProduceSync(w.t.Context(), &kgo.Record{Topic: topic, Partition: partition, Value: []byte(v)}).FirstErr(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// read gives what a scan reads, as partition:offset=value.
func (w *world) read(ranges ...Range) []string {
	w.t.Helper()
	var got []string
	err := Read(w.t.Context(), w.opts, ranges, func(r *kgo.Record) error {
		value := string(r.Value)
		if r.Attrs.IsControl() {
			value = "control"
		}
		got = append(got, fmt.Sprintf("%d:%d=%s", r.Partition, r.Offset, value))
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(got)
	return got
}

func TestReadGivesTheRangesAndNothingElse(t *testing.T) {
	w := newWorld(t)
	w.produce(0, "a", "b", "c", "d")
	w.produce(1, "e", "f")
	got := w.read(Range{topic, 0, 1, 3}, Range{topic, 1, 0, 2})
	if want := []string{"0:1=b", "0:2=c", "1:0=e", "1:1=f"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	if got := w.read(Range{topic, 0, 2, 2}); got != nil {
		t.Errorf("an empty range gave %v", got)
	}
}

// Aborted records are left out, their marker is not: it is what tells the end.
func TestReadEndsAtAMarker(t *testing.T) {
	w := newWorld(t, kgo.TransactionalID("tx"))
	for _, commit := range []bool{true, false} {
		if err := w.client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		w.produce(0, "a")
		if err := w.client.EndTransaction(t.Context(), kgo.TransactionEndTry(commit)); err != nil {
			t.Fatal(err)
		}
	}
	got := w.read(Range{topic, 0, 0, 4})
	if want := []string{"0:0=a", "0:1=control", "0:3=control"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

// The last offset of a range may hold no record: here an aborted one, whose marker
// stands behind the range.
func TestReadEndsInAGap(t *testing.T) {
	w := newWorld(t, kgo.TransactionalID("tx"))
	if err := w.client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	w.produce(0, "a", "b")
	if err := w.client.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	if got := w.read(Range{topic, 0, 0, 2}); got != nil {
		t.Errorf("read %v of an aborted transaction", got)
	}
}

func TestReadGivesBackWhatStopsIt(t *testing.T) {
	w := newWorld(t)
	w.produce(0, "a", "b")
	enough := errors.New("enough")
	err := Read(t.Context(), w.opts, []Range{{topic, 0, 0, 2}}, func(*kgo.Record) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("Read = %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := Read(ctx, w.opts, []Range{{topic, 0, 0, 5}}, func(*kgo.Record) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for offsets that are not there: %v", err)
	}
}

func TestReadOfWhatIsGone(t *testing.T) {
	w := newWorld(t)
	w.produce(0, "a", "b", "c")
	trim := kadm.Offsets{}
	trim.AddOffset(topic, 0, 2, -1)
	if _, err := kadm.NewClient(w.client).DeleteRecords(t.Context(), trim); err != nil {
		t.Fatal(err)
	}
	err := Read(t.Context(), w.opts, []Range{{topic, 0, 0, 3}}, func(*kgo.Record) error { return nil })
	if !errors.Is(err, kerr.OffsetOutOfRange) {
		t.Errorf("Read = %v, want OFFSET_OUT_OF_RANGE", err)
	}
}
