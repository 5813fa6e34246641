package verify

import (
	"slices"
	"testing"
	"time"

	"ingest/mapping"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// at is a write of a partition, seconds before noon.
func at(p *partition, seconds int64) write {
	return write{stamp: noon.Add(-time.Duration(seconds) * time.Second).UnixMicro(), part: p, offset: 1000 - seconds}
}

// partly is a partition whose beginning is gone, with a clock that is known.
func partly() *partition {
	p := wholeLog()
	p.begin(0, 500)
	return p
}

func stored(data []byte, w write) mapping.Stored {
	return mapping.Stored{Set: true, Data: data, Stamp: w.stamp}
}

// What cannot be judged is counted, and is no difference.
func TestWhatCannotBeJudged(t *testing.T) {
	whole, part, other, cold := wholeLog(), partly(), wholeLog(), partly()
	cold.plain, cold.strict = warmUp{}, warmUp{}
	one, two := long(1), long(2)
	for _, tc := range []struct {
		name   string
		fold   func(f *fold)
		have   []mapping.Stored // nil: no row
		reason Reason
		rows   bool // the reason takes the row's differences back
	}{
		{"a cell from before what is left of the log",
			func(f *fold) { f.apply(at(part, 10), put(insertion, "a", 1, one, nil), false) },
			[]mapping.Stored{stored(one, at(part, 10)), stored(one, at(part, 900))}, ReasonOlder, false},
		{"a timestamp that is not known",
			func(f *fold) { f.apply(at(cold, 10), put(insertion, "a", 1, one, nil), false) },
			[]mapping.Stored{stored(one, at(cold, 5)), {}}, ReasonClock, false},
		{"a record that was dead-lettered and replayed",
			func(f *fold) {
				f.apply(at(whole, 10), put(insertion, "a", 1, one, nil), false)
				f.apply(at(whole, 5), put(insertion, "a", 1, two, nil), true)
			},
			[]mapping.Stored{stored(two, at(whole, 5)), {}}, ReasonLetter, true},
		{"records of several partitions, one with an unknown clock",
			func(f *fold) {
				f.apply(at(whole, 10), put(insertion, "a", 1, one, nil), false)
				f.apply(at(cold, 5), put(insertion, "a", 1, two, nil), false)
			},
			[]mapping.Stored{stored(one, at(whole, 10)), {}}, ReasonMixed, true},
		{"a tie",
			func(f *fold) {
				f.apply(at(whole, 10), put(insertion, "a", 1, one, nil), false)
				f.apply(at(other, 10), put(insertion, "a", 1, two, nil), false)
			},
			[]mapping.Stored{stored(two, at(whole, 10)), {}}, ReasonTie, false},
		{"a row about to expire",
			func(f *fold) { f.apply(at(whole, 3600), put(mortal, "a", 1, one, nil), false) },
			nil, ReasonLife, false},
		{"an expired row that was written for its last second",
			func(f *fold) { f.apply(at(whole, 9000), put(mortal, "a", 1, one, nil), false) },
			[]mapping.Stored{{Set: true, Data: one, Stamp: at(whole, 9000).stamp, TTL: 1}, {}}, ReasonLife, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := judgeOne(t, tc.fold, tc.have)
			if tc.rows {
				if v.withdrawn != tc.reason || len(v.differences) == 0 {
					t.Errorf("withdrawn for %q with %v, want %q", v.withdrawn, v.differences, tc.reason)
				}
				return
			}
			if len(v.differences) > 0 || v.unjudged[tc.reason] == 0 {
				t.Errorf("differences %+v, not judged %v, want %q", v.differences, v.unjudged, tc.reason)
			}
		})
	}
}

