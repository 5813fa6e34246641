package avro

import (
	"fmt"

	"ingest/mapping"
)

// Problem is a target that no record of the schema can fill: its path is
// ambiguous, or the type there cannot become the column's.
type Problem struct {
	Slot int
	Err  error
}

// Compile makes the decoder that fills the targets from payloads of a schema.
// Slots whose path the schema lacks stay absent. The slots of the problems are
// marked Bad with that error for each record; whether to use the decoder all
// the same is for the caller to say.
func Compile(s *Schema, targets []mapping.Target) (mapping.Decoder, []Problem) {
	p := planner{skippers: newSkippers()}
	d := &decoder{union: s.shape.Kind == mapping.KindUnion}
	var problems []Problem
	for _, wants := range p.branches(s.shape, targets) {
		b := branch{record: recordName(wants.shape), root: p.node(wants.shape, wants.wants)}
		b.problems = append(wants.problems, p.problems...)
		problems = append(append(problems, b.problems...), p.itemProblems...)
		p.problems, p.itemProblems = nil, nil
		d.branches = append(d.branches, b)
	}
	return d, problems
}

// op is what a node of the plan does with the bytes it stands at.
type op uint8

const (
	opSkip op = iota
	opNull
	opInt
	opLong
	opBoolean
	opFloat
	opDouble
	opBytes
	opFixed
	opEnum
	opUnion
	opRecord
	opArray
	opMap
	opValue // a collection, UDT or tuple for one column
	opAgain // several nodes over the same bytes
	opEach  // an array or map, one item after the other
	opKnown // a value that can be Debezium's placeholder
)

var scalarOps = [...]op{
	mapping.KindNull: opNull, mapping.KindBoolean: opBoolean, mapping.KindInt: opInt, mapping.KindLong: opLong,
	mapping.KindFloat: opFloat, mapping.KindDouble: opDouble, mapping.KindBytes: opBytes, mapping.KindString: opBytes,
	mapping.KindFixed: opFixed, mapping.KindEnum: opEnum,
}

// node reads the value of one shape for the columns that want it or parts of it.
type node struct {
	op    op
	size  int      // bytes of a fixed, symbols of an enum
	least int      // fewest bytes of an item, key included
	skip  *skipper // of a skipped value, or of an item that no pick wants
	cols  []column
	slots []int   // every slot below, of a null and of a pick
	kids  []*node // fields, branches, or the nodes of opAgain
	picks []pick
	items *items // of opEach
	// present are the slots that tell whether a record is there.
	present     []int
	unavailable [][]byte // of opKnown
}

// column is a slot and how its value is made.
type column struct {
	slot int
	*value
}

// pick is the item of an array or map that a path names.
type pick struct {
	index int
	key   string
	node  *node
	slots []int
}

// want is a target with what is left of its path.
type want struct {
	mapping.Target
	rest []mapping.Step
}

func (w want) deeper() want {
	w.rest = w.rest[1:]
	return w
}

type planner struct {
	*skippers
	problems, itemProblems []Problem // of the branch that is compiled
}

func (p *planner) problem(slot int, err error) {
	p.problems = append(p.problems, Problem{Slot: slot, Err: err})
}

func slotsOf(wants []want) []int {
	slots := make([]int, len(wants))
	for i, w := range wants {
		slots[i] = w.Slot
	}
	return slots
}

// node compiles what the wants need of a shape. Each path was resolved before,
// so each step leads somewhere; the recursion ends with the longest path.
func (p *planner) node(s *mapping.Shape, wants []want) *node {
	if len(wants) == 0 {
		return &node{op: opSkip, skip: p.of(s)}
	}
	return p.known(s, wants, p.whole(s, wants))
}

func (p *planner) whole(s *mapping.Shape, wants []want) *node {
	switch s.Kind {
	case mapping.KindUnion:
		return p.union(s, wants)
	case mapping.KindRecord, mapping.KindArray, mapping.KindMap:
		return p.nested(s, wants)
	}
	n := &node{op: scalarOps[s.Kind], size: s.Size, slots: slotsOf(wants)}
	if s.Kind == mapping.KindEnum {
		n.size = len(s.Symbols)
	}
	if s.Kind != mapping.KindNull {
		n.cols = p.columns(s, wants)
	}
	return n
}

