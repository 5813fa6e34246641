package pipeline

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// model is the ledger as one would write it without thinking of speed.
type model struct {
	start    position
	entries  []position
	resolved []bool
}

func (m *model) at() position {
	at := m.start
	for i, p := range m.entries {
		if !m.resolved[i] {
			return at
		}
		at = p
	}
	return at
}

func (m *model) latest() position {
	if n := len(m.entries); n > 0 {
		return m.entries[n-1]
	}
	return m.start
}

// unresolved counts from the oldest unresolved record on.
func (m *model) unresolved() int {
	if i := slices.Index(m.resolved, false); i >= 0 {
		return len(m.resolved) - i
	}
	return 0
}

// Invariants 1 and 2, against the model: the position is always that of the
// last record before the oldest unresolved one.
func TestLedgerMatchesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := position{offset: 10, epoch: 1, clock: 100}
		m := &model{start: start}
		var l ledger
		l.open(start, true)
		next := int64(10)
		t.Repeat(map[string]func(*rapid.T){
			"deliver": func(t *rapid.T) {
				n := rapid.IntRange(1, 700).Draw(t, "n")
				for range n {
					next += rapid.Int64Range(1, 3).Draw(t, "gap") // compaction and markers leave holes
					p := position{offset: next + 1, epoch: 2, clock: next * 7}
					seq := l.deliver(next, 2, next*7)
					if seq != uint64(len(m.entries)) {
						t.Fatalf("sequence %d, want %d", seq, len(m.entries))
					}
					m.entries = append(m.entries, p)
					m.resolved = append(m.resolved, false)
				}
			},
			"resolve": func(t *rapid.T) {
				if len(m.entries) == 0 {
					return
				}
				from := rapid.IntRange(0, len(m.entries)-1).Draw(t, "from")
				for i := from; i < min(from+rapid.IntRange(1, 500).Draw(t, "n"), len(m.entries)); i++ {
					m.resolved[i] = true
					l.resolve(uint64(i))
				}
			},
			"": func(t *rapid.T) {
				if l.at != m.at() {
					t.Fatalf("position %+v, want %+v", l.at, m.at())
				}
				if l.latest() != m.latest() {
					t.Fatalf("latest %+v, want %+v", l.latest(), m.latest())
				}
				if l.unresolved() != m.unresolved() {
					t.Fatalf("%d unresolved, want %d", l.unresolved(), m.unresolved())
				}
			},
		})
	})
}

func TestLedgerMemoryFollowsWhatIsOpen(t *testing.T) {
	var l ledger
	l.open(position{}, true)
	for i := range int64(1_000_000) {
		l.resolve(l.deliver(i, 0, i))
	}
	if c := cap(l.entries); c > 4096 {
		t.Errorf("a ledger without open records keeps room for %d", c)
	}
	if l.at.offset != 1_000_000 || l.unresolved() != 0 {
		t.Errorf("position %+v with %d unresolved", l.at, l.unresolved())
	}
}

// What is resolved goes at once when nothing is open; else when it is the larger
// part and worth the copying.
func TestLedgerDropsWhatIsResolved(t *testing.T) {
	for _, tc := range []struct{ delivered, resolved, kept int }{
		{1, 1, 0},
		{3, 3, 0},
		{3, 2, 3},
		{1100, 1023, 1100},
		{1100, 1024, 76},
		{3000, 1024, 3000},
		{3000, 1499, 3000},
		{3000, 1500, 1500},
	} {
		var l ledger
		l.open(position{}, true)
		for i := range int64(tc.delivered) {
			l.deliver(i, 0, i)
		}
		for seq := range uint64(tc.resolved) {
			l.resolve(seq)
		}
		if len(l.entries) != tc.kept {
			t.Errorf("of %d records, %d of them resolved, %d are kept, want %d", tc.delivered, tc.resolved, len(l.entries), tc.kept)
		}
	}
}

func TestLedgerCommitsItsStartOnce(t *testing.T) {
	var l ledger
	at := position{offset: 42, epoch: -1}
	if l.open(at, false); !l.moved {
		t.Error("a start that no commit holds must be committed")
	}
	if l.committed(at); l.moved {
		t.Error("a committed start is not committed again")
	}
	l.resolve(l.deliver(42, 0, 7))
	if l.committed(at); !l.moved {
		t.Error("the commit of an older position must not hide the newer one")
	}
}
