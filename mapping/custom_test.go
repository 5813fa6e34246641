package mapping

import (
	"fmt"
	"strings"
	"testing"
)

// ownRows compiles an entry with a statement and makes the rows of a record with these
// headers.
func ownRows(t *testing.T, entry string, headers ...Header) ([]Row, []RowPoison) {
	t.Helper()
	p, ds := Compile(mustParse(t, mapped("", entry)), 0, cqlShop(t))
	if p == nil {
		t.Fatal(ds.Err())
	}
	var buf Buffer
	p.Write.Rows(&Record{Topic: "orders", Headers: headers, Timestamp: 5}, buf.Frame(len(p.Write.Slots)), 5000, 0, &buf)
	return buf.Rows, buf.Poison
}

// TestBindsWithoutAValue: what becomes of a bind without a value hangs on its place.
// TestNothingIsNoFaultOfTheServer of package sink tries the same on a server.
func TestBindsWithoutAValue(t *testing.T) {
	const key, where, ignore = "id: {const: a}, at: 1", " WHERE id = :id AND at = :at", "tombstone: ignore\n"
	const stamped, conditional = "UPDATE profiles USING TIMESTAMP :timestamp SET ", "UPDATE profiles SET seen = 1"
	const lwt = ignore + "accept: [lwt]\n"
	for _, test := range []struct {
		statement, more string
		null, absent    string // the state of :x, or what the poison says
	}{
		{stamped + "seen = 1, name = :x" + where, ignore, "unset", "unset"},
		{stamped + "seen = 1, home.streets = :x" + where, ignore, "unset", "unset"},
		{stamped + "seen = 1, scores[:x] = 1" + where, ignore, "which element of the collection needs a value", "which element of the collection needs a value"},
		{stamped + "seen = 1, home = {streets: :x}" + where, ignore, "null", "null"},
		{stamped + "seen = 1, pair = (1, :x)" + where, ignore, "null", "null"},
		{stamped + "seen = 1, name = f((text) :x)" + where, ignore, "null", "null"},
		{stamped + "seen = 1 WHERE id = :x AND at = :at", ignore, "a primary key column must have a value", "a primary key column must have a value"},
		{conditional + where + " IF name = :x", lwt, "null", "null"},
		{conditional + where + " IF name IN (:x, 'a')", lwt, "null", "null"},
		{conditional + where + " IF name >= :x", lwt, "a condition with <, <=, > or >= needs a value", "a condition with <, <=, > or >= needs a value"},
		{conditional + where + " IF scores[:x] = 1", lwt, "which element", "which element"},
	} {
		columns := key
		if !strings.Contains(test.statement, ":id") {
			columns = "at: 1"
		}
		for nothing, want := range map[string]string{"null": test.null, "absent": test.absent} {
			var headers []Header
			if nothing == "null" {
				headers = []Header{{Name: "x"}}
			}
			rows, poison := ownRows(t, ownEntry("profiles", test.statement, test.more, columns+", x: \"header['x']\""), headers...)
			got := ""
			switch {
			case len(poison) == 1:
				got = poison[0].Err.Error()
			case len(rows) == 1:
				for i, b := range rows[0].Statement.Custom.Binds {
					if b.Name == "x" {
						got = map[State]string{Unset: "unset", Null: "null", Tombstone: "tombstone"}[rows[0].Cells[i].State]
					}
				}
			}
			if !strings.Contains(got, want) || got == "" {
				t.Errorf("%s with %s: %s, want %s", test.statement, nothing, got, want)
			}
		}
	}
}

// TestAnOwnUpdateOfNothing: a statement whose values are all unset writes nothing, one
// with a constant still does.
func TestAnOwnUpdateOfNothing(t *testing.T) {
	const where = " WHERE id = :id AND at = :at"
	for statement, want := range map[string]int{
		"UPDATE profiles USING TIMESTAMP :timestamp SET name = :x" + where:           0,
		"UPDATE profiles USING TIMESTAMP :timestamp SET name = :x, seen = 1" + where: 1,
		"DELETE name FROM profiles USING TIMESTAMP :timestamp" + where:               1,
	} {
		columns := "id: {const: a}, at: 1"
		if strings.Contains(statement, ":x") {
			columns += ", x: \"header['x']\""
		}
		if rows, poison := ownRows(t, ownEntry("profiles", statement, "tombstone: ignore\n", columns)); len(rows) != want || len(poison) > 0 {
			t.Errorf("%s: %d rows, want %d; %v", statement, len(rows), want, poison)
		}
	}
}

