package draft

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ingest/mapping"
)

// typer chooses CQL types for shapes, so that no value loses anything.
type typer struct {
	keyspace string
	types    []*mapping.Type // user-defined, each after those it holds
	origins  []string        // the records that they are for
	known    map[*mapping.Shape]*mapping.Type
	open     []*mapping.Shape // the records that are being looked at, the outermost first
	names    names
	gaps     []gap                    // found so far
	within   map[*mapping.Shape][]gap // those of known records, counted from the record
	path     string                   // of what is looked at
	depth    int                      // how many arrays and maps that is in
}

// gap is what has no CQL type. In an array or a map no path leads to it.
type gap struct {
	path  string
	why   error
	depth int
	shape *mapping.Shape
}

var (
	errRecursive = errors.New("a record that contains itself has no CQL type")
	errEmpty     = errors.New("a record without fields has no CQL type")
	errNull      = errors.New("it is always null")
	errUnion     = errors.New("a union of several types has no CQL type; name one of its branches in the path")
)

// of gives the type for a shape. Collections and user-defined types are frozen:
// one cell, which a record replaces as a whole.
func (t *typer) of(s *mapping.Shape) (*mapping.Type, error) {
	s = s.NonNull()
	switch s.Kind {
	case mapping.KindNull:
		return nil, errNull
	case mapping.KindArray:
		elem, err := t.element(s.Elem)
		return &mapping.Type{Kind: mapping.TypeList, Frozen: true, Elem: elem}, err
	case mapping.KindMap:
		elem, err := t.element(s.Elem)
		return &mapping.Type{Kind: mapping.TypeMap, Frozen: true, Key: &mapping.Type{Kind: mapping.TypeText}, Elem: elem}, err
	case mapping.KindRecord:
		if s.Logical == mapping.LogicalVariableScaleDecimal {
			return &mapping.Type{Kind: mapping.TypeDecimal}, nil
		}
		return t.record(s)
	}
	for _, kind := range candidates(s) {
		typ := &mapping.Type{Kind: kind}
		if fit, err := mapping.FitOf(s, typ, mapping.UnitNone); err == nil && fit < mapping.Floored {
			return typ, nil
		}
	}
	if s.Kind == mapping.KindUnion {
		return nil, errUnion
	}
	return nil, fmt.Errorf("no CQL type takes every %s", s)
}

func (t *typer) element(s *mapping.Shape) (*mapping.Type, error) {
	t.depth++
	defer func() { t.depth-- }()
	return t.of(s)
}

// candidates gives the types that a person would choose, the best first.
func candidates(s *mapping.Shape) []mapping.TypeKind {
	if s.Kind == mapping.KindUnion && slices.ContainsFunc(s.Branches, func(b *mapping.Shape) bool { return b.Kind == mapping.KindString }) {
		return []mapping.TypeKind{mapping.TypeText} // numbers fit texts that are numbers, which most are not
	}
	if s.Kind == mapping.KindUnion {
		return unionTypes(s)
	}
	return append(slices.Clip(logicalTypes[s.Logical]), kindTypes[s.Kind]...)
}

// unionTypes: numbers of several types meet in one that holds them all. A text is
// never taken for a number, though some could be read as one.
func unionTypes(s *mapping.Shape) []mapping.TypeKind {
	for _, b := range s.Branches {
		if b.Kind != mapping.KindNull && (b.Kind < mapping.KindInt || b.Kind > mapping.KindDouble) {
			return []mapping.TypeKind{mapping.TypeText, mapping.TypeBlob}
		}
	}
	return []mapping.TypeKind{mapping.TypeBigint, mapping.TypeDouble, mapping.TypeDecimal}
}

