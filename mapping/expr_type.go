package mapping

import (
	"slices"
	"strings"
)

// kinds is a set of what a value of an expression can be.
type kinds uint16

const (
	aBoolean kinds = 1 << iota
	aWhole         // number
	aReal          // floating point number
	aDecimal
	aText
	aUUID // the text of one that the schema has as 16 bytes
	someBytes
	aTime
	aSpan // of time
	aList
	aMap // and a record
	unknownKinds

	numbers  = aWhole | aReal | aDecimal
	texts    = aText | aUUID
	anything = unknownKinds - 1
)

var kindTitles = []struct {
	kind  kinds
	title string
}{
	{aBoolean, "a boolean"}, {aWhole, "a whole number"}, {aReal, "a floating point number"}, {aDecimal, "a decimal"},
	{aText, "a text"}, {aUUID, "a UUID"}, {someBytes, "bytes"}, {aTime, "a time"}, {aSpan, "a duration"}, {aList, "a list"}, {aMap, "a map"},
}

// String names a set as a person would.
func (k kinds) String() string {
	switch k {
	case 0:
		return "null"
	case anything:
		return "anything"
	case numbers:
		return "a number"
	case texts:
		return "a text"
	}
	var names []string
	for _, t := range kindTitles {
		if k&t.kind != 0 {
			names = append(names, t.title)
		}
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// each gives the members of a set.
func (k kinds) each(visit func(kinds)) {
	for _, t := range kindTitles {
		if k&t.kind != 0 {
			visit(t.kind)
		}
	}
}

// exprType is what is known of a value before there is a record. Everything may be
// null.
type exprType struct {
	can   kinds      // what it is beside null; empty: always null
	elem  *exprType  // of a list's items, or of a map's values; nil: anything
	items []exprType // of a list or map that the expression writes down
	names []string   // of such a map's items
	shape *Shape     // of a record, for what its fields are
}

func a(k kinds) exprType { return exprType{can: k} }

// aListOf is a list whose items are of a type.
func aListOf(elem exprType) exprType { return exprType{can: aList, elem: &elem} }

// item gives the type of a list's items or a map's values.
func (t *exprType) item() exprType {
	switch {
	case t.elem != nil:
		return *t.elem
	case t.shape != nil && t.shape.Elem != nil:
		return typeOfShape(t.shape.Elem)
	case t.shape != nil:
		return t.fields()
	case t.items == nil:
		return a(anything)
	}
	return either(t.items...)
}

// fields gives what some field of a record is.
func (t *exprType) fields() exprType {
	all := make([]exprType, len(t.shape.Fields))
	for i := range all {
		all[i] = typeOfShape(t.shape.Fields[i].Shape)
	}
	return either(all...)
}

// either is what is one of several types.
func either(list ...exprType) exprType {
	out := exprType{}
	for i := range list {
		t := &list[i]
		switch {
		case t.can == 0:
		case out.can == 0:
			out = *t
		default:
			out = out.or(t)
		}
	}
	return out
}

func (t *exprType) or(other *exprType) exprType {
	const nested = aList | aMap
	out := a(t.can | other.can)
	switch {
	case other.can&nested == 0:
		out.elem, out.items, out.names, out.shape = t.elem, t.items, t.names, t.shape
	case t.can&nested == 0:
		out.elem, out.items, out.names, out.shape = other.elem, other.items, other.names, other.shape
	case t.shape != nil && t.shape == other.shape:
		out.shape = t.shape
	case out.can&nested != nested && !t.isRecord() && !other.isRecord():
		elem := either(t.item(), other.item())
		out.elem = &elem
	}
	return out
}

// isRecord reports whether entries have types of their own.
func (t *exprType) isRecord() bool {
	return t.names != nil || t.shape != nil && t.shape.Kind == KindRecord
}

// typeOfShape gives what a value of a schema is in an expression. What nests is
// looked at when it is asked for, since schemas may hold themselves.
func typeOfShape(s *Shape) exprType {
	switch {
	case s.Kind == KindUnion:
		branches := make([]exprType, len(s.Branches))
		for i, b := range s.Branches {
			branches[i] = typeOfShape(b)
		}
		return either(branches...)
	case s.Kind == KindNull:
		return exprType{}
	case s.isInstant() || s.Logical == LogicalDate:
		return a(aTime)
	case s.Logical == LogicalTimeMillis || s.Logical == LogicalTimeMicros || s.Logical == LogicalTimeNanos:
		return a(aSpan)
	case s.Logical == LogicalDecimal || s.Logical == LogicalBigDecimal || s.Logical == LogicalVariableScaleDecimal:
		return a(aDecimal)
	case s.Kind == KindFixed && s.Logical == LogicalUUID:
		return a(aUUID)
	}
	return typeOfKind(s)
}

func typeOfKind(s *Shape) exprType {
	switch s.Kind {
	case KindBoolean:
		return a(aBoolean)
	case KindInt, KindLong:
		return a(aWhole)
	case KindFloat, KindDouble:
		return a(aReal)
	case KindBytes, KindFixed:
		return a(someBytes)
	case KindArray:
		return exprType{can: aList, shape: s}
	case KindMap:
		return exprType{can: aMap, shape: s}
	case KindRecord:
		return exprType{can: aMap, shape: s}
	}
	return a(aText)
}

// field gives the type of a map's entry or a record's field. found is false where
// a record has none of that name.
func (t *exprType) field(name string) (field exprType, found bool) {
	if t.names != nil {
		if i := slices.Index(t.names, name); i >= 0 {
			return t.items[i], true
		}
		return exprType{}, false
	}
	if t.shape == nil || t.shape.Kind != KindRecord {
		return t.item(), true
	}
	for i := range t.shape.Fields {
		if t.shape.Fields[i].Name == name {
			return typeOfShape(t.shape.Fields[i].Shape), true
		}
	}
	return exprType{}, false
}
