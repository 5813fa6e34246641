package avro

import "ingest/mapping"

// branch is how values of one branch of a schema's outermost union are read, or
// those of the schema as a whole where it is none. Each has problems of its own:
// what one record type cannot fill is no fault of the others.
type branch struct {
	record   string // full name, "" when it is no record
	root     *node
	problems []Problem
}

// branch reads which branch the payload is of.
func (d *decoder) branch(c *cursor) (*branch, bool) {
	if !d.union {
		return &d.branches[0], true
	}
	i, ok := c.index(len(d.branches), errUnion)
	if !ok {
		return nil, false
	}
	return &d.branches[i], true
}

func recordName(s *mapping.Shape) string {
	if s.Kind != mapping.KindRecord {
		return ""
	}
	return s.Name
}

// branchWants is what the targets want of one branch.
type branchWants struct {
	shape    *mapping.Shape
	wants    []want
	problems []Problem
}

// branches gives each branch of a schema what leads into it. A target that is for
// some records begins in their branches, any other one at the union.
func (p *planner) branches(s *mapping.Shape, targets []mapping.Target) []branchWants {
	var named, others []mapping.Target
	for _, t := range targets {
		if len(t.Records) > 0 {
			named = append(named, t)
		} else {
			others = append(others, t)
		}
	}
	wants, problems := p.resolve(s, others)
	shapes, split := []*mapping.Shape{s}, [][]want{wants}
	if s.Kind == mapping.KindUnion {
		shapes, split = s.Branches, unionWants(s, wants)
	}
	out := make([]branchWants, len(shapes))
	for i, shape := range shapes {
		wants, more := p.resolve(shape, forRecord(named, recordName(shape)))
		out[i] = branchWants{shape: shape, wants: append(split[i], wants...), problems: append(more, problems...)}
	}
	return out
}

func forRecord(targets []mapping.Target, name string) []mapping.Target {
	var out []mapping.Target
	for _, t := range targets {
		if name != "" && mapping.IsRecord(t.Records, name) {
			out = append(out, t)
		}
	}
	return out
}

// resolve keeps the targets that a shape has and that can become what is wanted.
func (p *planner) resolve(s *mapping.Shape, targets []mapping.Target) (wants []want, problems []Problem) {
	for _, t := range targets {
		shape, found, err := mapping.ResolvePath(s, t.Path, t.Loose)
		switch {
		case err != nil || !found:
		case t.Present:
		case t.Each != nil:
			err = mapping.Iterable(shape)
		default:
			_, err = mapping.FitOf(shape, t.Type, t.Unit)
		}
		switch {
		case err != nil:
			problems = append(problems, Problem{Slot: t.Slot, Err: err})
		case found:
			wants = append(wants, want{Target: t, rest: t.Path})
		}
	}
	return wants, problems
}
