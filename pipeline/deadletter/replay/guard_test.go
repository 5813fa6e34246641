package replay

import (
	"testing"
	"time"

	"ingest/mapping"
	"ingest/pipeline/deadletter"
	"ingest/retry"
)

// A replay that could count a second time is refused.
func TestTheGuardRefusesWhatCouldCountTwice(t *testing.T) {
	s := newScene(t)
	other := *s.b
	counter, second := &mapping.Statement{Table: s.b, Op: mapping.Counter}, &mapping.Statement{Table: &other, Op: mapping.Counter}
	plain := &mapping.Statement{Table: s.b, Op: mapping.Insert}
	for _, tc := range []struct {
		name    string
		reasons []retry.Reason
		rows    []*mapping.Statement
		want    Outcome // 0: it may be written
	}{
		{"nobody knows", []retry.Reason{retry.ReasonValue, retry.ReasonCounterUnknown}, []*mapping.Statement{counter}, Uncertain},
		{"its value did not fit", []retry.Reason{retry.ReasonValue}, []*mapping.Statement{counter, counter}, 0},
		{"Cassandra refused the one row", []retry.Reason{retry.ReasonRejected}, []*mapping.Statement{counter, second}, 0},
		{"Cassandra refused one of two", []retry.Reason{retry.ReasonRejected}, []*mapping.Statement{counter, counter}, Uncertain},
		{"one of two is too large", []retry.Reason{retry.ReasonOversized}, []*mapping.Statement{second, counter, counter}, Uncertain},
		{"no counters", []retry.Reason{retry.ReasonRejected, retry.ReasonCounterUnknown}, []*mapping.Statement{plain, plain}, 0},
	} {
		var rows []mapping.Row
		for _, st := range tc.rows {
			rows = append(rows, mapping.Row{Statement: st})
		}
		r := &Replay{deps: Deps{Now: func() time.Time { return s.now }}}
		if o, why := r.guard(&deadletter.Stored{At: s.now, Envelope: deadletter.Envelope{Reasons: tc.reasons}}, rows); o != tc.want {
			t.Errorf("%s: outcome %v (%s), want %v", tc.name, o, why, tc.want)
		}
	}
}
