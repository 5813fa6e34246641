package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ingest/mapping"
	"ingest/pipeline/deadletter"
	"ingest/retry"
	"ingest/sink/sinktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tables a and b hold one column beside their key.
func table(name string) *mapping.Table {
	text := &mapping.Type{Kind: mapping.TypeText}
	return &mapping.Table{Keyspace: "ks", Name: name, GCGrace: 10 * 24 * 3600, PartitionKey: []int{0},
		Columns: []mapping.Column{{Name: "pk", Type: text, Kind: mapping.PartitionKey}, {Name: "v", Type: text}}}
}

// mapper gives a row for each of its tables. A value says what goes wrong: "poison
// a" is poison for table a, "skip" gives no row; a null value deletes.
type mapper struct{ statements, deletes []*mapping.Statement }

func newMapper(tables ...*mapping.Table) *mapper {
	m := &mapper{}
	for _, t := range tables {
		m.statements = append(m.statements, &mapping.Statement{Table: t, Columns: []int{0, 1}, Routing: []int{0}})
		m.deletes = append(m.deletes, &mapping.Statement{Table: t, Op: mapping.DeleteRow, Columns: []int{0}, Routing: []int{0}})
	}
	return m
}

func (m *mapper) Map(ctx context.Context, r *mapping.Record, stamp int64, record int32, b *mapping.Buffer) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	key := mapping.Cell{State: mapping.Value, Data: r.Key}
	for i, st := range m.statements {
		row := mapping.Row{Statement: st, Cells: []mapping.Cell{key, {State: mapping.Value, Data: r.Value}}, Routing: r.Key, Timestamp: stamp, Record: record}
		switch {
		case string(r.Value) == "skip":
			continue
		case string(r.Value) == "poison "+st.Table.Name:
			b.Poison = append(b.Poison, mapping.RowPoison{Record: record, Err: &retry.Poison{Reason: retry.ReasonValue, Table: st.Table.FullName()}})
			continue
		case r.Value == nil:
			row.Statement, row.Cells = m.deletes[i], row.Cells[:1]
		}
		b.Rows = append(b.Rows, row)
	}
	return nil
}

// scene is a replay into a fake sink, and what it marks.
type scene struct {
	t      *testing.T
	a, b   *mapping.Table
	sink   *sinktest.Fake
	marked []string // places, in the order of their marks
	mark   func(ctx context.Context) error
	now    time.Time
	next   int64
	deps   Deps
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, a: table("a"), b: table("b"), sink: sinktest.NewFake(), now: time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)}
	t.Cleanup(s.sink.Close)
	s.deps = Deps{
		Plan: func(topic string, tables []string) (Mapper, error) {
			switch {
			case topic != "orders":
				return nil, errors.New("no such topic")
			case slices.Equal(tables, []string{"ks.b"}):
				return newMapper(s.b), nil
			case tables == nil:
				return newMapper(s.a, s.b), nil
			}
			return nil, errors.New("no such table")
		},
		Sink: s.sink,
		Mark: func(ctx context.Context, letters []*deadletter.Stored) error {
			if s.mark != nil {
				if err := s.mark(ctx); err != nil {
					return err
				}
			}
			for _, l := range letters {
				s.marked = append(s.marked, l.Place.String())
			}
			return nil
		},
		Now: func() time.Time { return s.now },
	}
	return s
}

// letter is one of table b, written an hour ago, of a record stamped 1000.
func (s *scene) letter(key, value string) *deadletter.Stored {
	s.next++
	l := &deadletter.Stored{Place: deadletter.Place{Topic: "letters", Offset: s.next}, At: s.now.Add(-time.Hour),
		Envelope: deadletter.Envelope{Topic: "orders", Offset: 100 + s.next, Tables: []string{"ks.b"}, WriteTimestamp: 1000, Group: "g"}}
	l.Record = mapping.Record{Topic: "orders", Offset: l.Offset, Key: []byte(key), Value: []byte(value)}
	return l
}

