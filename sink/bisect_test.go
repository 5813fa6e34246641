package sink

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gocql/gocql"
	"pgregory.net/rapid"

	"ingest/mapping"
	"ingest/retry"
)

// fickle is a server of a table. Some rows it never takes, it takes no more bytes
// at once than limit, and now and then it fails before or after the work.
type fickle struct {
	rows     []*mapping.Row // all, in their order
	bad      map[int64]bool
	limit    int
	troubles []int // of the requests to come, see answer
	written  map[int64]int
	tried    map[int64]int
	alone    map[int64]bool // the row's last request held nothing else
	requests int
	fault    error // of the writer, the first
}

// The ways of failing that pass by themselves.
var passing = []error{response{gocql.ErrCodeOverloaded, ""}, response{gocql.ErrCodeUnavailable, ""}, response{gocql.ErrCodeWriteTimeout, ""},
	gocql.ErrTimeoutNoResponse, gocql.ErrNoConnections, gocql.ErrConnectionClosed}

func (f *fickle) answer(r request) error {
	f.requests++
	at := slices.Index(f.rows, r.rows[0])
	if at < 0 || !slices.Equal(r.rows, f.rows[at:at+len(r.rows)]) {
		f.fault = cmp.Or(f.fault, errors.New("a request holds rows that are not beside each other, in their order"))
		return nil
	}
	size, bad := 0, false
	for i, row := range r.rows {
		if row.Timestamp != int64(at+i+1) {
			f.fault = cmp.Or(f.fault, fmt.Errorf("row %d has the stamp %d", at+i, row.Timestamp))
		}
		size, bad = size+int(row.Size), bad || f.bad[row.Timestamp]
		f.tried[row.Timestamp]++
		f.alone[row.Timestamp] = len(r.rows) == 1
	}
	trouble := 0
	if len(f.troubles) > 0 {
		trouble, f.troubles = f.troubles[0], f.troubles[1:]
	}
	if trouble > 0 && trouble <= len(passing) {
		return passing[trouble-1]
	}
	switch {
	case size > f.limit:
		return response{gocql.ErrCodeInvalid, "Batch too large"}
	case bad:
		return response{gocql.ErrCodeInvalid, "Key may not be empty"}
	}
	if trouble > 0 { // it did the work, and nobody hears of it
		return gocql.ErrTimeoutNoResponse
	}
	for _, row := range r.rows {
		f.written[row.Timestamp]++
	}
	return nil
}

// Whatever a batch holds: rows that the server takes are acknowledged once, in
// one request; those that it never takes become poison, each alone; and no row is
// tried more often than it takes to halve the batch down to it.
func TestBisectionAgreesWithAModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := deskRows(rapid.SliceOfN(rapid.IntRange(1, 100), 1, 70).Draw(rt, "sizes")...)
		f := &fickle{bad: map[int64]bool{}, limit: rapid.IntRange(50, 4000).Draw(rt, "limit"), written: map[int64]int{}, tried: map[int64]int{}, alone: map[int64]bool{}}
		for i := range rows {
			f.rows = append(f.rows, &rows[i])
			f.bad[rows[i].Timestamp] = rapid.IntRange(0, 9).Draw(rt, "bad") == 0
		}
		if rapid.Bool().Draw(rt, "troubled") {
			f.troubles = rapid.SliceOfN(rapid.IntRange(0, 2*len(passing)), 0, 60).Draw(rt, "troubles")
		}
		calm, got := len(f.troubles) == 0, heard{}
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, retry.Config{Min: time.Millisecond, Max: time.Second}, f.answer)
			err := d.Write(t.Context(), rows, got.done)
			f.fault = cmp.Or(f.fault, errors.Join(err, d.Close(t.Context())))
			d.idle(t)
		})
		if err := cmp.Or(f.fault, f.judge(got, calm)); err != nil {
			rt.Fatal(err)
		}
	})
}

