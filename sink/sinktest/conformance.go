package sinktest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"ingest/mapping"
	"ingest/retry"
)

// System is a writer with the tables it writes to.
type System interface {
	Write(ctx context.Context, rows []mapping.Row, done func(rows []*mapping.Row, err error)) error
	// Create makes an empty table of the name with
	//	pk text, ck int, a bigint, b text, PRIMARY KEY (pk, ck)
	// and gives its live description.
	Create(t *testing.T, name string) *mapping.Table
	// Read gives the live cells of the columns a and b, and whether the row exists.
	Read(t *testing.T, table *mapping.Table, pk string, ck int32) (cells map[string]Cell, found bool)
}

// Conformance is what callers of a sink rely on.
func Conformance(t *testing.T, newSystem func(t *testing.T) System) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"every row has one outcome", testOutcomes},
		{"the highest timestamp wins", testOrder},
		{"on a tie a tombstone and then the larger value wins", testTies},
		{"a delete hides what is not newer", testDelete},
		{"null deletes and unset leaves", testNullAndUnset},
		{"poison stays alone", testPoison},
		{"no rows are no work", testNothing},
		{"the end of the context ends it", testContext},
		{"lanes write side by side", testLanes},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSystem(t)
			name := "conformance_" + strings.ReplaceAll(strings.ToLower(t.Name()[strings.LastIndex(t.Name(), "/")+1:]), "-", "_")
			table := s.Create(t, name[:min(len(name), 40)])
			test.run(t, &bench{System: s, table: table})
		})
	}
}

// bench writes to one table and reads it.
type bench struct {
	System
	table *mapping.Table
}

// insert makes a row; an empty b is unset, "null" a tombstone.
func (b *bench) insert(stamp int64, pk string, ck int32, a int64, text string) mapping.Row {
	values := map[string][]byte{
		"pk": []byte(pk), "ck": binary.BigEndian.AppendUint32(nil, uint32(ck)),
		"a": binary.BigEndian.AppendUint64(nil, uint64(a)), "b": []byte(text),
	}
	r := b.row(mapping.Insert, stamp, values, "pk", "ck", "a", "b")
	switch text {
	case "":
		r.Cells[3] = mapping.Cell{Type: r.Cells[3].Type, State: mapping.Unset}
	case "null":
		r.Cells[3] = mapping.Cell{Type: r.Cells[3].Type, State: mapping.Tombstone}
	}
	return r
}

func (b *bench) delete(stamp int64, pk string, ck int32) mapping.Row {
	values := map[string][]byte{"pk": []byte(pk), "ck": binary.BigEndian.AppendUint32(nil, uint32(ck))}
	return b.row(mapping.DeleteRow, stamp, values, "pk", "ck")
}

func (b *bench) row(op mapping.Op, stamp int64, values map[string][]byte, columns ...string) mapping.Row {
	st := &mapping.Statement{Table: b.table, Op: op, Routing: []int{0}}
	r := mapping.Row{Statement: st, Timestamp: stamp, Routing: values["pk"], Size: 40}
	for _, name := range columns {
		i := b.table.Column(name)
		st.Columns = append(st.Columns, i)
		r.Cells = append(r.Cells, mapping.Cell{Type: b.table.Columns[i].Type, State: mapping.Value, Data: values[name]})
		r.Size += int32(4 + len(values[name]))
	}
	return r
}

// outcomes are what done was told, by the rows' addresses.
type outcomes struct {
	mu    sync.Mutex
	seen  map[*mapping.Row][]error
	count int
	done  chan struct{}
	want  int
}

func newOutcomes(want int) *outcomes {
	return &outcomes{seen: map[*mapping.Row][]error{}, done: make(chan struct{}), want: want}
}

func (o *outcomes) hear(rows []*mapping.Row, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range rows {
		o.seen[r] = append(o.seen[r], err)
		if o.count++; o.count == o.want {
			close(o.done)
		}
	}
}

func (o *outcomes) wait(t *testing.T) {
	t.Helper()
	select {
	case <-o.done:
	case <-time.After(time.Minute):
		o.mu.Lock()
		defer o.mu.Unlock()
		t.Fatalf("%d outcomes of %d after a minute", o.count, o.want)
	}
}

// write writes rows that must all be acknowledged.
func (b *bench) write(t *testing.T, rows ...mapping.Row) {
	t.Helper()
	o := newOutcomes(len(rows))
	if err := b.Write(t.Context(), rows, o.hear); err != nil {
		t.Fatal(err)
	}
	o.wait(t)
	for _, errs := range o.seen {
		if errs[0] != nil {
			t.Fatalf("a good row was refused: %v", errs[0])
		}
	}
}

// expect reads a row: a and b are its live values, "-" for none.
func (b *bench) expect(t *testing.T, pk string, ck int32, want string) {
	t.Helper()
	cells, found := b.Read(t, b.table, pk, ck)
	got := "no row"
	if found {
		a, text := "-", "-"
		if c, ok := cells["a"]; ok {
			a = fmt.Sprintf("%d@%d", int64(binary.BigEndian.Uint64(c.Data)), c.WriteTime)
		}
		if c, ok := cells["b"]; ok {
			text = fmt.Sprintf("%s@%d", c.Data, c.WriteTime)
		}
		got = a + " " + text
	}
	if got != want {
		t.Errorf("row (%s, %d) is %s, want %s", pk, ck, got, want)
	}
}

