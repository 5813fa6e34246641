package deadletter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/retry"
)

// archive is a world whose topic has some partitions, and a client that writes to
// any of them.
type archive struct {
	*world
	client *kgo.Client
}

func newArchive(t *testing.T, partitions int32) *archive {
	w := newWorld(t, defaults(), kfake.SeedTopics(partitions, topic))
	client, err := kgo.NewClient(append(w.options(), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &archive{w, client}
}

// write gives the place where a record went.
func (a *archive) write(r *kgo.Record) Place {
	a.t.Helper()
	r.Topic = topic
	if err := a.client.ProduceSync(a.t.Context(), r).FirstErr(); err != nil {
		a.t.Fatal(err)
	}
	return Place{topic, r.Partition, r.Offset}
}

// letter writes the letter of the source record at an offset of orders/0.
func (a *archive) letter(partition int32, source int64) *Stored {
	a.t.Helper()
	l := Letter{Record: mapping.Record{Topic: "orders", Offset: source}, Failures: []*retry.Poison{{Reason: retry.ReasonValue, Table: "shop.orders"}}}
	e := l.envelope("1.0.0", "g")
	at := a.write(&kgo.Record{Partition: partition, Key: []byte("k"), Value: []byte("v"), Headers: e.Headers(nil)})
	return &Stored{Place: at, Envelope: e}
}

func (a *archive) read(r *Reader, f Filter) []string {
	a.t.Helper()
	var got []string
	err := r.Each(a.t.Context(), &f, func(l *Stored) error {
		switch {
		case l.Fault != nil:
			got = append(got, fmt.Sprintf("%d/%d foreign", l.Place.Partition, l.Place.Offset))
		case l.Replayed:
			got = append(got, fmt.Sprintf("%d/%d of %d, replayed", l.Place.Partition, l.Place.Offset, l.Offset))
		default:
			got = append(got, fmt.Sprintf("%d/%d of %d", l.Place.Partition, l.Place.Offset, l.Offset))
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
	slices.Sort(got)
	return got
}

func (a *archive) reader(since time.Time) *Reader {
	a.t.Helper()
	r, err := NewReader(a.t.Context(), a.options(), []string{topic}, since)
	if err != nil {
		a.t.Fatal(err)
	}
	return r
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestMarksTellWhatIsReplayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t, 2)
		first, _ := a.letter(0, 100), a.letter(0, 101)
		other := a.letter(1, 200)
		a.write(&kgo.Record{Partition: 1, Value: []byte("somebody else's")})
		a.write(NewMark(first, "1.0.0"))

		// None of these is about a letter here: another topic's, another partition's,
		// one of a letter that stood at the same place in an earlier topic, one that
		// stands before what it speaks of.
		for _, wrong := range []Stored{
			{Place: Place{"elsewhere", 1, other.Place.Offset}, Envelope: other.Envelope},
			{Place: Place{topic, 1, other.Place.Offset}, Envelope: Envelope{Offset: 7}},
			{Place: Place{topic, 1, 5}, Envelope: Envelope{Offset: 300}},
		} {
			m := NewMark(&wrong, "1.0.0")
			m.Partition = 1
			a.write(m)
		}
		strange := NewMark(other, "1.0.0")
		strange.Partition = 0
		a.write(strange)

		if next := a.letter(1, 300); next.Place.Offset != 5 {
			t.Fatalf("the last letter stands at %v", next.Place)
		}

		r := a.reader(time.Time{})
		var done, total int64
		r.Progress = func(d, of int64) { done, total = d, of }
		want(t, a.read(r, Filter{}), "0/0 of 100, replayed", "0/1 of 101", "1/0 of 200", "1/1 foreign", "1/5 of 300")
		if done != total || total != 2*(4+6) {
			t.Errorf("progress ended at %d of %d, want both 20", done, total)
		}
		r.IgnoreMarks = true
		want(t, a.read(r, Filter{Offsets: &OffsetRange{100, 100}}), "0/0 of 100", "1/1 foreign")

		one, err := NewReaderAt(t.Context(), a.options(), first.Place)
		if err != nil {
			t.Fatal(err)
		}
		want(t, a.read(one, Filter{}), "0/0 of 100, replayed")
	})
}

// What is written after the moment is not read, or a replay would meet its marks
// and an endless worker's letters.
func TestReaderStopsAtItsMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t, 1)
		a.letter(0, 1)
		r := a.reader(time.Time{})
		a.letter(0, 2)
		want(t, a.read(r, Filter{}), "0/0 of 1")
	})
}

func TestReaderSkipsWhatIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t, 1)
		a.letter(0, 1)
		time.Sleep(time.Hour)
		since := time.Now()
		a.letter(0, 2)
		r := a.reader(since)
		if n := width(r.ranges); n != 1 {
			t.Errorf("%d offsets are read, want 1", n)
		}
		want(t, a.read(r, Filter{Since: since}), "0/1 of 2")
		want(t, a.read(a.reader(time.Time{}), Filter{Until: since}), "0/0 of 1")
	})
}

func TestReaderSaysWhatIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t, 1)
		a.letter(0, 1)
		a.letter(0, 2)
		trim := kadm.Offsets{}
		trim.AddOffset(topic, 0, 1, -1)
		if _, err := kadm.NewClient(a.client).DeleteRecords(t.Context(), trim); err != nil {
			t.Fatal(err)
		}
		for place, said := range map[Place]string{
			{"lost", 0, 0}: `no dead-letter topic "lost"`,
			{topic, 3, 0}:  "no partition 3",
			{topic, 0, 0}:  "offsets 1 to 1, and not 0",
			{topic, 0, 2}:  "offsets 1 to 1, and not 2",
		} {
			if _, err := NewReaderAt(t.Context(), a.options(), place); err == nil || !strings.Contains(err.Error(), said) {
				t.Errorf("%v: error %v, want %q", place, err, said)
			}
		}
		if _, err := NewReader(t.Context(), a.options(), []string{topic, "lost"}, time.Time{}); err == nil || !strings.Contains(err.Error(), "INGEST_DEAD_LETTER_TOPIC") {
			t.Errorf("error %v does not name the setting", err)
		}
	})
}

func TestReaderGivesBackWhatStopsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t, 1)
		a.letter(0, 1)
		enough := errors.New("enough")
		if err := a.reader(time.Time{}).Each(t.Context(), &Filter{}, func(*Stored) error { return enough }); !errors.Is(err, enough) {
			t.Errorf("Each = %v", err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(enough)
		if err := a.reader(time.Time{}).Each(ctx, &Filter{}, func(*Stored) error { return nil }); !errors.Is(err, enough) {
			t.Errorf("Each of an ended context = %v", err)
		}
	})
}