// TestOwnRowsAreRoutedByTheirKey: whatever the order of the binds.
func TestOwnRowsAreRoutedByTheirKey(t *testing.T) {
	rows, _ := ownRows(t, ownEntry("events", "DELETE FROM events USING TIMESTAMP :timestamp WHERE at >= :a AND day = :d AND at < :b", "tombstone: ignore\n", "d: {const: monday}, a: 1, b: 2"))
	if len(rows) != 1 || string(rows[0].Routing) != "monday" || rows[0].Timestamp != 5000 {
		t.Errorf("%+v", rows)
	}
}

// TestOwnRowsOfItems: of the items of a record that write the same element the last
// counts, and others are not taken for the same.
func TestOwnRowsOfItems(t *testing.T) {
	p, ds := Compile(mustParse(t, mapped("", ownEntry("profiles", "UPDATE profiles USING TIMESTAMP :timestamp SET scores[:k] = :v WHERE id = :id AND at = :at",
		"for_each: value.items\ntombstone: ignore\n", "id: {const: a}, at: 1, k: item_key, v: item_index"))), 0, cqlShop(t))
	if p == nil {
		t.Fatal(ds.Err())
	}
	var buf Buffer
	frame := buf.Frame(len(p.Write.Slots))
	each := p.Write.eachOf(p.Write.Parts[0].each.slot)
	frame.Begin(p.Write.Parts[0].each.slot)
	for i, key := range []string{"x", "y", "x", "z"} {
		frame.Enter(p.Write.Parts[0].each.slot, i, []byte(key), each)
		frame.Leave()
	}
	p.Write.Rows(&Record{Topic: "orders"}, frame, 7, 0, &buf)
	var got []string
	for i := range buf.Rows {
		got = append(got, fmt.Sprintf("%s=%d", buf.Rows[i].Cells[0].Data, buf.Rows[i].Cells[1].Data[7]))
	}
	if strings.Join(got, " ") != "y=1 x=2 z=3" || len(buf.Poison) > 0 {
		t.Errorf("rows %v, %v", got, buf.Poison)
	}
}

// TestOwnDeletesOfItems: each range is a delete of its own, wherever its binds stand.
func TestOwnDeletesOfItems(t *testing.T) {
	p, _ := Compile(mustParse(t, mapped("", ownEntry("events", "DELETE FROM events USING TIMESTAMP :timestamp WHERE at >= :a AND at < 9 AND day = :d",
		"for_each: value.items\ntombstone: ignore\n", "d: {const: monday}, a: item_index"))), 0, cqlShop(t))
	if p != nil {
		t.Fatal("a range with a constant is taken")
	}
	p, ds := Compile(mustParse(t, mapped("", ownEntry("events", "DELETE FROM events USING TIMESTAMP :timestamp WHERE at >= :a AND at < :b AND day = :d",
		"for_each: value.items\ntombstone: ignore\n", "d: {const: monday}, a: meta.offset, b: item_index"))), 0, cqlShop(t))
	if p == nil {
		t.Fatal(ds.Err())
	}
	var buf Buffer
	frame, slot := buf.Frame(len(p.Write.Slots)), p.Write.Parts[0].each.slot
	frame.Begin(slot)
	for i := range 3 {
		frame.Enter(slot, i%2, nil, p.Write.eachOf(slot))
		frame.Leave()
	}
	p.Write.Rows(&Record{Topic: "orders"}, frame, 7, 0, &buf)
	if len(buf.Rows) != 2 || len(buf.Poison) > 0 {
		t.Errorf("%d rows of 3 items, of which two are one; %v", len(buf.Rows), buf.Poison)
	}
}

// TestOwnRowsDoNotAlloc: a statement of `cql:` costs the record's way no allocation.
func TestOwnRowsDoNotAlloc(t *testing.T) {
	p, ds := Compile(mustParse(t, mapped("", ownEntry("profiles", "UPDATE profiles USING TIMESTAMP :timestamp SET scores[:k] = :v, name = :n WHERE id = :id AND at = :at",
		"tombstone: ignore\n", "id: {const: a}, at: 1, k: meta.topic, v: meta.offset, n: \"header['x']\""))), 0, cqlShop(t))
	if p == nil {
		t.Fatal(ds.Err())
	}
	var buf Buffer
	record := &Record{Topic: "orders", Offset: 7}
	run := func() {
		buf.Reset()
		for i := range 100 {
			p.Write.Rows(record, buf.Frame(len(p.Write.Slots)), int64(i), int32(i), &buf)
		}
	}
	run()
	if n := testing.AllocsPerRun(20, run); n > 0 || len(buf.Rows) != 100 {
		t.Errorf("%v allocations for %d rows", n, len(buf.Rows))
	}
}
