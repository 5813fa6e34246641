package pipeline

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

// gauge is what an inbox tells its surroundings.
type gauge struct {
	queued int64 // bytes that the poll loop's gate counts
	paused bool
	twice  bool // paused while it was, or resumed while it was not
}

func newInbox(limit int64) (*inbox, *gauge) {
	g := &gauge{}
	return &inbox{
		ready: make(chan struct{}, 1), limit: limit,
		pause:  func() { g.twice, g.paused = g.twice || g.paused, true },
		resume: func() { g.twice, g.paused = g.twice || !g.paused, false },
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

// inboxModel is the inbox as one would write it without thinking of threads, with
// what it should have told its surroundings.
type inboxModel struct {
	waiting []*kgo.Record
	taken   []*kgo.Record // by the take before, as long as some may come back
	paused  bool
	held    bool
	closed  bool
}

const modelLimit = 20_000

func (m *inboxModel) put(records []*kgo.Record) {
	if m.closed {
		return
	}
	m.waiting = append(m.waiting, records...)
	m.paused = m.paused || recordBytes(m.waiting) > modelLimit
}

// ease resumes the partition once half of its limit is free.
func (m *inboxModel) ease() {
	m.paused = m.paused && (m.held || recordBytes(m.waiting) > modelLimit/2)
}

// Whatever comes, goes and comes back, in which pieces ever, and however often the
// lane holds it: records leave in order; the gate counts what waits in a partition
// that is not paused and nothing of one that is; the partition is paused above its
// limit or while it is held, resumed once half of its limit is free, and never
// told so twice.
func TestInboxMatchesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, g := newInbox(modelLimit)
		m := &inboxModel{}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				records := recordsOf(rapid.SliceOfN(rapid.IntRange(0, 3000), 1, 10).Draw(t, "sizes"))
				b.put(records)
				m.put(records)
			},
			"take": func(t *rapid.T) {
				got, bytes := b.take(nil, rapid.IntRange(1, 8).Draw(t, "records"), rapid.Int64Range(1, 9000).Draw(t, "bytes"))
				if want := recordBytes(got); bytes != want {
					t.Fatalf("took %d bytes, said %d", want, bytes)
				}
				if len(got) > len(m.waiting) || !slices.Equal(got, m.waiting[:len(got)]) {
					t.Fatal("other records than the first ones were taken")
				}
				if len(m.waiting) > 0 && len(got) == 0 {
					t.Fatal("nothing taken although records wait")
				}
				m.taken, m.waiting = got, m.waiting[len(got):]
				if len(got) > 0 {
					m.ease()
				}
			},
			"give back": func(t *rapid.T) {
				back := m.taken[rapid.IntRange(0, len(m.taken)).Draw(t, "kept"):]
				if bytes := b.giveBack(back); bytes != recordBytes(back) {
					t.Fatalf("gave %d bytes back, said %d", recordBytes(back), bytes)
				}
				if !m.closed {
					m.waiting = slices.Concat(back, m.waiting)
				}
				clear(m.taken) // the chunk is used again
				m.taken = nil
			},
			"hold": func(*rapid.T) {
				b.hold()
				m.held = !m.closed
				m.paused = m.paused || m.held
			},
			"release": func(*rapid.T) {
				b.release()
				if m.held && !m.closed {
					m.held = false
					m.ease()
				}
			},
			"drop": func(t *rapid.T) {
				if rapid.IntRange(0, 20).Draw(t, "drop") == 0 {
					b.drop()
					m.closed, m.waiting = true, nil
				}
			},
			"": func(t *rapid.T) {
				counted := recordBytes(m.waiting)
				if m.paused {
					counted = 0
				}
				switch {
				case g.paused != m.paused:
					t.Fatalf("paused: %v, want %v, with %d bytes, held: %v", g.paused, m.paused, recordBytes(m.waiting), m.held)
				case g.queued != counted:
					t.Fatalf("the gate counts %d bytes, want %d", g.queued, counted)
				case g.twice:
					t.Fatal("the client was told to pause, or to resume, twice")
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
