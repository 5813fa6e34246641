package cql

import "slices"

// Verb is what a statement does.
type Verb uint8

// The verbs.
const (
	Insert Verb = iota
	Update
	Delete
)

var verbs = [...]string{"INSERT", "UPDATE", "DELETE"}

// String gives the keyword.
func (v Verb) String() string { return verbs[v] }

// Statement is one INSERT, UPDATE or DELETE. All offsets are bytes of its text.
type Statement struct {
	Verb      Verb
	Keyspace  Name // Text is empty where the table stands alone
	Table     Name
	Sets      []Set      // what is written, or the columns that a DELETE empties
	Where     []Relation // of an UPDATE or DELETE
	If        Condition
	Tests     []Relation // of If == IfTests
	Stamped   bool       // USING TIMESTAMP :timestamp
	TTL       TTL
	TTLAt     int
	Calls     []Name  // functions, in the order of the text
	Binds     []*Bind // in the order of the text, but for :timestamp and :ttl
	Pieces    []Piece // the text
	Verbatim  string  // the text as it was read
	timestamp bool    // USING TIMESTAMP, well or ill
}

// TTL is what stands behind USING TTL.
type TTL uint8

// The lives that a statement can give.
const (
	NoTTL   TTL = iota
	BindTTL     // :ttl
	LiteralTTL
)

// Condition is what stands behind IF.
type Condition uint8

// The conditions.
const (
	Always Condition = iota
	IfExists
	IfNotExists
	IfTests
)

// Name is an identifier, unquoted and in its true case.
type Name struct {
	Text string
	At   int
}

// Change is what a statement does with a column.
type Change uint8

// The changes.
const (
	Assign      Change = iota // c = v, and the values of an INSERT
	AssignAt                  // c[k] = v
	AssignField               // c.f = v
	Add                       // c = c + v, c += v
	Prepend                   // c = v + c
	Subtract                  // c = c - v, c -= v
	Remove                    // DELETE c
	RemoveAt                  // DELETE c[k]
	RemoveField               // DELETE c.f
)

// Set is what a statement does with one column.
type Set struct {
	Column Name
	Change Change
	Key    *Term // of AssignAt and RemoveAt
	Field  Name  // of AssignField and RemoveField
	Value  *Term // nil where something is removed
}

// Relation compares a column, an element or a field of it with values.
type Relation struct {
	Column Name
	Key    *Term // nil: no element
	Field  Name  // Text is empty: no field
	Op     string
	Values []*Term // several with IN
}

// TermKind is what a term is.
type TermKind uint8

// The kinds of terms.
const (
	BindTerm TermKind = iota
	Constant
	ListTerm  // [a, b]
	SetTerm   // {a, b}, and {}
	MapTerm   // {k: v}: Items are keys and values by turns
	UserTerm  // {field: v}
	TupleTerm // (a, b)
	CallTerm  // f(a, b)
)

// Term is what can stand for a value.
type Term struct {
	Kind   TermKind
	At     int
	Bind   *Bind
	Items  []*Term
	Fields []Name // of UserTerm, for each item
	Hint   string // the type that stands before it in parentheses; empty: none
}

// Holds reports whether a bind stands in the term.
func (t *Term) Holds(b *Bind) bool {
	return t != nil && (t.Bind == b || slices.ContainsFunc(t.Items, func(item *Term) bool { return item.Holds(b) }))
}

// HoldsBinds reports whether some bind stands in the term.
func (t *Term) HoldsBinds() bool {
	return t.Bind != nil || slices.ContainsFunc(t.Items, (*Term).HoldsBinds)
}

// Collection reports whether the term is a list, set or map that is written out.
func (t *Term) Collection() bool {
	return t.Kind == ListTerm || t.Kind == SetTerm || t.Kind == MapTerm
}

// Bind is a name in the place of a value.
type Bind struct {
	Name   string
	At     int
	Hint   string // the type that stands before it in parentheses; empty: none
	HintAt int
}

// PieceKind is what a piece of the text is.
type PieceKind uint8

// The kinds of pieces.
const (
	Verbatim  PieceKind = iota // as it is
	Ident                      // a name to quote
	TableName                  // the table, to qualify and to quote
	BindMark                   // the marker of Binds[Bind]
	StampMark                  // that of :timestamp
	TTLMark                    // that of :ttl
)

// Piece is a part of the text, as it is sent.
type Piece struct {
	Kind PieceKind
	Text string // of Verbatim and Ident
	Bind int    // of BindMark
}

// The names of the binds that are not a record's values.
const (
	TimestampBind = "timestamp"
	TTLBind       = "ttl"
)
