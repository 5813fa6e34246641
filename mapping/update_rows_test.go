package mapping

import "testing"

// TestNothingToUpdate: a record whose every value is unset gives no row of an
// update or a counter, and one of an upsert.
func TestNothingToUpdate(t *testing.T) {
	tests := []struct {
		name, entry string
		state       State
		rows        int
	}{
		{"update, null", "table: profiles\nwrite: update\ncolumns: {id: key.id, at: key.at, name: value.n}", Null, 0},
		{"update, absent", "table: profiles\nwrite: update\ncolumns: {id: key.id, at: key.at, name: value.n}", Absent, 0},
		{"update, tombstone", "table: profiles\nwrite: update\nnulls: tombstone\ncolumns: {id: key.id, at: key.at, name: value.n}", Null, 1},
		{"collection, null where nulls are tombstones", "table: profiles\nwrite: update\nnulls: tombstone\ncolumns:\n  id: key.id\n  at: key.at\n  tags: {from: value.n, op: append}", Null, 0},
		{"upsert, null", "table: profiles\ncolumns: {id: key.id, at: key.at, name: value.n}", Null, 1},
		{"counter, null", "table: visits\nwrite: counter\naccept: [counter]\ntombstone: ignore\ncolumns: {page: key.page, hits: value.n}", Null, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, ds := Compile(mustParse(t, mapped(avroKey, test.entry)), 0, writeShop(t))
			if err := ds.Err(); err != nil {
				t.Fatal(err)
			}
			var b Buffer
			f := b.Frame(len(p.Write.Slots))
			for i := range p.Write.Slots {
				f.Cells[i] = Cell{State: test.state}
				if p.Write.Slots[i].Key {
					f.Cells[i] = Cell{State: Value, Data: []byte("12345678")}
				}
			}
			p.Write.Rows(&Record{}, f, 1, 0, &b)
			if len(b.Rows) != test.rows || len(b.Poison) != 0 {
				t.Errorf("%d rows and %v, want %d rows", len(b.Rows), b.Poison, test.rows)
			}
		})
	}
}
