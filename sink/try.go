package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gocql/gocql"

	"ingest/mapping"
)

// errTried ends a request that was only to be prepared.
var errTried = errors.New("it was only to be tried")

// Try has a node prepare a statement and runs nothing. refused is what the node says
// against it, or which of its markers is not of the type that the plan has for it; empty: it is
// taken. An error means that no node answered.
func (s *Session) Try(ctx context.Context, st *mapping.Statement) (refused string, err error) {
	text := statementText(st, s.newMark())
	var markers []gocql.ColumnInfo
	query := s.link.Load().session.Bind(text, func(info *gocql.QueryInfo) ([]any, error) {
		markers = info.Args
		return nil, errTried
	})
	err = query.WithContext(s.reading(ctx)).Exec()
	if e, ok := errors.AsType[gocql.RequestError](err); ok && (e.Code() == gocql.ErrCodeInvalid || e.Code() == gocql.ErrCodeSyntax) {
		return e.Message(), nil
	}
	if !errors.Is(err, errTried) {
		return "", fmt.Errorf("trying the statement for %s: %w", st.Table.FullName(), err)
	}
	return mistyped(st, markers), nil
}

// mistyped says which marker has another type than the plan.
func mistyped(st *mapping.Statement, markers []gocql.ColumnInfo) string {
	var a attempt
	cells := make([]mapping.Cell, len(st.Columns))
	for i := range cells {
		cells[i] = mapping.Cell{Type: st.TypeOf(i), State: mapping.Value}
	}
	a.reset(1)
	a.bindCustom(&mapping.Row{Statement: st, Cells: cells}, time.Time{})
	if len(a.args) != len(markers) {
		return fmt.Sprintf("it has %d markers, and the plan binds %d values", len(markers), len(a.args))
	}
	for i, arg := range a.args {
		if m, ok := arg.(gocql.Marshaler); ok {
			if _, err := m.MarshalCQL(markers[i].TypeInfo); err != nil {
				return fmt.Sprintf("marker %d: %v", i+1, err)
			}
		}
	}
	return ""
}