func testOutcomes(t *testing.T, b *bench) {
	var rows []mapping.Row
	for i := range int32(500) {
		rows = append(rows, b.insert(int64(1000+i), fmt.Sprint("p", i%20), i, int64(i), "x"))
	}
	o := newOutcomes(len(rows))
	if err := b.Write(t.Context(), rows, o.hear); err != nil {
		t.Fatal(err)
	}
	o.wait(t)
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range rows {
		if errs := o.seen[&rows[i]]; len(errs) != 1 || errs[0] != nil {
			t.Fatalf("row %d has the outcomes %v, want one nil", i, errs)
		}
	}
	b.expect(t, "p7", 487, "487@1487 x@1487")
}

func testOrder(t *testing.T, b *bench) {
	b.write(t, b.insert(20, "p", 1, 2, "new"))
	b.write(t, b.insert(10, "p", 1, 1, "old"))
	b.expect(t, "p", 1, "2@20 new@20")
	b.write(t, b.insert(30, "p", 2, 3, "third"), b.insert(31, "p", 2, 4, ""), b.insert(29, "p", 2, 9, "early"))
	b.expect(t, "p", 2, "4@31 third@30")
}

func testTies(t *testing.T, b *bench) {
	b.write(t, b.insert(10, "p", 1, 9, "aaa"))
	b.write(t, b.insert(10, "p", 1, 2, "zzz"))
	b.expect(t, "p", 1, "9@10 zzz@10")
	b.write(t, b.insert(10, "p", 1, 1, "null"))
	b.expect(t, "p", 1, "9@10 -")
}

func testDelete(t *testing.T, b *bench) {
	b.write(t, b.insert(10, "p", 1, 1, "x"), b.insert(10, "p", 2, 1, "x"))
	b.write(t, b.delete(10, "p", 1), b.delete(9, "p", 2))
	b.expect(t, "p", 1, "no row")
	b.expect(t, "p", 2, "1@10 x@10")
	b.write(t, b.insert(8, "p", 1, 1, "late"))
	b.expect(t, "p", 1, "no row")
	b.write(t, b.insert(11, "p", 1, 5, ""))
	b.expect(t, "p", 1, "5@11 -")
	b.write(t, b.insert(20, "p", 3, 1, "x"), b.delete(21, "p", 3), b.insert(22, "p", 3, 2, "y"))
	b.expect(t, "p", 3, "2@22 y@22")
}

func testNullAndUnset(t *testing.T, b *bench) {
	b.write(t, b.insert(10, "p", 1, 1, "x"))
	b.write(t, b.insert(11, "p", 1, 2, ""))
	b.expect(t, "p", 1, "2@11 x@10")
	b.write(t, b.insert(12, "p", 1, 3, "null"))
	b.expect(t, "p", 1, "3@12 -")
}

func testPoison(t *testing.T, b *bench) {
	var rows []mapping.Row
	for i := range int32(40) {
		rows = append(rows, b.insert(int64(100+i), fmt.Sprint("p", i%3), i, 1, "x"))
	}
	rows[7] = b.insert(107, "", 7, 1, "x")
	rows[23] = b.insert(123, strings.Repeat("k", 70_000), 23, 1, "x")
	o := newOutcomes(len(rows))
	if err := b.Write(t.Context(), rows, o.hear); err != nil {
		t.Fatal(err)
	}
	o.wait(t)
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range rows {
		errs := o.seen[&rows[i]]
		if len(errs) != 1 {
			t.Fatalf("row %d has %d outcomes", i, len(errs))
		}
		p, poison := errors.AsType[*retry.Poison](errs[0])
		switch bad := i == 7 || i == 23; {
		case bad != poison:
			t.Errorf("row %d: %v", i, errs[0])
		case bad && (p.Reason != retry.ReasonRejected || p.Table != b.table.FullName()):
			t.Errorf("row %d: %+v, want %s of %s", i, p, retry.ReasonRejected, b.table.FullName())
		}
	}
	b.expect(t, "p0", 6, "1@106 x@106")
}

func testNothing(t *testing.T, b *bench) {
	if err := b.Write(t.Context(), nil, func([]*mapping.Row, error) { t.Error("done was called") }); err != nil {
		t.Error(err)
	}
}

func testContext(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the partition was lost")
	cancel(cause)
	rows := []mapping.Row{b.insert(1, "p", 1, 1, "x")}
	if err := b.Write(ctx, rows, func([]*mapping.Row, error) { t.Error("done was called") }); !errors.Is(err, cause) {
		t.Errorf("Write returned %v, want the cause", err)
	}
}

// testLanes lets several goroutines write the same rows in different versions;
// the newest must win each cell.
func testLanes(t *testing.T, b *bench) {
	const lanes, each = 4, 300
	o := newOutcomes(lanes * each)
	var work sync.WaitGroup
	all := make([][]mapping.Row, lanes)
	for lane := range lanes {
		for i := range each {
			stamp := int64(1 + lane + i*lanes)
			all[lane] = append(all[lane], b.insert(stamp, fmt.Sprint("p", i%5), int32(i%50), stamp, fmt.Sprint("v", stamp)))
		}
		work.Go(func() {
			if err := b.Write(t.Context(), all[lane], o.hear); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	o.wait(t)
	newest := map[int32]int64{}
	for i := range each {
		newest[int32(i%50)] = int64(lanes + i*lanes)
	}
	for ck := range maps.Keys(newest) {
		n := newest[ck]
		b.expect(t, fmt.Sprint("p", ck%5), ck, fmt.Sprintf("%d@%d v%d@%d", n, n, n, n))
	}
}
