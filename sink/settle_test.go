package sink

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gocql/gocql"
	"go.opentelemetry.io/otel/metric/noop"

	"ingest/mapping"
	"ingest/retry"
)

// desk is a writer whose requests are answered by a function of the test. All
// rows of one Write make one batch, and there is one node.
type desk struct {
	*Writer
	node          *node
	told, refused map[string]int // SchemaChanged and Refused, by table
}

// request is what the server was asked, and when.
type request struct {
	rows []*mapping.Row
	at   time.Time
}

func newDesk(t testing.TB, r retry.Config, answer func(request) error) *desk {
	t.Helper()
	d := &desk{node: &node{id: "a"}, told: map[string]int{}, refused: map[string]int{}}
	p := newPolicy(&registry{})
	p.topology.Store(newTopology([]ringHost{{node: d.node}}, nil))
	s := &Session{limiter: newLimiter(8, time.Now), now: time.Now}
	s.link.Store(&link{policy: p})
	w, err := NewWriter(s, Config{Cassandra: CassandraConfig{Consistency: "LOCAL_QUORUM"}, Retry: r}, Deps{
		Log: slog.New(slog.DiscardHandler), Meter: noop.Meter{}, Waiting: func(string) {}, SchemaChanged: func(table string) { d.told[table]++ },
		Refused: func(table, _ string) { d.refused[table]++ }})
	if err != nil {
		t.Fatal(err)
	}
	w.caps = caps{rows: 1 << 20, bytes: 1 << 40, singleBytes: 1 << 40, partitions: 1 << 20}
	w.send = func(_ context.Context, run *run, rows []*mapping.Row, now time.Time) error {
		if run.node != d.node || s.limiter.inFlight([]*node{d.node}) < 1 {
			t.Errorf("a request was made without room on its node")
		}
		return answer(request{rows, now})
	}
	d.Writer = w
	return d
}

// idle fails the test when room is still taken.
func (d *desk) idle(t testing.TB) {
	t.Helper()
	if n := d.session.limiter.inFlight([]*node{d.node}); n != 0 {
		t.Errorf("%d requests hold room after all have ended", n)
	}
}

// deskRows gives rows of one partition with these sizes. Their stamps are 1, 2, …
func deskRows(sizes ...int) []mapping.Row {
	st := &mapping.Statement{Table: textTable(), Columns: []int{0, 1}, Routing: []int{0}}
	rows := make([]mapping.Row, len(sizes))
	for i, size := range sizes {
		rows[i] = mapping.Row{Statement: st, Timestamp: int64(i + 1), Size: int32(size), Routing: []byte("id"), Cells: []mapping.Cell{
			{Type: st.Table.Columns[0].Type, State: mapping.Value, Data: []byte("id")},
			{Type: st.Table.Columns[1].Type, State: mapping.Value, Data: []byte("1")},
		}}
	}
	return rows
}

// heard is what done was told of each row, by its stamp.
type heard map[int64][]error

func (h heard) done(rows []*mapping.Row, err error) {
	for _, r := range rows {
		h[r.Timestamp] = append(h[r.Timestamp], err)
	}
}

