package verify

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
)

// passes folds n rows under a limit, as often as it takes, and gives how often
// each row was folded and the most memory of a pass.
func passes(t *testing.T, n int, limit int64) (seen map[string]int, passes int, most int64) {
	t.Helper()
	seen = map[string]int{}
	for spans := []span{sample(1)}; len(spans) > 0; passes++ {
		f := newFold(tables(), spans[0], limit)
		for i := range n {
			f.apply(write{stamp: int64(i + 1), part: wholeLog()}, put(insertion, fmt.Sprint(i), 1, long(1), []byte("some text")), false)
			most = max(most, f.bytes)
		}
		for key := range f.rows {
			seen[key]++
		}
		spans = append(spans[1:], f.later...)
		if f.full > 0 {
			t.Fatal("rows found no room")
		}
	}
	return seen, passes, most
}

func TestMemoryIsBoundedByMorePasses(t *testing.T) {
	const n, limit = 2000, 100_000
	seen, took, most := passes(t, n, limit)
	if len(seen) != n || slices.Max(slices.Collect(maps.Values(seen))) != 1 {
		t.Errorf("%d of %d rows were folded, some %d times", len(seen), n, slices.Max(slices.Collect(maps.Values(seen))))
	}
	if took < 4 || most > limit+1000 {
		t.Errorf("%d passes of at most %d bytes, want several of %d", took, most, limit)
	}
	if _, one, _ := passes(t, n, 1<<40); one != 1 {
		t.Errorf("%d passes without a limit", one)
	}
}

// Between the span that is kept and those that are let go there is no gap.
func TestHalvesMakeTheWhole(t *testing.T) {
	f := newFold(tables(), sample(1), 1<<40)
	for i := range 100 {
		f.apply(write{stamp: int64(i + 1), part: wholeLog()}, put(insertion, fmt.Sprint(i), 1, long(1), nil), false)
	}
	for range 3 {
		before := f.span
		if !f.halve() {
			t.Fatal("a hundred rows cannot be halved")
		}
		gone := f.later[len(f.later)-1]
		if f.span.from != before.from || f.span.to+1 != gone.from || gone.to != before.to {
			t.Errorf("%v became %v and %v", before, f.span, gone)
		}
	}
}

func TestARowThatFindsNoRoomIsCounted(t *testing.T) {
	f := newFold(tables(), span{0, math.MaxUint64}, 100)
	f.apply(write{stamp: 1, part: wholeLog()}, put(insertion, "a", 1, long(1), nil), false)
	f.apply(write{stamp: 2, part: wholeLog()}, put(insertion, "b", 1, long(1), nil), false)
	if f.full == 0 {
		t.Errorf("nothing is counted: %d rows", len(f.rows))
	}
}

func TestSampleTakesItsShare(t *testing.T) {
	f := newFold(tables(), sample(0.1), 1<<40)
	for i := range 5000 {
		f.apply(write{stamp: 1, part: wholeLog()}, put(insertion, fmt.Sprint(i), 1, long(1), nil), false)
	}
	if n := len(f.rows); n < 400 || n > 600 {
		t.Errorf("%d of 5000 rows, want about 500", n)
	}
}

func TestTheKeyIsReadBack(t *testing.T) {
	all := tables()
	key := string(appendKey(nil, all[0], put(insertion, "an id", 7, nil, nil).Cells, []int{2, 0}))
	cells := keyCells(all[0], key)
	if len(cells) != 2 || string(cells[0].Data) != "an id" || cells[0].Type != words || string(cells[1].Data) != string(long(7)) {
		t.Errorf("read back %+v", cells)
	}
	if text := keyText(all[0], key); text != `id="an id" line=7` {
		t.Errorf("written as %s", text)
	}
}

// Cassandra gives sets and maps in its own order, and all fields.
func TestCanonical(t *testing.T) {
	el := func(s string) []byte { return appendElement(nil, []byte(s)) }
	count := func(n byte, parts ...[]byte) []byte { return append([]byte{0, 0, 0, n}, slices.Concat(parts...)...) }
	null := []byte{0xff, 0xff, 0xff, 0xff}
	set := &mapping.Type{Kind: mapping.TypeSet, Elem: words}
	dict := &mapping.Type{Kind: mapping.TypeMap, Key: words, Elem: words}
	list := &mapping.Type{Kind: mapping.TypeList, Elem: set}
	pair := &mapping.Type{Kind: mapping.TypeUDT, Elems: []*mapping.Type{words, words}}
	for _, tc := range []struct {
		name string
		t    *mapping.Type
		a, b []byte
		same bool
	}{
		{"a set in another order", set, count(3, el("b"), el("a"), el("a")), count(2, el("a"), el("b")), true},
		{"another set", set, count(2, el("b"), el("a")), count(2, el("a"), el("c")), false},
		{"a map, the last entry of a key counts", dict, count(3, el("b"), el("1"), el("a"), el("2"), el("b"), el("3")), count(2, el("a"), el("2"), el("b"), el("3")), true},
		{"a map with another value", dict, count(1, el("b"), el("1")), count(1, el("b"), el("2")), false},
		{"a list keeps its order", &mapping.Type{Kind: mapping.TypeList, Elem: words}, count(2, el("b"), el("a")), count(2, el("a"), el("b")), false},
		{"a list of sets", list, count(1, el(string(count(2, el("b"), el("a"))))), count(1, el(string(count(2, el("a"), el("b"))))), true},
		{"a trailing null", pair, el("a"), append(el("a"), null...), true},
		{"a null in front", pair, append(slices.Clone(null), el("a")...), append(el("a"), null...), false},
	} {
		if same := string(canonical(tc.t, tc.a)) == string(canonical(tc.t, tc.b)); same != tc.same {
			t.Errorf("%s: same %v, want %v", tc.name, same, tc.same)
		}
	}
}

func data(p *partition, offset, millis int64) {
	p.advance(&kgo.Record{Offset: offset, Timestamp: time.UnixMilli(millis)})
}

func TestWhenAClockIsKnown(t *testing.T) {
	const hour = int64(3_600_000)
	whole := wholeLog()
	data(whole, 0, hour)
	if !whole.exact(0) || !whole.complete() {
		t.Error("a log from offset 0 on is complete")
	}
	data(whole, 5, hour) // offsets 1 to 4 hold nothing: compaction
	data(whole, 6, 2*hour)
	data(whole, 7, 3*hour)
	if whole.exact(0) || whole.exact(6) || !whole.exact(7) || whole.complete() {
		t.Error("after a gap the clock is known once it has been read back for the lookback")
	}
	aborted := wholeLog()
	aborted.advance(&kgo.Record{Offset: 3, Timestamp: time.UnixMilli(hour), Attrs: kgo.NewRecordAttrs(kgo.RecordAttrsOpts{Control: true})})
	data(aborted, 4, hour)
	if !aborted.exact(4) || !aborted.complete() {
		t.Error("gaps beside transactions are aborted records")
	}

	part := &partition{topic: &Topic{}, lookback: time.Hour}
	part.begin(100, 100)
	data(part, 100, hour)
	data(part, 101, 2*hour)
	if part.exact(100) || !part.exact(101) || part.complete() {
		t.Error("a log whose beginning is gone warms up")
	}
	part.confirm(part.clock.Last + 1)
	if part.exact(101) || part.trust != trustLower {
		t.Error("the commit's clock is later, and nothing is said of it")
	}
	part.confirm(part.clock.Last - 1)
	if part.trust != trustNone {
		t.Error("the commit's clock is earlier, and nothing is said of it")
	}
}
