package sink

import (
	"strings"

	"ingest/mapping"
)

// statementText writes a statement in CQL. Identifiers are always quoted, so
// that they mean what system_schema says.
//
// A server tells prepared statements apart by their text alone, and the driver
// prepares a text again by itself when the server has forgotten it. So the text
// must be one that cannot be prepared for another table than the plan's: it
// ends with the table's id, which a table that is dropped and created again does
// not keep, and each marker names the type that its bytes are made for. Without
// the types another worker with the same stale plan could have the text prepared
// for the new table, and the bytes of this one would land in it unseen.
//
// Markers come in the order in which an attempt binds: the cells of the row in
// the order of Statement.Columns around the timestamp and the TTL, see bind.
func statementText(st *mapping.Statement) string {
	var b strings.Builder
	if st.Op == mapping.DeleteRow {
		writeDelete(&b, st, nil)
	} else {
		writeInsert(&b, st, nil)
	}
	return b.String()
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
	b.WriteString(") USING TIMESTAMP ?")
	if st.TTL > 0 {
		b.WriteString(" AND TTL ?")
	}
	writeID(b, st.Table)
}

// writeDelete writes the DELETE of one row; its columns are the primary key.
func writeDelete(b *strings.Builder, st *mapping.Statement, mark marker) {
	b.WriteString("DELETE FROM ")
	writeTable(b, st.Table)
	b.WriteString(" USING TIMESTAMP ? WHERE ")
	for i, column := range st.Columns {
		if i > 0 {
			b.WriteString(" AND ")
		}
		writeName(b, st.Table.Columns[column].Name)
		b.WriteByte('=')
		writeMarker(b, st, mark, i)
	}
	writeID(b, st.Table)
}

func writeMarker(b *strings.Builder, st *mapping.Statement, mark marker, position int) bool {
	if mark != nil {
		return mark(b, position)
	}
	writeTyped(b, st.Table.Columns[st.Columns[position]].Type)
	return true
}

// writeTyped writes a marker with its type (CQL, "Type hints"): the server
// refuses to prepare it for a column that does not take such bytes.
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

func writeID(b *strings.Builder, t *mapping.Table) {
	b.WriteString(" /* ")
	b.WriteString(strings.ReplaceAll(t.ID, "*/", ""))
	b.WriteString(" */")
}
