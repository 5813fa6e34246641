//go:build stack

package sink

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ingest/mapping"
)

// elementsBytes are the protocol bytes of a list or set of these.
func elementsBytes(values ...[]byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(values)))
	for _, v := range values {
		out = binary.BigEndian.AppendUint32(out, uint32(len(v)))
		out = append(out, v...)
	}
	return out
}

func textElements(values ...string) []byte {
	out := make([][]byte, len(values))
	for i, v := range values {
		out[i] = []byte(v)
	}
	return elementsBytes(out...)
}

// updating is an update with an operation for each column before the key.
func updating(t *mapping.Table, ops []mapping.CellOp, columns ...string) *mapping.Statement {
	st := statement(t, mapping.Update, columns...)
	st.Cells = make([]mapping.CellOp, len(columns))
	copy(st.Cells, ops)
	return st
}

func withTypes(r mapping.Row) mapping.Row {
	for i := range r.Cells {
		r.Cells[i].Type = boundType(r.Statement, i)
	}
	return r
}

// TestUpdates: rows come and go with their columns, sets and maps are changed in
// place, and writing all of it again, in another order, changes nothing.
func TestUpdates(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	tab := table(t, s, "ways", "pk int, ck int, v int, p tuple<int, int>, t set<text>, m map<text, int>, o int static, PRIMARY KEY (pk, ck)")
	ops := []mapping.CellOp{mapping.OpSet, mapping.OpAppend, mapping.OpPut}
	grow := updating(tab, ops, "v", "t", "m", "pk", "ck")
	shrink := updating(tab, []mapping.CellOp{mapping.OpRemove, mapping.OpRemove}, "t", "m", "pk", "ck")
	entries := func(k string, v int32) []byte {
		out := binary.BigEndian.AppendUint32(nil, 1)
		for _, part := range [][]byte{[]byte(k), intBytes(v)} {
			out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
			out = append(out, part...)
		}
		return out
	}
	alone := updating(tab, nil, "v", "p", "pk", "ck")
	static := statement(tab, mapping.Update, "o", "pk")
	mortal := updating(tab, nil, "v", "pk", "ck")
	mortal.TTL = 3600
	wide, narrow := statement(tab, mapping.DeletePartition, "pk"), statement(tab, mapping.DeleteColumns, "pk", "ck")
	narrow.Deleted = []int{tab.Column("v"), tab.Column("o")}
	onlyStatic := statement(tab, mapping.Insert, "pk", "o")
	one, two := intBytes(1), intBytes(2)
	rows := []mapping.Row{
		row(grow, 10, intBytes(7), textElements("a", "b"), entries("x", 1), one, one),
		row(grow, 11, unset, textElements("c"), entries("y", 2), one, one),
		row(grow, 12, unset, unset, unset, one, one),
		row(shrink, 13, textElements("a"), textElements("x"), one, one),
		row(alone, 14, intBytes(5), unset, one, two),
		row(alone, 15, nil, unset, one, two), // its last column goes, and the row with it
		row(static, 16, intBytes(9), one),
		row(onlyStatic, 17, intBytes(3), intBytes(8)),
		row(mortal, 18, intBytes(4), intBytes(4), one),
		row(grow, 19, intBytes(1), textElements("z"), unset, intBytes(5), one),
		row(wide, 20, intBytes(5)),
		row(grow, 21, intBytes(1), unset, unset, intBytes(6), one),
		row(narrow, 22, intBytes(6), one),
	}
	for i := range rows {
		rows[i] = withTypes(rows[i])
		if rows[i].Statement == mortal {
			rows[i].Timestamp = 2_000_000_000_000_000 // not over yet
		}
	}
	read := func() string {
		var got string
		iter := server.admin.Query("SELECT pk, ck, v, t, m, o, ttl(v) FROM sink.ways").Iter()
		var pk int
		var ck, v, o, ttl *int
		var set []string
		var m map[string]int
		for iter.Scan(&pk, &ck, &v, &set, &m, &o, &ttl) {
			got += fmt.Sprint(pk, " ", number(ck), " ", number(v), " ", set, " ", m, " ", number(o), " ", ttl != nil, "\n")
			set, m = nil, nil
		}
		if err := iter.Close(); err != nil {
			t.Fatal(err)
		}
		return got
	}
	const want = "1 1 7 [b c] map[y:2] 9 false\n3 null null [] map[] 8 false\n4 1 4 [] map[] null true\n"
	for round := range 3 {
		if o := write(t, w, rows...); len(o.acked) != len(rows) {
			t.Fatalf("%d of %d acknowledged: %v", len(o.acked), len(rows), o.poison)
		}
		if got := sortedLines(read()); got != want {
			t.Fatalf("round %d reads\n%swant\n%s", round, got, want)
		}
	}
}

