package sink

import (
	"strings"
	"time"

	"ingest/mapping"
	"ingest/mapping/cql"
)

// writeCustom writes a statement of the mapping file: its table and columns as
// everywhere, each bind as a typed marker, the rest as it stands in the file.
func writeCustom(b *strings.Builder, st *mapping.Statement) {
	for i := range st.Custom.Pieces {
		switch p := &st.Custom.Pieces[i]; p.Kind {
		case cql.Ident:
			writeName(b, p.Text)
		case cql.TableName:
			writeTable(b, st.Table)
		case cql.BindMark:
			writeTyped(b, st.Custom.Binds[p.Bind].Type)
		case cql.StampMark, cql.TTLMark:
			b.WriteByte('?')
		default:
			b.WriteString(p.Text)
		}
	}
}

// bindCustom binds what the markers of writeCustom stand for, in their order.
func (a *attempt) bindCustom(r *mapping.Row, now time.Time) {
	st := r.Statement
	for i := range st.Custom.Pieces {
		switch p := &st.Custom.Pieces[i]; p.Kind {
		case cql.StampMark:
			a.bindTimestamp(r)
		case cql.TTLMark:
			a.bindTTL(r, now)
		case cql.BindMark:
			if c := &r.Cells[p.Bind]; st.Custom.Binds[p.Bind].Operand && c.State != mapping.Value {
				a.args = append(a.args, nil) // see bindOperand
			} else {
				a.bindCell(c)
			}
		}
	}
}