// run replays letters to the end.
func (s *scene) run(o Options, letters ...*deadletter.Stored) *Summary {
	s.t.Helper()
	r := New(s.deps, o)
	for _, l := range letters {
		if err := r.Add(s.t.Context(), l); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := r.Flush(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return r.Summary()
}

// demand holds a summary to the outcomes named, and to no others.
func (s *scene) demand(sum *Summary, want map[Outcome]int64) {
	s.t.Helper()
	for _, o := range Outcomes() {
		if sum.Letters[o] != want[o] {
			s.t.Errorf("%d letters are %s, want %d; reasons %v", sum.Letters[o], o, want[o], sum.Reasons())
		}
	}
}

// holds says what column v of a key holds in a table; empty for no row.
func (s *scene) holds(t *mapping.Table, key string) string {
	cells, ok := s.sink.Row(t, []byte(key))
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s at %d", cells["v"].Data, cells["v"].WriteTime)
}

func (s *scene) wantRow(t *mapping.Table, key, want string) {
	s.t.Helper()
	if got := s.holds(t, key); got != want {
		s.t.Errorf("%s of %s is %q, want %q", key, t.FullName(), got, want)
	}
}

// Only what failed is written, as of the time of the record: a row that was
// written later stays.
func TestReplayWritesWhatFailedWithItsOwnTimestamp(t *testing.T) {
	s := newScene(t)
	later := s.letter("k2", "newer")
	later.WriteTimestamp = 1001
	s.run(Options{}, later)
	every := s.letter("k3", "both")
	every.Tables = nil

	sum := s.run(Options{}, every, s.letter("k1", "first"), s.letter("k2", "older"), s.letter("k4", "skip"))
	s.demand(sum, map[Outcome]int64{Replayed: 3, NoRows: 1})
	s.wantRow(s.b, "k1", "first at 1000")
	s.wantRow(s.b, "k2", "newer at 1001")
	s.wantRow(s.a, "k1", "")
	s.wantRow(s.a, "k3", "both at 1000")
	s.wantRow(s.b, "k3", "both at 1000")
	if want := []string{"letters/0/1", "letters/0/2", "letters/0/3", "letters/0/4", "letters/0/5"}; !slices.Equal(s.marked, want) {
		t.Errorf("marked %q, want %q", s.marked, want)
	}
	if sum.Rows["ks.a"] != 1 || sum.Rows["ks.b"] != 3 || sum.Left() != 0 {
		t.Errorf("rows %v, %d left", sum.Rows, sum.Left())
	}
}

func TestWhatIsNotReplayed(t *testing.T) {
	s := newScene(t)
	foreign := &deadletter.Stored{Fault: deadletter.ErrNotLetter}
	before, bare, elsewhere, dropped, other := s.letter("k1", "v"), s.letter("k1", "v"), s.letter("k1", "v"), s.letter("k1", "v"), s.letter("k1", "v")
	before.Replayed = true
	bare.Payload, bare.Record.Value = deadletter.PayloadDropped, nil // a mapper would take it for a tombstone
	elsewhere.Topic = "events"
	dropped.Tables = []string{"ks.b", "ks.c"}
	other.Group = "h"

	sum := s.run(Options{Group: "g"}, foreign, before, bare, elsewhere, dropped, other)
	s.demand(sum, map[Outcome]int64{Foreign: 1, Before: 1, NoPayload: 1, NotMapped: 2, OtherGroup: 1})
	if s.sink.Writes() != 0 || s.marked != nil || sum.Left() != 3 {
		t.Errorf("%d writes, marks %q, %d left", s.sink.Writes(), s.marked, sum.Left())
	}
	sum = s.run(Options{Again: true}, before, other)
	s.demand(sum, map[Outcome]int64{Replayed: 2})
	s.wantRow(s.b, "k1", "v at 1000")
}

func TestDryRunWritesNothing(t *testing.T) {
	s := newScene(t)
	s.deps.Sink = nil
	sum := s.run(Options{DryRun: true}, s.letter("k1", "v"), s.letter("k2", "poison b"), s.letter("k3", "skip"))
	s.demand(sum, map[Outcome]int64{Replayed: 1, Failed: 1, NoRows: 1})
	if s.marked != nil || sum.Rows["ks.b"] != 1 {
		t.Errorf("marks %q, rows %v", s.marked, sum.Rows)
	}
}

// A letter that fails again stays open, whether the mapping or Cassandra refuses
// it, and even if another of its tables takes it now.
func TestLettersThatFailAgainStay(t *testing.T) {
	s := newScene(t)
	s.sink.Refuse(func(r *mapping.Row) *retry.Poison {
		if string(r.Routing) == "bad" {
			return &retry.Poison{Reason: retry.ReasonRejected, Table: r.Statement.Table.FullName()}
		}
		return nil
	})
	half := s.letter("k2", "poison a")
	half.Tables = nil
	sum := s.run(Options{}, s.letter("k1", "poison b"), s.letter("bad", "v"), half, s.letter("k3", "good"))
	s.demand(sum, map[Outcome]int64{Failed: 3, Replayed: 1})
	if want := []string{"letters/0/4"}; !slices.Equal(s.marked, want) {
		t.Errorf("marked %q, want %q", s.marked, want)
	}
	var texts []string
	for _, r := range sum.Reasons() {
		texts = append(texts, fmt.Sprintf("%d %s %s", r.Letters, r.First, r.Text))
	}
	if want := []string{"1 letters/0/3 rejected table=ks.b", "1 letters/0/1 value table=ks.a", "1 letters/0/2 value table=ks.b"}; !slices.Equal(texts, want) {
		t.Errorf("reasons %q, want %q", texts, want)
	}
}

func TestTheGuardRefusesWhatCouldComeBackToLife(t *testing.T) {
	s := newScene(t)
	grace := 10 * 24 * time.Hour
	for _, tc := range []struct {
		age   time.Duration
		grace int
		want  Outcome
	}{
		{0, s.b.GCGrace, Replayed},
		{grace - 61*time.Minute, s.b.GCGrace, Replayed},
		{grace - 59*time.Minute, s.b.GCGrace, TooOld}, // a delete could be an hour older than the letter
		{grace, s.b.GCGrace, TooOld},
		{50 * time.Second, 60, Replayed},
		{55 * time.Second, 60, TooOld},
		{0, 0, TooOld},
		{-time.Minute, 0, TooOld},
	} {
		l := s.letter(fmt.Sprint(tc.age, tc.grace), "v")
		l.At, s.b.GCGrace = s.now.Add(-tc.age), tc.grace
		sum := s.run(Options{}, l)
		s.demand(sum, map[Outcome]int64{tc.want: 1})
		if got := s.holds(s.b, fmt.Sprint(tc.age, tc.grace)) != ""; got != (tc.want == Replayed) {
			t.Errorf("age %v: written %v", tc.age, got)
		}
		s.demand(s.run(Options{Resurrect: true}, l), map[Outcome]int64{Replayed: 1})
	}
	// A delete brings nothing back.
	gone := s.letter("gone", "")
	gone.At, gone.Record.Value = s.now.Add(-2*grace), nil
	s.demand(s.run(Options{}, gone), map[Outcome]int64{Replayed: 1})
	// What is refused leaves its neighbours alone.
	s.b.GCGrace = int(grace.Seconds())
	old, fresh := s.letter("old", "v"), s.letter("fresh", "v")
	old.At = s.now.Add(-2 * grace)
	s.demand(s.run(Options{}, s.letter("x", "v"), old, fresh), map[Outcome]int64{Replayed: 2, TooOld: 1})
	s.wantRow(s.b, "old", "")
	s.wantRow(s.b, "fresh", "v at 1000")
}

// What Cassandra would acknowledge and never show must not count as replayed.
func TestValuesOfAColumnThatWasDroppedMeanwhile(t *testing.T) {
	s := newScene(t)
	for _, tc := range []struct {
		dropped int64
		value   []byte
		want    Outcome
	}{
		{0, []byte("v"), Replayed},
		{999, []byte("v"), Replayed},
		{1000, []byte("v"), Hidden}, // the letter's own write timestamp
		{1001, []byte("v"), Hidden},
		{1001, nil, Replayed}, // a delete
	} {
		s.b.Columns[1].Dropped = tc.dropped
		l := s.letter(fmt.Sprint("k", tc.dropped), "")
		l.Record.Value = tc.value
		sum := s.run(Options{Resurrect: true}, l)
		s.demand(sum, map[Outcome]int64{tc.want: 1})
		if tc.want == Hidden && (s.holds(s.b, fmt.Sprint("k", tc.dropped)) != "" || !strings.Contains(sum.Reasons()[0].Text, `column "v" of ks.b was dropped`)) {
			t.Errorf("dropped at %d: written, or said %v", tc.dropped, sum.Reasons())
		}
	}
}

// A statement without a write timestamp would be stamped now, over what later records
// wrote: also a delete. One with a condition decides for itself.
func TestLettersWithoutAWriteTimestamp(t *testing.T) {
	s := newScene(t)
	for _, tc := range []struct {
		custom mapping.Custom
		op     mapping.Op
		resume bool
		want   Outcome
	}{
		{mapping.Custom{}, mapping.Update, false, Unstamped},
		{mapping.Custom{}, mapping.DeleteRow, false, Unstamped},
		{mapping.Custom{}, mapping.Update, true, Replayed},
		{mapping.Custom{}, mapping.Counter, false, Replayed},
		{mapping.Custom{Conditional: true}, mapping.Update, false, Replayed},
		{mapping.Custom{Stamped: true}, mapping.Update, false, Replayed},
	} {
		m := newMapper(s.b)
		m.statements[0].Op, m.statements[0].Custom = tc.op, &tc.custom
		s.deps.Plan = func(string, []string) (Mapper, error) { return m, nil }
		s.demand(s.run(Options{Resurrect: tc.resume, DryRun: true}, s.letter("k", "v")), map[Outcome]int64{tc.want: 1})
	}
}

// A mark comes after the acknowledgement: while the sink holds rows back there is
// none, and what it never acknowledged gets none.
func TestMarksComeAfterTheWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.sink.Hold(true)
		stopped := errors.New("stopped")
		ctx, stop := context.WithCancelCause(t.Context())
		r := New(s.deps, Options{})
		if err := r.Add(ctx, s.letter("k1", "v")); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() { ended <- r.Flush(ctx) }()
		time.Sleep(time.Minute)
		if s.marked != nil {
			t.Errorf("marked %q before the write", s.marked)
		}
		stop(stopped)
		if err := <-ended; !errors.Is(err, stopped) {
			t.Errorf("Flush = %v", err)
		}
		s.demand(r.Summary(), map[Outcome]int64{Interrupted: 1})
		if s.marked != nil || r.Summary().Left() != 1 {
			t.Errorf("marked %q, %d left", s.marked, r.Summary().Left())
		}
		if err := r.Add(ctx, s.letter("k2", "v")); !errors.Is(err, stopped) {
			t.Errorf("Add of an ended context = %v", err)
		}
		s.demand(r.Summary(), map[Outcome]int64{Interrupted: 2})
	})
}