// What can be judged in spite of what is not known.
func TestWhatCanBeJudgedAllTheSame(t *testing.T) {
	whole, part, other, cold := wholeLog(), partly(), wholeLog(), partly()
	cold.plain, cold.strict = warmUp{}, warmUp{}
	one, two := long(1), long(2)
	for _, tc := range []struct {
		name string
		fold func(f *fold)
		have []mapping.Stored
		want Kind // empty: no difference
	}{
		{"a delete ends what came before the log",
			func(f *fold) { f.apply(at(part, 10), drop("a", 1), false) },
			[]mapping.Stored{stored(one, at(part, 900)), {}}, Extra},
		{"an unknown timestamp is not too early",
			func(f *fold) { f.apply(at(cold, 10), put(insertion, "a", 1, one, nil), false) },
			[]mapping.Stored{stored(one, at(cold, 20)), {}}, Stale},
		{"a value at an unknown timestamp",
			func(f *fold) { f.apply(at(cold, 10), put(insertion, "a", 1, one, nil), false) },
			[]mapping.Stored{stored(two, at(cold, 5)), {}}, Value},
		{"partitions whose clocks are known have an order",
			func(f *fold) {
				f.apply(at(whole, 5), put(insertion, "a", 1, two, nil), false)
				f.apply(at(other, 10), put(insertion, "a", 1, one, nil), false)
			},
			[]mapping.Stored{stored(one, at(other, 10)), {}}, Stale},
		{"a dead letter that was not replayed has changed nothing",
			func(f *fold) {
				f.apply(at(whole, 10), put(insertion, "a", 1, one, nil), false)
				f.apply(at(whole, 5), put(insertion, "a", 1, two, nil), true)
			},
			[]mapping.Stored{stored(one, at(whole, 10)), {}}, ""},
		{"a delete wins over an insert of the same timestamp",
			func(f *fold) {
				f.apply(at(whole, 10), drop("a", 1), false)
				f.apply(at(other, 10), put(insertion, "a", 1, one, nil), false)
			},
			[]mapping.Stored{stored(one, at(whole, 10)), {}}, Extra},
		{"a row of its marker alone",
			func(f *fold) { f.apply(at(whole, 10), put(insertion, "a", 1, nil, nil), false) },
			[]mapping.Stored{{}, {}}, ""},
		{"a row of its marker alone that is gone",
			func(f *fold) { f.apply(at(whole, 10), put(insertion, "a", 1, nil, nil), false) },
			nil, Missing},
		{"a cell that no record wrote",
			func(f *fold) { f.apply(at(whole, 10), put(insertion, "a", 1, one, nil), false) },
			[]mapping.Stored{stored(one, at(whole, 10)), stored(two, at(whole, 1))}, Extra},
		{"a cell that is gone",
			func(f *fold) { f.apply(at(whole, 10), put(insertion, "a", 1, one, two), false) },
			[]mapping.Stored{stored(one, at(whole, 10)), {}}, Missing},
		{"an expired row that lives for ever",
			func(f *fold) { f.apply(at(whole, 9000), put(mortal, "a", 1, one, nil), false) },
			[]mapping.Stored{stored(one, at(whole, 9000)), {}}, Extra},
		{"a row that should live for ever, and does not",
			func(f *fold) { f.apply(at(whole, 10), put(insertion, "a", 1, one, nil), false) },
			[]mapping.Stored{{Set: true, Data: one, Stamp: at(whole, 10).stamp, TTL: 7}, {}}, TTL},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := judgeOne(t, tc.fold, tc.have)
			switch {
			case tc.want == "" && len(v.differences) > 0:
				t.Errorf("found %+v", v.differences)
			case tc.want != "" && (len(v.differences) != 1 || v.differences[0].kind != tc.want || v.withdrawn != ""):
				t.Errorf("found %+v (withdrawn: %q), want one of kind %q", v.differences, v.withdrawn, tc.want)
			}
		})
	}
}

// judgeOne judges the only row of a fold.
func judgeOne(t *testing.T, fill func(*fold), have []mapping.Stored) verdict {
	t.Helper()
	f := newFold(tables(), sample(1), 1<<40)
	fill(f)
	if len(f.rows) != 1 {
		t.Fatalf("%d rows", len(f.rows))
	}
	for _, r := range f.rows {
		return judgeRow(r, have != nil, have, noon)
	}
	return verdict{}
}

// Where the records say themselves when they were, the later event wins whichever
// record came later, and ties are not judged.
func TestEventTimes(t *testing.T) {
	whole, part := wholeLog(), partly()
	one, two := long(1), long(2)
	eventful := func(p *partition, rows ...int64) func(f *fold) {
		return func(f *fold) {
			f.tables[0].events = []*mapping.Statement{insertion}
			for i, seconds := range rows {
				w := at(p, seconds)
				w.offset = 900 + int64(i)
				f.apply(w, put(insertion, "a", 1, long(int64(i+1)), nil), false)
			}
		}
	}
	for _, tc := range []struct {
		name   string
		fold   func(f *fold)
		have   []mapping.Stored
		want   Kind
		reason Reason
	}{
		{"a late event loses", eventful(whole, 10, 20), []mapping.Stored{stored(one, at(whole, 10)), {}}, "", ""},
		{"a late event has won", eventful(whole, 10, 20), []mapping.Stored{stored(two, at(whole, 5)), {}}, Value, ""},
		{"two events at one time", eventful(whole, 10, 10), []mapping.Stored{stored(one, at(whole, 10)), {}}, "", ReasonTie},
		{"a record that is gone may have been later", eventful(part, 10), []mapping.Stored{stored(two, at(part, 5)), {}}, Value, ReasonEvents},
	} {
		v := judgeOne(t, tc.fold, tc.have)
		kind := Kind("")
		if len(v.differences) > 0 {
			kind = v.differences[0].kind
		}
		if kind != tc.want || v.withdrawn != tc.reason && v.unjudged[tc.reason] == 0 {
			t.Errorf("%s: found %+v, withdrawn %q, not judged %v", tc.name, v.differences, v.withdrawn, v.unjudged)
		}
	}
}

// What Cassandra hides, since its column was dropped and added again, is not
// missing; what was written after the drop is.
func TestCellsOfAColumnThatWasDropped(t *testing.T) {
	whole, one := wholeLog(), long(1)
	for _, tc := range []struct {
		name    string
		dropped int64 // seconds before noon; the cell is of 10
		missing int
	}{{"later", 5, 0}, {"at the same time", 10, 0}, {"before", 20, 1}} {
		t.Run(tc.name, func(t *testing.T) {
			v := judgeOne(t, func(f *fold) {
				table := *f.tables[0].Table // the other tests' stays as it is
				table.Columns = slices.Clone(table.Columns)
				table.Columns[f.tables[0].Columns[0]].Dropped = at(whole, tc.dropped).stamp
				f.tables[0].Table = &table
				f.apply(at(whole, 10), put(insertion, "a", 1, one, nil), false)
			}, []mapping.Stored{{}, {}})
			if len(v.differences) != tc.missing || v.unjudged[ReasonHidden] != int64(1-tc.missing) {
				t.Errorf("differences %+v, not judged %v", v.differences, v.unjudged)
			}
		})
	}
}
