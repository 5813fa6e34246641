package sink

import (
	"strings"

	"ingest/mapping"
)

// statementText writes a statement in CQL. Identifiers are always quoted, so
// that they mean what system_schema says.
//
// A server tells prepared statements apart by their text alone. A table that is
// dropped and created again forgets its statements, and whoever executes one then
// has its text prepared for the new table. The driver does so by itself, learns
// the new types and asks each value for bytes of them, which a cell refuses: see
// boundCell. But a request that is on its way does not learn, nor does a driver
// for which somebody else has the same text prepared. So
//
//   - each marker names the type that its bytes are made for, and the server
//     refuses to prepare it for a column that does not take them. Some do: a date
//     those of an int, a blob all, a user-defined type any of its name;
//   - a text ends with the table's id, the session's mark, which no other session
//     has, and a number, which no other plan's has: what the driver has learnt for
//     an older plan says nothing. That costs the server's cache an entry for each
//     statement and session; those of sessions that are gone leave it first.
//
// Markers come in the order in which an attempt binds: the cells of the row in
// the order of Statement.Columns around the timestamp and the TTL, see bind.
func statementText(st *mapping.Statement, mark string) string {
	var b strings.Builder
	writeStatement(&b, st, mark, nil)
	return b.String()
}

func writeStatement(b *strings.Builder, st *mapping.Statement, mark string, m marker) {
	switch {
	case st.Custom != nil:
		writeCustom(b, st)
	case st.Op.Deletes():
		writeDelete(b, st, m)
	case st.Op == mapping.Update || st.Op == mapping.Counter:
		writeUpdate(b, st, m)
	default:
		writeInsert(b, st, m)
	}
	writeMark(b, st.Table, mark)
}

// writeMark ends a text, see statementText.
func writeMark(b *strings.Builder, t *mapping.Table, mark string) {
	b.WriteString(" /* ")
	b.WriteString(strings.ReplaceAll(t.ID, "*/", ""))
	b.WriteByte(' ')
	b.WriteString(mark)
	b.WriteString(" */")
}

// marker writes what stands for the value of one column: a typed "?" unless the
// value is a tuple, see tupleText.
type marker func(b *strings.Builder, position int) (present bool)

// writeInsert writes an INSERT. A column whose marker says that it is not
// present is left out.
func writeInsert(b *strings.Builder, st *mapping.Statement, mark marker) {
	var values strings.Builder
	b.WriteString("INSERT INTO ")
	writeTable(b, st.Table)
	b.WriteString(" (")
	for i, column := range st.Columns {
		before := values.Len()
		if before > 0 {
			values.WriteByte(',')
		}
		if !writeMarker(&values, st, mark, i) {
			rest := values.String()[:before]
			values.Reset()
			values.WriteString(rest)
			continue
		}
		if before > 0 {
			b.WriteByte(',')
		}
		writeName(b, st.Table.Columns[column].Name)
	}
	b.WriteString(") VALUES (")
	b.WriteString(values.String())
	b.WriteByte(')')
	writeUsing(b, st)
}

// writeDelete writes the DELETE of a row, a partition or some columns; what it
// binds is the key.
func writeDelete(b *strings.Builder, st *mapping.Statement, mark marker) {
	b.WriteString("DELETE ")
	for i, column := range st.Deleted {
		if i > 0 {
			b.WriteByte(',')
		}
		writeName(b, st.Table.Columns[column].Name)
	}
	if len(st.Deleted) > 0 {
		b.WriteByte(' ')
	}
	b.WriteString("FROM ")
	writeTable(b, st.Table)
	b.WriteString(" USING TIMESTAMP ? WHERE ")
	writeWhere(b, st, mark, 0)
}

// writeWhere writes the conditions on the columns from a position on.
func writeWhere(b *strings.Builder, st *mapping.Statement, mark marker, from int) {
	for i := from; i < len(st.Columns); i++ {
		if i > from {
			b.WriteString(" AND ")
		}
		writeName(b, st.Table.Columns[st.Columns[i]].Name)
		b.WriteByte('=')
		writeMarker(b, st, mark, i)
	}
}

func writeMarker(b *strings.Builder, st *mapping.Statement, mark marker, position int) bool {
	if mark != nil {
		return mark(b, position)
	}
	writeTyped(b, boundType(st, position))
	return true
}

// writeTyped writes a marker with its type (CQL, "Type hints").
func writeTyped(b *strings.Builder, t *mapping.Type) {
	b.WriteByte('(')
	b.WriteString(t.String())
	b.WriteString(")?")
}

func writeTable(b *strings.Builder, t *mapping.Table) {
	writeName(b, t.Keyspace)
	b.WriteByte('.')
	writeName(b, t.Name)
}

// writeName quotes an identifier; a quote inside is doubled (CQL, section
// "Identifiers and keywords").
func writeName(b *strings.Builder, name string) {
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(name, `"`, `""`))
	b.WriteByte('"')
}
