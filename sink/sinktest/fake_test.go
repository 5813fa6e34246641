package sinktest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ingest/mapping"
	"ingest/retry"
	"ingest/sink/sinktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inMemory makes the fake a system.
type inMemory struct{ *sinktest.Fake }

func (s inMemory) Create(_ *testing.T, name string) *mapping.Table { return newTable(name) }

func newTable(name string) *mapping.Table {
	kind := func(k mapping.TypeKind) *mapping.Type { return &mapping.Type{Kind: k} }
	return &mapping.Table{
		Keyspace: "fake", Name: name,
		Columns: []mapping.Column{
			{Name: "pk", Type: kind(mapping.TypeText), Kind: mapping.PartitionKey}, {Name: "ck", Type: kind(mapping.TypeInt), Kind: mapping.Clustering},
			{Name: "a", Type: kind(mapping.TypeBigint)}, {Name: "b", Type: kind(mapping.TypeText)}, {Name: "s", Type: kind(mapping.TypeText), Kind: mapping.Static},
		},
		PartitionKey: []int{0}, Clustering: []int{1},
	}
}

func (s inMemory) Read(_ *testing.T, table *mapping.Table, pk string, ck int32) (map[string]sinktest.Cell, bool) {
	return s.Row(table, []byte(pk), []byte{byte(ck >> 24), byte(ck >> 16), byte(ck >> 8), byte(ck)})
}

func TestFakeConforms(t *testing.T) {
	for name, prepare := range map[string]func(*sinktest.Fake){
		"as it is":                       func(*sinktest.Fake) {},
		"in another order":               func(f *sinktest.Fake) { f.Reorder(1) },
		"with writes that land repeated": func(f *sinktest.Fake) { f.Fail(1000) },
		"slow":                           func(f *sinktest.Fake) { f.Delay(time.Millisecond) },
	} {
		t.Run(name, func(t *testing.T) {
			sinktest.Conformance(t, func(t *testing.T) sinktest.System {
				f := sinktest.NewFake()
				t.Cleanup(f.Close)
				prepare(f)
				return inMemory{f}
			})
		})
	}
}

func oneRow(table *mapping.Table, stamp int64) []mapping.Row {
	st := &mapping.Statement{Table: table, Columns: []int{0, 1, 4}, Routing: []int{0}}
	cell := func(data string) mapping.Cell { return mapping.Cell{State: mapping.Value, Data: []byte(data)} }
	return []mapping.Row{{Statement: st, Timestamp: stamp, Routing: []byte("p"), Cells: []mapping.Cell{cell("p"), cell("\x00\x00\x00\x01"), cell("static")}}}
}

func TestFakeWaits(t *testing.T) {
	tests := map[string]func(*sinktest.Fake, bool){"blocked": (*sinktest.Fake).Block, "held": (*sinktest.Fake).Hold}
	for name, hold := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := sinktest.NewFake()
				defer f.Close()
				hold(f, true)
				outcome := make(chan error, 1)
				go func() {
					err := f.Write(t.Context(), oneRow(newTable("t"), 1), func(_ []*mapping.Row, err error) { outcome <- err })
					if err != nil {
						t.Error(err)
					}
				}()
				synctest.Wait()
				select {
				case <-outcome:
					t.Fatal("an outcome came while it waits")
				default:
				}
				hold(f, false)
				if err := <-outcome; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestFakeDropsWhatItsContextEnds(t *testing.T) {
	f := sinktest.NewFake()
	f.Hold(true)
	ctx, cancel := context.WithCancel(t.Context())
	if err := f.Write(ctx, oneRow(newTable("t"), 1), func([]*mapping.Row, error) { t.Error("done was called") }); err != nil {
		t.Fatal(err)
	}
	cancel()
	f.Close()
	if f.Writes() != 1 {
		t.Errorf("%d writes, want 1", f.Writes())
	}
}

func TestFakeRefusesAndKeepsStatics(t *testing.T) {
	f := sinktest.NewFake()
	defer f.Close()
	table := newTable("t")
	f.Refuse(func(r *mapping.Row) *retry.Poison {
		if r.Timestamp == 2 {
			return &retry.Poison{Reason: retry.ReasonOversized}
		}
		return nil
	})
	rows := append(oneRow(table, 1), oneRow(table, 2)...)
	outcome := make(chan error, 2)
	if err := f.Write(t.Context(), rows, func(_ []*mapping.Row, err error) { outcome <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-outcome; err != nil {
		t.Errorf("the good row: %v", err)
	}
	if p, ok := errors.AsType[*retry.Poison](<-outcome); !ok || p.Reason != retry.ReasonOversized {
		t.Errorf("the refused row: %v", p)
	}
	cells, found := f.Row(table, []byte("p"), []byte("\x00\x00\x00\x01"))
	if !found || string(cells["s"].Data) != "static" || cells["s"].WriteTime != 1 || f.Rows(table) != 1 {
		t.Errorf("found %v, cells %v, %d rows", found, cells, f.Rows(table))
	}
}
