package mapping

import (
	"errors"

	"ingest/mapping/cql"
)

// Custom is a statement that the mapping file writes out (`cql:`). The positions of
// its Statement are its binds, in the order of the text; Statement.Columns says which
// column each belongs to, and Statement.Op what the statement does.
type Custom struct {
	Pieces      []cql.Piece
	Binds       []Bind
	Stamped     bool // USING TIMESTAMP :timestamp
	Conditional bool // IF
	Fixed       bool // it writes something whatever its binds are
	static      bool // it writes static columns
}

// Bind is a bind of a statement.
type Bind struct {
	Name string
	Type *Type
	// Operand is what a collection gains or loses: where there is nothing, it is
	// bound as null, which changes nothing; Cassandra fails on an unset one.
	Operand bool
}

// role is the part that a bind's place has.
type role uint8

const (
	roleValue   role = iota // of a column, an element or a field
	roleKey                 // the primary key's
	roleRange               // a bound of a range of rows
	roleElement             // which element of a collection
	roleOperand             // what a collection gains or loses
	roleCount               // what a counter gains or loses
	roleInner               // an element of a vector
	rolePart                // an element of a tuple, a field, an argument
	roleTest                // what a condition compares with, by =, != or IN
	roleOrder               // or by < and the like
)

// bound is what a slot has to know of its bind.
type bound struct {
	name string
	role role
}

var (
	errNullElement = errors.New("which element of the collection needs a value")
	errNullInner   = errors.New("an element of a vector must have a value")
	errNullOrder   = errors.New("a condition with <, <=, > or >= needs a value")
)

// bindNothing decides what becomes of a bind without a value; its error is poison.
// Cassandra fails on null in some places and on what is unset in others
// (TestNothingIsNoFaultOfTheServer).
func (s *Slot) bindNothing(p *Part, c *Cell) error {
	switch s.bind.role {
	case roleElement:
		return s.nothing(p, errNullElement)
	case roleInner:
		return s.nothing(p, errNullInner)
	case roleOrder:
		return s.nothing(p, errNullOrder)
	case rolePart, roleTest:
		c.State = Null // what is unset is refused there
	}
	return nil
}

// RefusedStatement gives the fault that a cluster refuses the statement of a part of
// Write, whose entry writes it out.
func (p *Program) RefusedStatement(part int, why string) Diagnostic {
	r := reporter{file: p.file, topic: p.Topic.Name, about: p.Write.Parts[part].table()}
	r.fault(p.Topic.Tables[part].cqlAt, "", "Cassandra refuses the statement: %s", why)
	return r.list[0]
}