func (p *planner) columns(s *mapping.Shape, wants []want) []column {
	var cols []column
	for _, w := range wants {
		v, err := p.value(s, w.Type, w.Unit)
		if err != nil {
			p.problem(w.Slot, fmt.Errorf("compiling: %w", err))
			continue
		}
		cols = append(cols, column{slot: w.Slot, value: v})
	}
	return cols
}

// union gives each branch the wants that lead into it. The others stay absent
// there, but null is null for all.
func (p *planner) union(s *mapping.Shape, wants []want) *node {
	kids := unionWants(s, wants)
	n := &node{op: opUnion}
	for i, branch := range s.Branches {
		n.kids = append(n.kids, p.node(branch, kids[i]))
	}
	return n
}

func unionWants(s *mapping.Shape, wants []want) [][]want {
	kids := make([][]want, len(s.Branches))
	for _, w := range wants {
		through, only := w, -1
		if len(w.rest) > 0 {
			d, err := mapping.Descend(s, w.rest[0], w.Loose)
			if err != nil || !d.Found {
				continue // ResolvePath refused it before
			}
			if only = d.Branch; d.Picked {
				through = w.deeper()
			}
		}
		for i, branch := range s.Branches {
			if only < 0 || i == only || branch.Kind == mapping.KindNull {
				kids[i] = append(kids[i], through)
			}
		}
	}
	return kids
}

// nested reads a record, array or map once for all wants of its parts, and once
// more for each want of the whole.
func (p *planner) nested(s *mapping.Shape, wants []want) *node {
	var nodes []*node
	var parts, whole []want
	for _, w := range wants {
		if len(w.rest) == 0 {
			whole = append(whole, w)
		} else {
			parts = append(parts, w)
		}
	}
	each, whole := splitEach(whole)
	present, whole := splitPresent(whole)
	for _, w := range each {
		nodes = append(nodes, p.each(s, w))
	}
	for _, col := range p.columns(s, whole) {
		nodes = append(nodes, &node{op: opValue, cols: []column{col}})
	}
	switch {
	case s.Kind == mapping.KindRecord && len(parts)+len(present) > 0:
		record := p.record(s, parts)
		record.present = present
		nodes = append(nodes, record)
	case len(parts) == 0:
	default:
		nodes = append(nodes, p.items(s, parts))
	}
	switch len(nodes) {
	case 0:
		return &node{op: opSkip, skip: p.of(s)}
	case 1:
		return nodes[0]
	}
	return &node{op: opAgain, kids: nodes}
}

func (p *planner) record(s *mapping.Shape, wants []want) *node {
	fields := make([][]want, len(s.Fields))
	for _, w := range wants {
		if d, err := mapping.Descend(s, w.rest[0], w.Loose); err == nil && d.Found {
			fields[d.Field] = append(fields[d.Field], w.deeper())
		}
	}
	n := &node{op: opRecord}
	for i := range s.Fields {
		n.kids = append(n.kids, p.node(s.Fields[i].Shape, fields[i]))
	}
	return n
}

func (p *planner) items(s *mapping.Shape, wants []want) *node {
	n := &node{op: opArray, skip: p.of(s.Elem), least: p.least(s.Elem)}
	if s.Kind == mapping.KindMap {
		n.op, n.least = opMap, n.least+1
	}
	var steps []mapping.Step
	groups := map[mapping.Step][]want{}
	for _, w := range wants {
		step := w.rest[0]
		if step.Kind == mapping.StepField {
			step.Kind = mapping.StepKey
		}
		if groups[step] == nil {
			steps = append(steps, step)
		}
		groups[step] = append(groups[step], w.deeper())
	}
	for _, step := range steps {
		group := groups[step]
		n.picks = append(n.picks, pick{index: step.Index, key: step.Name, node: p.node(s.Elem, group), slots: slotsOf(group)})
	}
	return n
}