// Told to stop between the write and the mark, it still marks, but not for ever.
func TestWhatIsWrittenIsMarkedInSpiteOfTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		ctx, stop := context.WithCancel(t.Context())
		s.mark = func(marking context.Context) error { stop(); time.Sleep(time.Second); return marking.Err() }
		r := New(s.deps, Options{})
		_ = r.Add(ctx, s.letter("k1", "v"))
		if err := r.Flush(ctx); err != nil {
			t.Errorf("Flush = %v", err)
		}
		s.demand(r.Summary(), map[Outcome]int64{Replayed: 1})

		ctx, stop = context.WithCancel(t.Context())
		s.mark = func(marking context.Context) error { stop(); <-marking.Done(); return context.Cause(marking) }
		r = New(s.deps, Options{})
		_ = r.Add(ctx, s.letter("k2", "v"))
		begin := time.Now()
		if err := r.Flush(ctx); !errors.Is(err, context.Canceled) || time.Since(begin) != markWithin {
			t.Errorf("Flush = %v after %v", err, time.Since(begin))
		}
		s.demand(r.Summary(), map[Outcome]int64{Unmarked: 1})
	})
}

func TestAFailedMarkEndsTheReplay(t *testing.T) {
	s := newScene(t)
	refused := errors.New("refused")
	s.mark = func(context.Context) error { return refused }
	r := New(s.deps, Options{})
	if err := r.Add(t.Context(), s.letter("k1", "v")); err != nil {
		t.Fatal(err)
	}
	if err := r.Flush(t.Context()); !errors.Is(err, refused) {
		t.Errorf("Flush = %v", err)
	}
	s.demand(r.Summary(), map[Outcome]int64{Unmarked: 1})
	s.wantRow(s.b, "k1", "v at 1000")
}