// The waits between attempts are drawn evenly from zero up to a bound that doubles
// and is capped, and every attempt sends the same rows with the same stamps.
func TestAttemptsAreSpreadWithinTheirCaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const attempts, least, most = 12, 50 * time.Millisecond, 800 * time.Millisecond
		var waits []float64 // as parts of their bounds
		for range 100 {
			var last time.Time
			seen := 0
			rows := deskRows(10, 20)
			d := newDesk(t, retry.Config{Min: least, Max: most}, func(r request) error {
				if len(r.rows) != 2 || r.rows[0] != &rows[0] || r.rows[1] != &rows[1] || rows[0].Timestamp != 1 || rows[1].Timestamp != 2 {
					t.Errorf("attempt %d sends other rows", seen)
				}
				if seen > 0 {
					bound := min(least<<(seen-1), most)
					wait := r.at.Sub(last)
					if wait < 0 || wait >= bound {
						t.Errorf("wait %d is %v, want less than %v", seen, wait, bound)
					}
					waits = append(waits, float64(wait)/float64(bound))
				}
				last = r.at
				if seen++; seen == attempts {
					return nil
				}
				return passing[seen%len(passing)]
			})
			got := heard{}
			if err := d.Write(t.Context(), rows, got.done); err != nil {
				t.Fatal(err)
			}
			if err := d.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(got) != 2 || seen != attempts {
				t.Fatalf("%d rows have outcomes after %d attempts", len(got), seen)
			}
			d.idle(t)
		}
		var quarters [4]int
		for _, w := range waits {
			quarters[int(4*w)]++
		}
		for i, n := range quarters {
			if n < len(waits)/8 || n > len(waits)/2 {
				t.Errorf("%d of %d waits are in quarter %d of their bound: not full jitter", n, len(waits), i)
			}
		}
	})
}

// What no attempt mends by itself is tried until the caller gives up: no row gets
// an outcome, and the room is given back once.
func TestWhatNeedsAPersonIsTriedUntilTheCallerGivesUp(t *testing.T) {
	for name, test := range map[string]struct {
		err             error
		schema, refused bool
		limit           float64 // of the node afterwards
	}{
		"rights":             {response{gocql.ErrCodeUnauthorized, ""}, false, true, 8},
		"a table that went":  {response{gocql.ErrCodeInvalid, "unconfigured table t"}, true, false, 8},
		"a node that is bad": {response{gocql.ErrCodeOverloaded, ""}, false, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				d := newDesk(t, retry.Config{Min: 50 * time.Millisecond, Max: time.Second}, func(request) error { requests++; return test.err })
				got := heard{}
				ctx, cancel := context.WithCancel(t.Context())
				if err := d.Write(ctx, deskRows(1, 1, 1), got.done); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				cancel()
				if err := d.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if len(got) != 0 || requests < 3600 {
					t.Errorf("%d rows have outcomes after %d requests in an hour", len(got), requests)
				}
				if told := d.told[textTable().FullName()]; (told > 0) != test.schema {
					t.Errorf("SchemaChanged was called %d times", told)
				}
				if n := d.refused[textTable().FullName()]; (n > 0) != test.refused {
					t.Errorf("Refused was called %d times", n)
				}
				if d.node.limit != test.limit {
					t.Errorf("the node's limit is %v, want %v", d.node.limit, test.limit)
				}
				d.idle(t)
			})
		})
	}
}

// A cluster that takes requests and answers none is told of after the first
// timeout, however long it takes until a batch has failed several times.
func TestReadinessHearsOfAHangingCluster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := time.Now().Add(time.Minute)
		d := newDesk(t, retry.Config{Min: time.Millisecond, Max: time.Second}, func(request) error {
			if time.Now().After(answers) {
				return nil
			}
			time.Sleep(lastingTime)
			return gocql.ErrTimeoutNoResponse
		})
		var told []time.Time
		d.health.waiting = func(reason string) {
			if reason != "" {
				told = append(told, time.Now())
			}
		}
		start := time.Now()
		if err := d.Write(t.Context(), deskRows(10), heard{}.done); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(told) != 1 || told[0].Sub(start) > lastingTime {
			t.Errorf("readiness was told at %v, want once, after %v", told, lastingTime)
		}
	})
}

// One failure that the next attempt mends is no news.
func TestReadinessDoesNotHearOfOneFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := false
		d := newDesk(t, retry.Config{Min: time.Millisecond, Max: time.Second}, func(request) error {
			if failed {
				return nil
			}
			failed = true
			return gocql.ErrTimeoutNoResponse
		})
		d.health.waiting = func(reason string) { t.Errorf("readiness was told %q", reason) }
		if err := d.Write(t.Context(), deskRows(10), heard{}.done); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