// TestListsAndConditionsAndCounters: each element is appended, the first row
// stays, and counters are exact.
func TestListsAndConditionsAndCounters(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	lists := table(t, s, "listed", "pk int PRIMARY KEY, l list<text>")
	counters := table(t, s, "counted", "pk int, ck int, a counter, b counter, PRIMARY KEY (pk, ck)")
	firsts := table(t, s, "firsts", "pk int PRIMARY KEY, v int")
	var rows []mapping.Row
	for i, op := range []mapping.CellOp{mapping.OpAppend, mapping.OpPrepend, mapping.OpAppend} {
		st := updating(lists, []mapping.CellOp{op}, "l", "pk")
		if o := write(t, w, row(st, int64(i+1), textElements(fmt.Sprint(i)), intBytes(1)), row(st, int64(i+11), unset, intBytes(1))); len(o.acked) != 2 {
			t.Fatalf("the lists: %v", o.poison)
		}
	}
	count, first := statement(counters, mapping.Counter, "a", "b", "pk", "ck"), statement(firsts, mapping.InsertIfAbsent, "pk", "v")
	for i := range 200 {
		rows = append(rows, row(count, int64(1000+i), longBytes(int64(i)), unset, intBytes(int32(i%3)), intBytes(1)))
		rows = append(rows, row(count, int64(2000+i), longBytes(-1), longBytes(2), intBytes(int32(i%3)), intBytes(1)))
	}
	mortal := statement(firsts, mapping.InsertIfAbsent, "pk", "v")
	mortal.TTL = 3600
	for i := range 10 {
		rows = append(rows, row(first, int64(3000+i), intBytes(1), intBytes(int32(i))))
	}
	rows = append(rows, row(mortal, 2_000_000_000_000_000, intBytes(2), intBytes(5)))
	if o := write(t, w, rows...); len(o.acked) != len(rows) {
		t.Fatalf("%d of %d acknowledged: %v", len(o.acked), len(rows), o.poison)
	}
	var list []string
	if err := server.admin.Query("SELECT l FROM sink.listed WHERE pk = 1").Scan(&list); err != nil || fmt.Sprint(list) != "[1 0 2]" {
		t.Errorf("the list is %v, %v", list, err)
	}
	var a, b, total, other int64
	for pk := range 3 {
		if err := server.admin.Query("SELECT a, b FROM sink.counted WHERE pk = ? AND ck = 1", pk).Scan(&a, &b); err != nil {
			t.Fatal(err)
		}
		total, other = total+a, other+b
	}
	if total != 199*200/2-200 || other != 400 {
		t.Errorf("counted %d and %d", total, other)
	}
	var v int
	var ttl *int
	if err := server.admin.Query("SELECT v FROM sink.firsts WHERE pk = 1").Scan(&v); err != nil || v != 0 {
		t.Errorf("the row that stays has %d, %v", v, err)
	}
	if err := server.admin.Query("SELECT v, ttl(v) FROM sink.firsts WHERE pk = 2").Scan(&v, &ttl); err != nil || v != 5 || ttl == nil {
		t.Errorf("the mortal row has %d, %v", v, err)
	}
}

func sortedLines(s string) string {
	lines := strings.SplitAfter(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func number(n *int) string {
	if n == nil {
		return "null"
	}
	return fmt.Sprint(*n)
}
