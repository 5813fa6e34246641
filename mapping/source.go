package mapping

import (
	"strconv"
	"strings"
)

// Root is where a path starts.
type Root uint8

// The roots of a path.
const (
	RootValue Root = iota
	RootKey
	RootHeader
	RootMeta
	RootConst
	RootItem      // an element of for_each
	RootItemIndex // its place, from 0
	RootItemKey   // its key, in a map
	RootBefore    // of a Debezium envelope, as all that follow
	RootSource
	RootOp
	RootEnvelope
	RootExpr // an expression
)

// Source is what feeds a column.
type Source struct {
	Root  Root
	Path  []Step // below what begins with one; empty: the whole of it
	Name  string // of a header or a meta field
	Const Const  // of RootConst
	// Loose lets a path's single field step match a field of another spelling:
	// exact name first, then ignoring case and underscores. columns_from sets it.
	Loose bool
	Unit  Unit        // how an integer is read as a time
	Expr  *Expression // of RootExpr
}

// Step is one step of a path: a field (or a union branch, or a map's key) by
// name, an index into an array, or a map's key in brackets.
type Step struct {
	Kind  StepKind
	Name  string // of StepField and StepKey
	Index int    // of StepIndex; 0 is the first
}

// StepKind tells the kinds of steps apart.
type StepKind uint8

// The kinds of steps.
const (
	StepField StepKind = iota // .name
	StepIndex                 // [0]
	StepKey                   // ['name']
)

// Const is a constant of the mapping file, as the YAML scalar it was.
type Const struct {
	Kind ConstKind
	Text string // the scalar as written, unquoted
}

// ConstKind is the YAML type of a constant.
type ConstKind uint8

// The types of constants.
const (
	ConstText ConstKind = iota
	ConstNumber
	ConstBool
)

// Unit says what an integer counts where a column wants a point in time.
type Unit uint8

// The units of `unit:`. UnitNone means milliseconds, or what the logical type says.
const (
	UnitNone Unit = iota
	UnitSeconds
	UnitMillis
	UnitMicros
	UnitNanos
)

// String writes the source as the mapping file does.
func (s *Source) String() string {
	switch s.Root {
	case RootHeader:
		return "header['" + s.Name + "']"
	case RootMeta:
		return "meta." + s.Name
	case RootConst:
		return "a constant"
	case RootExpr:
		return s.Expr.Text
	}
	var b strings.Builder
	b.WriteString(s.Root.String())
	for _, step := range s.Path {
		switch step.Kind {
		case StepField:
			b.WriteString("." + step.Name)
		case StepIndex:
			b.WriteString("[" + strconv.Itoa(step.Index) + "]")
		case StepKey:
			b.WriteString("['" + step.Name + "']")
		}
	}
	return b.String()
}
