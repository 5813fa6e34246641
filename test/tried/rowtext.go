package tried

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"ingest/mapping"
	"ingest/mapping/literal"
	"ingest/retry"
)

// usual is the consistency level of a worker that is told none.
const usual = "LOCAL_QUORUM"

// rowText writes a row: its columns that are bound, in the statement's order, and
// what is not usual about it. stamp is the record's own timestamp in microseconds.
func rowText(row *mapping.Row, stamp int64) (string, error) {
	st := row.Statement
	var b strings.Builder
	b.WriteString(verb(st) + " " + st.Table.FullName())
	for i := range row.Cells {
		text, err := cellText(st, i, &row.Cells[i])
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	if ttl := max(st.TTL, row.TTL); ttl > 0 {
		fmt.Fprintf(&b, " TTL %d", ttl)
	}
	if st.Stamped() && row.Timestamp != stamp {
		fmt.Fprintf(&b, " TIMESTAMP %s", time.UnixMicro(row.Timestamp).UTC().Format(time.RFC3339Nano))
	}
	if st.Consistency != "" && st.Consistency != usual {
		b.WriteString(" CONSISTENCY " + st.Consistency)
	}
	return b.String(), nil
}

func verb(st *mapping.Statement) string {
	if st.Custom != nil { // its text says the rest
		return st.Op.String()
	}
	switch st.Op {
	case mapping.InsertIfAbsent:
		return "INSERT IF NOT EXISTS"
	case mapping.DeletePartition:
		return "DELETE PARTITION"
	case mapping.DeleteColumns:
		var names []string
		for _, at := range st.Deleted {
			names = append(names, st.Table.Columns[at].Name)
		}
		return "DELETE " + strings.Join(names, ", ") + " OF"
	}
	return st.Op.String()
}

// cellText writes what becomes of a column, nothing for one that is left as it is.
func cellText(st *mapping.Statement, at int, c *mapping.Cell) (string, error) {
	column := &st.Table.Columns[st.Columns[at]]
	name := st.Name(at)
	switch c.State {
	case mapping.Unset, mapping.Absent:
		return "", nil
	case mapping.Value:
	default:
		return " " + name + "=null", nil
	}
	value, err := literal.Of(c.Type, c.Data)
	if err != nil {
		return "", err
	}
	switch op := st.Cell(at); {
	case st.Custom != nil:
	case op == mapping.OpAppend, op == mapping.OpPut, column.Type.Kind == mapping.TypeCounter:
		value = name + "+" + value
	case op == mapping.OpPrepend:
		value += "+" + name
	case op == mapping.OpRemove:
		value = name + "-" + value
	}
	return " " + name + "=" + value, nil
}

// poisonText writes what becomes of a record that can never be written.
func poisonText(choice mapping.OnError, err error) string {
	what := "dead letter"
	switch choice {
	case mapping.OnErrorSkip:
		what = "dropped"
	case mapping.OnErrorFail:
		what = "the worker ends"
	}
	p, ok := errors.AsType[*retry.Poison](err)
	if !ok {
		return what + ": " + err.Error()
	}
	return what + " (" + string(p.Reason) + "): " + p.Error()
}
