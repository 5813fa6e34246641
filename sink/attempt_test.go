package sink

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// stampRows are an insert, a delete and an insert with a TTL, each with a stamp
// of its own.
func stampRows() []*mapping.Row {
	table := textTable()
	key := func() []mapping.Cell {
		return []mapping.Cell{
			{Type: table.Columns[0].Type, State: mapping.Value, Data: []byte("id")},
			{Type: table.Columns[1].Type, State: mapping.Value, Data: []byte("1")},
		}
	}
	st := func(op mapping.Op, ttl int32) *mapping.Statement {
		return &mapping.Statement{Table: table, Op: op, TTL: ttl, Columns: []int{0, 1}}
	}
	return []*mapping.Row{
		{Statement: st(mapping.Insert, 0), Cells: key(), Timestamp: 1_700_000_000_000_001},
		{Statement: st(mapping.DeleteRow, 0), Cells: key(), Timestamp: 1_700_000_000_000_002},
		{Statement: st(mapping.Insert, 60), Cells: key(), Timestamp: 1_700_000_000_000_003},
	}
}

// bindAll binds rows as one try does.
func bindAll(t *testing.T, a *attempt, rows []*mapping.Row, now time.Time) []gocql.BatchEntry {
	t.Helper()
	a.reset(len(rows))
	for _, r := range rows {
		if err := a.bind(r, &statementInfo{text: statementText(r.Statement, "")}, now); err != nil {
			t.Fatal(err)
		}
	}
	return a.entries
}

// boundNumber gives what the driver would send for one value of an entry.
func boundNumber(t *testing.T, e gocql.BatchEntry, at int, as gocql.Type) int64 {
	t.Helper()
	m, ok := e.Args[at].(gocql.Marshaler)
	if !ok {
		t.Fatalf("value %d of %q is %T", at, e.Stmt, e.Args[at])
	}
	data, err := m.MarshalCQL(gocql.NewNativeType(4, as, ""))
	if err != nil {
		t.Fatal(err)
	}
	if as == gocql.TypeInt {
		return int64(binary.BigEndian.Uint32(data))
	}
	return int64(binary.BigEndian.Uint64(data))
}

// Each statement of a batch says its own row's write timestamp, where its marker
// is: first in a DELETE, after the values in an INSERT.
func TestEachRowBindsItsOwnTimestamp(t *testing.T) {
	rows := stampRows()
	entries := bindAll(t, new(attempt), rows, time.UnixMicro(1_700_000_000_000_003))
	if len(entries) != len(rows) {
		t.Fatalf("%d entries for %d rows", len(entries), len(rows))
	}
	for i, at := range []int{2, 0, 2} {
		if got := boundNumber(t, entries[i], at, gocql.TypeBigInt); got != rows[i].Timestamp {
			t.Errorf("row %d is stamped %d, want %d", i, got, rows[i].Timestamp)
		}
	}
	for i, want := range []int{3, 3, 4} {
		if got := len(entries[i].Args); got != want {
			t.Errorf("row %d binds %d values, want %d", i, got, want)
		}
	}
}

// Invariant 6: a try that comes later, with the memory of an earlier one, says the
// same; only what is left of a TTL is less.
func TestEveryAttemptBindsTheSameTimestamp(t *testing.T) {
	rows := stampRows()
	var a attempt
	for _, late := range []time.Duration{0, time.Second, time.Hour} {
		entries := bindAll(t, &a, rows, time.UnixMicro(1_700_000_000_000_003).Add(late))
		for i, at := range []int{2, 0, 2} {
			if got, want := boundNumber(t, entries[i], at, gocql.TypeBigInt), 1_700_000_000_000_001+int64(i); got != want {
				t.Errorf("%v late, row %d is stamped %d, want %d", late, i, got, want)
			}
		}
		if got, want := boundNumber(t, entries[2], 3, gocql.TypeInt), max(1, 60-int64(late/time.Second)); got != want {
			t.Errorf("%v late, the row lives for %d s, want %d", late, got, want)
		}
		a.reset(0)
	}
}

// What a try has bound stays as it is while more rows are bound to it: the driver
// reads the values only when the request is made.
func TestBoundValuesDoNotMove(t *testing.T) {
	var a attempt
	for range 2 { // the second time in the memory of the first
		rows := make([]*mapping.Row, 0, 600)
		for i := range 200 {
			for _, r := range stampRows() {
				r.Timestamp += int64(i)
				rows = append(rows, r)
			}
		}
		entries := bindAll(t, &a, rows, time.UnixMicro(0))
		for i, e := range entries {
			at := 2
			if rows[i].Statement.Op == mapping.DeleteRow {
				at = 0
			}
			if got := boundNumber(t, e, at, gocql.TypeBigInt); got != rows[i].Timestamp {
				t.Fatalf("row %d is stamped %d, want %d", i, got, rows[i].Timestamp)
			}
		}
	}
}

// A column that the mapping leaves alone is unset, which is not null.
func TestUnsetIsNotNull(t *testing.T) {
	row := stampRows()[0]
	row.Cells[1].State = mapping.Unset
	entry := bindAll(t, new(attempt), []*mapping.Row{row}, time.Time{})[0]
	if entry.Args[1] != gocql.UnsetValue {
		t.Errorf("bound %v", entry.Args[1])
	}
	row.Cells[1].State = mapping.Tombstone
	entry = bindAll(t, new(attempt), []*mapping.Row{row}, time.Time{})[0]
	data, err := entry.Args[1].(gocql.Marshaler).MarshalCQL(gocql.NewNativeType(4, gocql.TypeVarchar, ""))
	if data != nil || err != nil {
		t.Errorf("a tombstone is bound as %v, %v", data, err)
	}
}
