package pipeline

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

// gauge is what an inbox tells its surroundings.
type gauge struct {
	queued int64 // bytes that the poll loop's gate counts
	paused bool
}

func newInbox(limit int64) (*inbox, *gauge) {
	g := &gauge{}
	return &inbox{
		ready: make(chan struct{}, 1), limit: limit,
		pause:  func() { g.paused = true },
		resume: func() { g.paused = false },
		queued: func(n int64) { g.queued += n },
	}, g
}

func recordsOf(sizes []int) []*kgo.Record {
	records := make([]*kgo.Record, len(sizes))
	for i, n := range sizes {
		records[i] = &kgo.Record{Offset: int64(i), Value: make([]byte, n)}
	}
	return records
}

// Whatever comes and goes, in which pieces ever: records leave in order, the
// gate counts what waits in a partition that is not paused and nothing of one
// that is, and a paused partition is resumed once half of its limit is free.
func TestInboxAccounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 20_000
		b, g := newInbox(limit)
		var waiting []*kgo.Record
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				records := recordsOf(rapid.SliceOfN(rapid.IntRange(0, 3000), 1, 10).Draw(t, "sizes"))
				b.put(records)
				waiting = append(waiting, records...)
			},
			"take": func(t *rapid.T) {
				got, bytes := b.take(nil, rapid.IntRange(1, 8).Draw(t, "records"), rapid.Int64Range(1, 9000).Draw(t, "bytes"))
				if len(waiting) > 0 && len(got) == 0 {
					t.Fatal("nothing taken although records wait")
				}
				for i, r := range got {
					if r != waiting[i] {
						t.Fatalf("record %d is out of order", i)
					}
				}
				if want := recordBytes(got); bytes != want {
					t.Fatalf("took %d bytes, said %d", want, bytes)
				}
				waiting = waiting[len(got):]
			},
			"": func(t *rapid.T) {
				bytes := recordBytes(waiting)
				switch {
				case g.paused && g.queued != 0:
					t.Fatalf("the gate counts %d bytes of a paused partition", g.queued)
				case !g.paused && g.queued != bytes:
					t.Fatalf("the gate counts %d bytes of %d", g.queued, bytes)
				case g.paused && bytes <= limit/2:
					t.Fatalf("still paused at %d bytes", bytes)
				case !g.paused && bytes > limit:
					t.Fatalf("not paused at %d bytes", bytes)
				}
			},
		})
	})
}

// A dropped inbox leaves nothing behind, and does not resume a partition that
// another assignment may have paused since.
func TestDroppedInboxStaysSilent(t *testing.T) {
	b, g := newInbox(1000)
	b.put(recordsOf([]int{10, 5000}))
	if !g.paused {
		t.Fatal("not paused above its limit")
	}
	b.drop()
	b.put(recordsOf([]int{10}))
	if got, _ := b.take(nil, 10, 1<<20); len(got) != 0 {
		t.Errorf("%d records taken from a dropped inbox", len(got))
	}
	if !g.paused || g.queued != 0 {
		t.Errorf("after the drop: %+v", *g)
	}
}

func TestInboxTakesOneRecordHoweverLarge(t *testing.T) {
	b, _ := newInbox(1 << 30)
	b.put(recordsOf([]int{1 << 20, 1}))
	if got, _ := b.take(nil, 10, 1000); len(got) != 1 {
		t.Errorf("took %d records, want the large one alone", len(got))
	}
}
