package sink

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/gocql/gocql"

	"ingest/mapping"
	"ingest/retry"
)

// selection is a SELECT of one row.
type selection struct {
	table   *mapping.Table
	key     []mapping.Cell
	columns []int
	mark    string // the session's
}

// keyColumns gives the columns of the primary key, in its order.
func (s *selection) keyColumns() []int {
	return slices.Concat(s.table.PartitionKey, s.table.Clustering)
}

// check refuses what cannot be bound: see tuple.go.
func (s *selection) check() error {
	columns := s.keyColumns()
	if len(columns) != len(s.key) {
		return &retry.Error{Class: retry.Schema, Err: fmt.Errorf("the primary key of %s has %d parts, not %d", s.table.FullName(), len(columns), len(s.key))}
	}
	for _, column := range columns {
		if c := &s.table.Columns[column]; c.Type.Kind == mapping.TypeTuple {
			return &retry.Error{Class: retry.Invalid, Err: fmt.Errorf("rows of %s cannot be read: column %q of the primary key is a tuple", s.table.FullName(), c.Name)}
		}
	}
	return nil
}

// text writes the SELECT. It begins with a column of the key, which a row always
// has. A collection that is many cells has a WRITETIME for each, and not before
// Cassandra 5.
func (s *selection) text() string {
	var b strings.Builder
	b.WriteString("SELECT ")
	writeName(&b, s.table.Columns[s.table.PartitionKey[0]].Name)
	for _, column := range s.columns {
		c := &s.table.Columns[column]
		b.WriteByte(',')
		writeName(&b, c.Name)
		if c.Type.Cells() {
			continue
		}
		for _, function := range [...]string{",WRITETIME(", ",TTL("} {
			b.WriteString(function)
			writeName(&b, c.Name)
			b.WriteByte(')')
		}
	}
	b.WriteString(" FROM ")
	writeTable(&b, s.table)
	b.WriteString(" WHERE ")
	for i, column := range s.keyColumns() {
		if i > 0 {
			b.WriteString(" AND ")
		}
		writeName(&b, s.table.Columns[column].Name)
		b.WriteByte('=')
		writeTyped(&b, s.table.Columns[column].Type)
	}
	writeMark(&b, s.table, s.mark)
	return b.String()
}

func (s *selection) args() []any {
	args := make([]any, len(s.key))
	for i := range s.key {
		args[i] = (*boundCell)(&s.key[i])
	}
	return args
}

// routing serializes the partition key as Cassandra hashes it.
func (s *selection) routing() []byte {
	n := len(s.table.PartitionKey)
	if n == 1 {
		return s.key[0].Data
	}
	var out []byte
	for _, part := range s.key[:n] {
		out = binary.BigEndian.AppendUint16(out, uint16(len(part.Data)))
		out = append(append(out, part.Data...), 0)
	}
	return out
}

// taken is a value as the driver delivers it: its bytes, copied.
type taken struct {
	want *mapping.Type // nil: any
	data []byte        // nil: null
}

// UnmarshalCQL takes the bytes if they are of the type that the plan knows.
func (t *taken) UnmarshalCQL(info gocql.TypeInfo, data []byte) error {
	if t.want != nil && !sameType(info, t.want) {
		return changedType(info)
	}
	if data != nil {
		t.data = append(make([]byte, 0, len(data)), data...)
	}
	return nil
}

// targets is where the columns of a selection go. The driver delivers a tuple
// element by element.
type targets struct {
	dest   []any
	values []*taken
}

func (s *selection) targets() *targets {
	t := &targets{}
	t.add(nil)
	for _, column := range s.columns {
		typ := s.table.Columns[column].Type
		if typ.Kind == mapping.TypeTuple {
			for _, elem := range typ.Elems {
				t.add(elem)
			}
		} else {
			t.add(typ)
		}
		if !typ.Cells() {
			t.add(&mapping.Type{Kind: mapping.TypeBigint})
			t.add(&mapping.Type{Kind: mapping.TypeInt})
		}
	}
	return t
}

func (t *targets) add(want *mapping.Type) {
	v := &taken{want: want}
	t.dest, t.values = append(t.dest, v), append(t.values, v)
}

// stored gives what was taken, by the selection's columns.
func (t *targets) stored(s *selection) []mapping.Stored {
	rest := t.values[1:]
	next := func() []byte { v := rest[0].data; rest = rest[1:]; return v }
	have := make([]mapping.Stored, len(s.columns))
	for i, column := range s.columns {
		typ := s.table.Columns[column].Type
		h := &have[i]
		if typ.Kind == mapping.TypeTuple {
			for range typ.Elems {
				h.Data = appendTupleElement(h.Data, next())
			}
		} else {
			h.Data = next()
			h.Set = h.Data != nil
		}
		if typ.Cells() {
			continue
		}
		if stamp := next(); len(stamp) == 8 {
			h.Set, h.Stamp = true, int64(binary.BigEndian.Uint64(stamp))
		}
		if ttl := next(); len(ttl) == 4 {
			h.TTL = int32(binary.BigEndian.Uint32(ttl))
		}
	}
	return have
}

func appendTupleElement(dst, data []byte) []byte {
	if data == nil {
		return append(dst, 0xff, 0xff, 0xff, 0xff)
	}
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(data))), data...)
}
