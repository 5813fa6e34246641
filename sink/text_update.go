package sink

import (
	"strings"

	"ingest/mapping"
)

// writeUpdate writes an UPDATE. A column whose marker says that it is not
// present is left out. A row gives something to every UPDATE: see mapping.Form.
func writeUpdate(b *strings.Builder, st *mapping.Statement, mark marker) {
	b.WriteString("UPDATE ")
	writeTable(b, st.Table)
	writeUsing(b, st)
	b.WriteString(" SET ")
	keys := keysFrom(st)
	first := true
	for i := range keys {
		var value strings.Builder
		if !writeMarker(&value, st, mark, i) {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		writeAssignment(b, st, i, value.String())
	}
	b.WriteString(" WHERE ")
	writeWhere(b, st, mark, keys)
}

// writeAssignment writes what an UPDATE does with one column.
func writeAssignment(b *strings.Builder, st *mapping.Statement, position int, value string) {
	name := st.Table.Columns[st.Columns[position]].Name
	writeName(b, name)
	b.WriteByte('=')
	op := st.Cell(position)
	switch {
	case op == mapping.OpPrepend:
		b.WriteString(value)
		b.WriteByte('+')
		writeName(b, name)
		return
	case op == mapping.OpRemove:
		writeName(b, name)
		b.WriteByte('-')
	case op != mapping.OpSet || st.Op == mapping.Counter:
		writeName(b, name)
		b.WriteByte('+')
	}
	b.WriteString(value)
}

// writeUsing writes where a statement takes its timestamp and TTL. Cassandra
// takes no timestamp with a condition, and neither with a counter.
func writeUsing(b *strings.Builder, st *mapping.Statement) {
	if st.Op == mapping.InsertIfAbsent {
		b.WriteString(" IF NOT EXISTS")
	}
	word := " USING "
	if st.Op.Stamped() {
		b.WriteString(" USING TIMESTAMP ?")
		word = " AND "
	}
	if st.TTL > 0 || st.RowTTL {
		b.WriteString(word + "TTL ?")
	}
}

// keysFrom gives the position from which the columns of an UPDATE are its key.
func keysFrom(st *mapping.Statement) int {
	for i, column := range st.Columns {
		if st.Table.IsKey(column) {
			return i
		}
	}
	return len(st.Columns)
}

// boundType gives the type of the values at a position: what is removed from a
// map is a set of its keys.
func boundType(st *mapping.Statement, position int) *mapping.Type {
	t := st.TypeOf(position)
	if st.Cell(position) == mapping.OpRemove && t.Kind == mapping.TypeMap {
		return &mapping.Type{Kind: mapping.TypeSet, Elem: t.Key, Frozen: true}
	}
	return t
}

// stampFirst reports whether timestamp and TTL stand before the cells.
func stampFirst(op mapping.Op) bool { return op.Deletes() || op == mapping.Update }

// operand gives what is bound for the cell at a position. What a collection gains
// or loses is null where there is nothing: that changes nothing, while Cassandra
// fails on an unset one.
func operand(r *mapping.Row, position int) *mapping.Cell {
	c := &r.Cells[position]
	if r.Statement.Cell(position) != mapping.OpSet && c.State != mapping.Value {
		return &mapping.Cell{Type: c.Type, State: mapping.Null}
	}
	return c
}