func (f *fickle) judge(got heard, calm bool) error {
	depth := bits.Len(uint(len(f.rows) - 1)) // halvings until a row is alone
	poisoned := 0
	for _, row := range f.rows {
		stamp, heavy := row.Timestamp, int(row.Size) > f.limit
		if len(got[stamp]) != 1 {
			return fmt.Errorf("row %d has %d outcomes", stamp, len(got[stamp]))
		}
		if err := outcomeFault(got[stamp][0], f.bad[stamp], heavy); err != nil {
			return fmt.Errorf("row %d: %w", stamp, err)
		}
		refused := heavy || f.bad[stamp]
		if refused {
			poisoned++
		}
		switch {
		case refused && !f.alone[stamp]:
			return fmt.Errorf("row %d was given up while it was not alone", stamp)
		case !refused && f.written[stamp] != 1:
			return fmt.Errorf("row %d was acknowledged %d times", stamp, f.written[stamp])
		case calm && f.tried[stamp] > depth+1:
			return fmt.Errorf("row %d of %d was tried %d times", stamp, len(f.rows), f.tried[stamp])
		}
	}
	whole := 0
	for _, row := range f.rows {
		whole += int(row.Size)
	}
	if most := 1 + 2*depth*poisoned; calm && whole <= f.limit && f.requests > most {
		return fmt.Errorf("%d requests for %d rows with %d bad ones, want at most %d", f.requests, len(f.rows), poisoned, most)
	}
	return nil
}

// outcomeFault holds a row's outcome against what the server makes of it.
func outcomeFault(err error, bad, heavy bool) error {
	p, poison := errors.AsType[*retry.Poison](err)
	switch {
	case err == nil && !bad && !heavy:
		return nil
	case poison && heavy && p.Reason == retry.ReasonOversized, poison && bad && !heavy && p.Reason == retry.ReasonRejected:
		return nil
	}
	return fmt.Errorf("bad %v, too heavy %v, and its outcome is %s", bad, heavy, fmt.Sprint(err))
}

// A row on which the server keeps failing is given up alone, wherever it stands,
// and only when others get through, which it does not keep from that; what makes a
// replica fail is the row only when it is large.
func TestARowThatTheServerChokesOn(t *testing.T) {
	tests := []struct {
		name   string
		code   int
		size   int
		others bool
		poison retry.Reason // empty: none
	}{
		{"a request that the server cannot work on", gocql.ErrCodeServer, 10, true, retry.ReasonRejected},
		{"nor anything else", gocql.ErrCodeServer, 10, false, ""},
		{"a small row on which replicas fail", gocql.ErrCodeWriteFailure, 10, true, ""},
		{"a large one", gocql.ErrCodeWriteFailure, suspectSize, true, retry.ReasonOversized},
	}
	for _, test := range tests {
		for choke := int64(1); choke <= 4; choke++ {
			t.Run(fmt.Sprintf("%s, row %d", test.name, choke), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sizes := []int{10, 10, 10, 10}
					sizes[choke-1] = test.size
					got, alone := choked(t, sizes, func(r request) error {
						holds := slices.ContainsFunc(r.rows, func(row *mapping.Row) bool { return row.Timestamp == choke })
						if holds || !test.others {
							return response{test.code, ""}
						}
						return nil
					})
					switch p := poisonOf(got[choke]); {
					case test.poison == "" && len(got[choke]) != 0:
						t.Errorf("the row has the outcome %v", got[choke])
					case test.poison != "" && (p == nil || p.Reason != test.poison):
						t.Errorf("the row has the outcome %v, want %s", got[choke], test.poison)
					case alone[choke] <= suspectAttempts:
						t.Errorf("it was tried alone %d times", alone[choke])
					}
					for other := int64(1); other <= 4; other++ {
						if acked := len(got[other]) == 1 && got[other][0] == nil; other != choke && acked != test.others {
							t.Errorf("row %d has the outcomes %v", other, got[other])
						}
					}
				})
			})
		}
	}
}

// choked writes rows for a minute and gives their outcomes, and how often each was
// tried alone.
func choked(t *testing.T, sizes []int, answer func(request) error) (got heard, alone map[int64]int) {
	t.Helper()
	got, alone = heard{}, map[int64]int{}
	d := newDesk(t, retry.Config{Min: time.Millisecond, Max: time.Second}, func(r request) error {
		if len(r.rows) == 1 {
			alone[r.rows[0].Timestamp]++
		}
		return answer(r)
	})
	if err := d.Write(t.Context(), deskRows(sizes...), got.done); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
	d.stop(ErrClosed)
	synctest.Wait()
	d.idle(t)
	return got, alone
}

func poisonOf(outcomes []error) *retry.Poison {
	if len(outcomes) != 1 {
		return nil
	}
	p, _ := errors.AsType[*retry.Poison](outcomes[0])
	return p
}