var logicalTypes = map[mapping.Logical][]mapping.TypeKind{
	mapping.LogicalDecimal:              {mapping.TypeDecimal},
	mapping.LogicalBigDecimal:           {mapping.TypeDecimal},
	mapping.LogicalUUID:                 {mapping.TypeUUID},
	mapping.LogicalDate:                 {mapping.TypeDate},
	mapping.LogicalTimeMillis:           {mapping.TypeTime},
	mapping.LogicalTimeMicros:           {mapping.TypeTime},
	mapping.LogicalTimestampMillis:      {mapping.TypeTimestamp},
	mapping.LogicalTimestampMicros:      {mapping.TypeTimestamp}, // refused as Floored: then a bigint
	mapping.LogicalTimestampNanos:       {mapping.TypeTimestamp},
	mapping.LogicalLocalTimestampMillis: {mapping.TypeTimestamp},
	mapping.LogicalLocalTimestampMicros: {mapping.TypeTimestamp},
	mapping.LogicalLocalTimestampNanos:  {mapping.TypeTimestamp},
	mapping.LogicalDuration:             {mapping.TypeDuration},
	mapping.LogicalTimeNanos:            {mapping.TypeTime},
	mapping.LogicalMicroDuration:        {mapping.TypeDuration},
	mapping.LogicalNanoDuration:         {mapping.TypeDuration},
}

var kindTypes = map[mapping.Kind][]mapping.TypeKind{
	mapping.KindBoolean: {mapping.TypeBoolean},
	mapping.KindInt:     {mapping.TypeInt},
	mapping.KindLong:    {mapping.TypeBigint},
	mapping.KindFloat:   {mapping.TypeFloat},
	mapping.KindDouble:  {mapping.TypeDouble},
	mapping.KindBytes:   {mapping.TypeBlob},
	mapping.KindFixed:   {mapping.TypeBlob},
	mapping.KindString:  {mapping.TypeText},
	mapping.KindEnum:    {mapping.TypeText},
}

// record makes a user-defined type of a record, with gaps for what has no type in
// it.
func (t *typer) record(s *mapping.Shape) (*mapping.Type, error) {
	if known := t.known[s]; known != nil {
		for _, g := range t.within[s] {
			t.gaps = append(t.gaps, gap{t.path + g.path, g.why, t.depth + g.depth, g.shape})
		}
		return known, nil
	}
	if slices.Contains(t.open, s) {
		return nil, errRecursive
	}
	t.open = append(t.open, s)
	defer func() { t.open = t.open[:len(t.open)-1] }()
	typ := &mapping.Type{Kind: mapping.TypeUDT, Frozen: true, Keyspace: t.keyspace}
	exact, before := loosely(s), len(t.gaps)
	for _, f := range s.Fields {
		elem, err := t.field(&f)
		if err != nil {
			continue
		}
		name := snake(f.Name)
		if exact {
			name = f.Name
		}
		typ.Fields, typ.Elems = append(typ.Fields, name), append(typ.Elems, elem)
	}
	if len(typ.Fields) == 0 {
		return nil, errEmpty
	}
	typ.Name = t.names.take(typeName(s.Name))
	t.known[s] = typ
	for _, g := range t.gaps[before:] {
		t.within[s] = append(t.within[s], gap{strings.TrimPrefix(g.path, t.path), g.why, g.depth - t.depth, g.shape})
	}
	t.types, t.origins = append(t.types, typ), append(t.origins, s.Name)
	return typ, nil
}

// field gives the type of a record's field.
func (t *typer) field(f *mapping.Field) (*mapping.Type, error) {
	outer := t.path
	t.path += "." + f.Name
	defer func() { t.path = outer }()
	before := len(t.gaps)
	typ, err := t.of(f.Shape)
	if err != nil { // as a whole: what it has inside is no gap of its own
		t.gaps = append(t.gaps[:before], gap{t.path, err, t.depth, f.Shape})
	}
	return typ, err
}

// loosely reports whether two fields of a record differ in case and underscores
// only: then the fields of its type need the very same names.
func loosely(s *mapping.Shape) bool {
	for i := range s.Fields {
		for j := range i {
			if mapping.LooselyEqual(s.Fields[i].Name, s.Fields[j].Name) {
				return true
			}
		}
	}
	return false
}
