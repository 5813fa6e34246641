package sink

import (
	"encoding/binary"
	"errors"
	"strings"

	"ingest/mapping"
	"ingest/retry"
)

// The driver cannot bind a tuple to one marker: it expects a marker for each
// element and indexes past its columns otherwise. So a tuple column is written
// as a CQL tuple literal, (?, ?), whose elements are bound one by one. A literal
// with null elements is not a null tuple and takes no unset ones, so the text
// depends on the row: a null tuple is the literal null, and an unset one leaves
// its column out. Tuples inside collections and UDTs are bytes like any other.

// hasTuple reports whether a statement binds a tuple.
func hasTuple(st *mapping.Statement) bool {
	if st.Custom != nil {
		return false // no bind of it is one: see package mapping
	}
	for _, column := range st.Columns {
		if st.Table.Columns[column].Type.Kind == mapping.TypeTuple {
			return true
		}
	}
	return false
}

// tupleText gives a statement's text for one row and the cells to bind to its
// markers, tuples replaced by their elements.
func tupleText(r *mapping.Row, mark string) (text string, cells []*mapping.Cell, err error) {
	var b strings.Builder
	m := func(b *strings.Builder, position int) bool {
		c := &r.Cells[position]
		if c.Type.Kind != mapping.TypeTuple {
			writeTyped(b, c.Type)
			cells = append(cells, operand(r, position))
			return true
		}
		switch {
		case c.State == mapping.Value:
			err = errors.Join(err, expandTuple(b, c, &cells))
		case c.State == mapping.Unset && !r.Statement.Op.Deletes():
			return false
		default:
			b.WriteString("null")
		}
		return true
	}
	writeStatement(&b, r.Statement, mark, m)
	return b.String(), cells, err
}

// expandTuple writes a tuple's literal and appends its elements. A tuple's
// bytes are an [int] length and the bytes of each element, -1 for null; trailing
// elements may be left out.
func expandTuple(b *strings.Builder, tuple *mapping.Cell, cells *[]*mapping.Cell) error {
	data := tuple.Data
	b.WriteByte('(')
	for i, t := range tuple.Type.Elems {
		if i > 0 {
			b.WriteByte(',')
		}
		elem, rest, err := tupleElement(data, t)
		if err != nil {
			return err
		}
		data = rest
		switch {
		case t.Kind != mapping.TypeTuple:
			writeTyped(b, t)
			*cells = append(*cells, elem)
		case elem.State == mapping.Value:
			if err := expandTuple(b, elem, cells); err != nil {
				return err
			}
		default:
			b.WriteString("null")
		}
	}
	b.WriteByte(')')
	return nil
}

// tupleElement takes the next element from a tuple's bytes.
func tupleElement(data []byte, t *mapping.Type) (elem *mapping.Cell, rest []byte, err error) {
	if len(data) == 0 {
		return &mapping.Cell{Type: t, State: mapping.Null}, nil, nil
	}
	if len(data) < 4 {
		return nil, nil, errTuple()
	}
	n := int32(binary.BigEndian.Uint32(data))
	data = data[4:]
	if n < 0 {
		return &mapping.Cell{Type: t, State: mapping.Null}, data, nil
	}
	if int(n) > len(data) {
		return nil, nil, errTuple()
	}
	return &mapping.Cell{Type: t, State: mapping.Value, Data: data[:n:n]}, data[n:], nil
}

func errTuple() error {
	return &retry.Error{Class: retry.Invalid, Err: errors.New("a tuple's bytes end too early")}
}