// Many letters go in chunks: memory stays bounded and marks come early.
func TestChunks(t *testing.T) {
	s := newScene(t)
	s.sink.Reorder(1)
	r := New(s.deps, Options{})
	const letters = 2*chunkLetters + 7
	for i := range letters {
		value := "v"
		if i%100 == 50 {
			value = "poison b"
		}
		if err := r.Add(t.Context(), s.letter(fmt.Sprint("k", i), value)); err != nil {
			t.Fatal(err)
		}
		if len(r.chunk.letters) >= chunkLetters {
			t.Fatalf("%d letters are held", len(r.chunk.letters))
		}
	}
	big := strings.Repeat("x", chunkBytes)
	if err := r.Add(t.Context(), s.letter("big", big)); err != nil || len(r.chunk.letters) != 0 {
		t.Errorf("Add = %v with %d letters held", err, len(r.chunk.letters))
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.demand(r.Summary(), map[Outcome]int64{Replayed: letters + 1 - 10, Failed: 10})
	if len(s.marked) != letters+1-10 || s.sink.Rows(s.b) != letters+1-10 {
		t.Errorf("%d marks, %d rows", len(s.marked), s.sink.Rows(s.b))
	}
	for _, o := range r.Summary().Reasons() {
		if o.Letters != 10 {
			t.Errorf("reason %+v", o)
		}
	}
}
