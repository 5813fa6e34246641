package sink

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/retry"
)

// alone gives rows of one partition with an operation.
func alone(op mapping.Op, n int) []mapping.Row {
	rows := deskRows(make([]int, n)...)
	st := *rows[0].Statement
	st.Op = op
	for i := range rows {
		rows[i].Statement = &st
	}
	return rows
}

// A counter whose outcome is unknown is never tried again; one that certainly was
// not counted is, until it is.
func TestCounters(t *testing.T) {
	tests := []struct {
		name  string
		err   error
		tries int
		lost  bool
	}{
		{"write timeout", gocql.RequestErrWriteTimeout{}, 1, true},
		{"no answer", gocql.ErrTimeoutNoResponse, 1, true},
		{"closed connection", gocql.ErrConnectionClosed, 1, true},
		{"anything else of the driver", errors.New("broken"), 1, true},
		{"no node", gocql.ErrNoConnections, 3, false},
		{"refused before it was sent", &retry.Error{Class: retry.Schema, Err: errors.New("type")}, 3, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := map[int64]int{}
				d := newDesk(t, retry.Config{Min: time.Millisecond, Max: time.Second}, func(q request) error {
					if len(q.rows) != 1 {
						t.Errorf("%d rows share a request", len(q.rows))
					}
					tries[q.rows[0].Timestamp]++
					if q.rows[0].Timestamp == 2 && tries[2] < 3 {
						return test.err
					}
					return nil
				})
				h := heard{}
				rows := alone(mapping.Counter, 3)
				if err := d.Write(t.Context(), rows, h.done); err != nil {
					t.Fatal(err)
				}
				if err := d.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if tries[1] != 1 || tries[2] != test.tries || tries[3] != 1 {
					t.Errorf("tries %v, want %d of the second and one of the others", tries, test.tries)
				}
				poison, lost := errors.AsType[*retry.Poison](h[2][0])
				if lost != test.lost || lost && (poison.Reason != retry.ReasonCounterUnknown || poison.Table != `shop.Or"ders`) {
					t.Errorf("the second was told %v", h[2])
				}
				if h[1][0] != nil || h[3][0] != nil {
					t.Errorf("the others were told %v and %v", h[1], h[3])
				}
				d.idle(t)
			})
		})
	}
}

// A conditional write may be tried again: whoever inserted the row, it is there.
func TestConditionalWritesAreTriedAgainInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []int64
		d := newDesk(t, retry.Config{Min: time.Millisecond, Max: time.Second}, func(q request) error {
			order = append(order, q.rows[0].Timestamp)
			if len(order) == 1 {
				return gocql.RequestErrWriteTimeout{}
			}
			return nil
		})
		h := heard{}
		rows := alone(mapping.InsertIfAbsent, 2)
		if err := d.Write(t.Context(), rows, h.done); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(order) != 3 || order[0] != 1 || order[1] != 1 || order[2] != 2 || h[1][0] != nil || h[2][0] != nil {
			t.Errorf("order %v, outcomes %v", order, h)
		}
	})
}
