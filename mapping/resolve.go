package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// ResolvePath gives the shape that a path leads to. found is false when the
// schema has no such field, or the step makes no sense there: the value is then
// absent in every record. A path that leads through a union with null gives a
// union with null. loose lets field steps match another spelling (see
// Source.Loose); the error says that two fields match equally well.
func ResolvePath(s *Shape, path []Step, loose bool) (shape *Shape, found bool, err error) {
	nullable := false
	for _, step := range path {
		next, err := Descend(s, step, loose)
		if err != nil || !next.Found {
			return nil, false, err
		}
		nullable = nullable || s.Nullable()
		s = next.Shape
	}
	if nullable && !s.Nullable() {
		s = withNull(s)
	}
	return s, true, nil
}

func withNull(s *Shape) *Shape {
	branches := []*Shape{{Kind: KindNull}}
	if s.Kind == KindUnion {
		return &Shape{Kind: KindUnion, Branches: append(branches, s.Branches...)}
	}
	return &Shape{Kind: KindUnion, Branches: append(branches, s)}
}

// Descent is where one step of a path leads.
type Descent struct {
	Found bool
	Shape *Shape // of what the step leads to
	// Branch is the union branch that the step goes through or picks, -1 where
	// there is no union.
	Branch int
	// Picked: the step's name is the branch's, and Shape is that branch.
	Picked bool
	Field  int // of a record, -1 otherwise
}

// Descend takes one step of a path. In a union the step picks a branch by its
// full or short name (or its type, where it has no name); in a union of one
// branch and null a step that is no branch's name goes through to that branch.
func Descend(s *Shape, step Step, loose bool) (Descent, error) {
	if s.Kind != KindUnion {
		d, err := descendInto(s, step, loose)
		d.Branch = -1
		return d, err
	}
	if inner := s.NonNull(); inner != s {
		d, err := descendInto(inner, step, loose)
		if err != nil || d.Found {
			d.Branch = branchIndex(s, inner)
			return d, err
		}
	}
	if step.Kind == StepIndex {
		return Descent{}, nil
	}
	return pickBranch(s, step.Name)
}

func branchIndex(s, branch *Shape) int {
	for i, b := range s.Branches {
		if b == branch {
			return i
		}
	}
	return -1
}

// pickBranch prefers a full name over a short one.
func pickBranch(s *Shape, name string) (Descent, error) {
	found := -1
	for i, b := range s.Branches {
		if b.Kind == KindNull {
			continue
		}
		if b.label() == name {
			return Descent{Found: true, Shape: b, Branch: i, Picked: true, Field: -1}, nil
		}
		if b.label()[strings.LastIndexByte(b.label(), '.')+1:] == name {
			if found >= 0 {
				return Descent{}, fmt.Errorf("%s names both %s and %s: write the full name in brackets", name, s.Branches[found].Name, b.Name)
			}
			found = i
		}
	}
	if found < 0 {
		return Descent{}, nil
	}
	return Descent{Found: true, Shape: s.Branches[found], Branch: found, Picked: true, Field: -1}, nil
}

func descendInto(s *Shape, step Step, loose bool) (Descent, error) {
	switch {
	case step.Kind == StepField && s.Kind == KindRecord:
		i, err := s.field(step.Name, loose)
		if i < 0 {
			return Descent{}, err
		}
		return Descent{Found: true, Shape: s.Fields[i].Shape, Field: i}, nil
	case step.Kind == StepIndex && s.Kind == KindArray && step.Index >= 0,
		step.Kind != StepIndex && s.Kind == KindMap:
		return Descent{Found: true, Shape: s.Elem, Field: -1}, nil
	}
	return Descent{}, nil
}

// field gives the index of the field of that name, -1 when there is none: the
// field's own name first, then one of its aliases. Loose: then both again, ignoring
// case and underscores.
func (s *Shape) field(name string, loose bool) (int, error) {
	same := func(a string) bool { return a == name }
	alike := func(a string) bool { return LooselyEqual(a, name) }
	for _, match := range []func(string) bool{same, alike} {
		for _, found := range [][]int{s.named(match), s.aliased(match)} {
			switch {
			case len(found) > 1:
				return -1, fmt.Errorf("%s matches both %s and %s: name the column's source", name, s.Fields[found[0]].Name, s.Fields[found[1]].Name)
			case len(found) == 1:
				return found[0], nil
			}
		}
		if !loose {
			break
		}
	}
	return -1, nil
}

// named gives the fields whose own name matches.
func (s *Shape) named(match func(string) bool) (found []int) {
	for i := range s.Fields {
		if match(s.Fields[i].Name) {
			found = append(found, i)
		}
	}
	return found
}

// aliased gives the fields that have a matching alias.
func (s *Shape) aliased(match func(string) bool) (found []int) {
	for i := range s.Fields {
		if slices.ContainsFunc(s.Fields[i].Aliases, match) {
			found = append(found, i)
		}
	}
	return found
}

// LooselyEqual compares names ignoring case and underscores.
func LooselyEqual(a, b string) bool {
	return strings.EqualFold(strings.ReplaceAll(a, "_", ""), strings.ReplaceAll(b, "_", ""))
}
