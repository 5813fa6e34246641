package verify

import (
	"encoding/binary"
	"time"

	"ingest/mapping"
)

// The table of these tests: two parts of a primary key, and two columns.
var (
	bigint = &mapping.Type{Kind: mapping.TypeBigint}
	words  = &mapping.Type{Kind: mapping.TypeText}
	live   = &mapping.Table{Keyspace: "shop", Name: "orders", PartitionKey: []int{2}, Clustering: []int{0}, Columns: []mapping.Column{
		{Name: "line", Type: bigint, Kind: mapping.Clustering},
		{Name: "amount", Type: bigint},
		{Name: "id", Type: words, Kind: mapping.PartitionKey},
		{Name: "note", Type: words},
	}}
	insertion = &mapping.Statement{Table: live, Op: mapping.Insert, Columns: []int{0, 1, 2, 3}, Routing: []int{2}}
	mortal    = &mapping.Statement{Table: live, Op: mapping.Insert, Columns: []int{0, 1, 2, 3}, Routing: []int{2}, TTL: 3600}
	deletion  = &mapping.Statement{Table: live, Op: mapping.DeleteRow, Columns: []int{0, 2}, Routing: []int{1}}
	change    = &mapping.Statement{Table: live, Op: mapping.Update, Columns: []int{1, 3, 0, 2}, Routing: []int{3}}
	brief     = &mapping.Statement{Table: live, Op: mapping.Update, Columns: []int{1, 3, 0, 2}, Routing: []int{3}, TTL: 3600}
	emptying  = &mapping.Statement{Table: live, Op: mapping.DeleteColumns, Columns: []int{0, 2}, Routing: []int{1}, Deleted: []int{3, 1}}
)

// program is a mapping that feeds the table.
func program() *mapping.Program {
	return &mapping.Program{Write: formOf(insertion, mortal, change, brief), Tombstone: formOf(deletion, emptying)}
}

// formOf is a form with a part for each statement, fed by paths.
func formOf(statements ...*mapping.Statement) *mapping.Form {
	f := &mapping.Form{}
	for _, st := range statements {
		f.Parts = append(f.Parts, mapping.Part{Statement: st, First: len(f.Slots)})
		f.Slots = append(f.Slots, make([]mapping.Slot, len(st.Columns))...)
	}
	return f
}

func tables() []*Table {
	return Tables([]*mapping.Program{program()}, func(*mapping.Table) bool { return true })
}

func long(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func value(t *mapping.Type, data []byte) mapping.Cell {
	return mapping.Cell{Type: t, State: mapping.Value, Data: data}
}

// put is the row of an insert. A nil amount or note is unset.
func put(st *mapping.Statement, id string, line int64, amount, note []byte) *mapping.Row {
	cells := []mapping.Cell{value(bigint, long(line)), {Type: bigint, State: mapping.Unset}, value(words, []byte(id)), {Type: words, State: mapping.Unset}}
	if amount != nil {
		cells[1] = value(bigint, amount)
	}
	if note != nil {
		cells[3] = value(words, note)
	}
	return &mapping.Row{Statement: st, Cells: cells}
}

// set is the row of an update. A nil amount or note is unset.
func set(st *mapping.Statement, id string, line int64, amount, note []byte) *mapping.Row {
	r := put(st, id, line, amount, note)
	r.Cells = []mapping.Cell{r.Cells[1], r.Cells[3], r.Cells[0], r.Cells[2]}
	return r
}

// empty is the row of a delete of both columns.
func empty(id string, line int64) *mapping.Row {
	r := drop(id, line)
	r.Statement = emptying
	return r
}

func drop(id string, line int64) *mapping.Row {
	return &mapping.Row{Statement: deletion, Cells: []mapping.Cell{value(bigint, long(line)), value(words, []byte(id))}}
}

// wholeLog is a partition that is read from its beginning.
func wholeLog() *partition {
	p := &partition{topic: &Topic{Name: "orders"}, lookback: time.Hour}
	p.begin(0, 0)
	return p
}
