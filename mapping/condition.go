package mapping

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"

	"github.com/expr-lang/expr/ast"
)

// condition is an expression of comparisons that is answered from the bytes of its
// inputs, without a virtual machine and without an allocation: most of what stands
// as `when:` is one. Where it cannot tell, the expression runs.
type condition struct {
	op          string       // and, or, not; an operator; or "" for left itself
	parts       []*condition // of and, or, not
	left, right operand
	list        []operand // of "in"
}

// operand is an input or a constant.
type operand struct {
	input int // of the expression; -1: a constant
	view
}

// view is a value without a copy of it.
type view struct {
	kind  kinds // aText, aWhole, aReal, aBoolean or aTime; 0: null; anything: of another kind
	text  []byte
	whole int64 // a whole number, the seconds of a time, or 1 for true
	nanos int64 // of a time
	real  float64
}

// conditionOf gives nil for what is more than comparisons.
func conditionOf(n ast.Node, inputs []Input) *condition {
	b := conditionBuilder{inputs: inputs, fits: true}
	if c := b.part(n); b.fits {
		return c
	}
	return nil
}

type conditionBuilder struct {
	inputs []Input
	fits   bool
}

func (b *conditionBuilder) part(n ast.Node) *condition {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return &condition{op: "not", parts: []*condition{b.part(n.Node)}}
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			return &condition{op: "and", parts: []*condition{b.part(n.Left), b.part(n.Right)}}
		case "or", "||":
			return &condition{op: "or", parts: []*condition{b.part(n.Left), b.part(n.Right)}}
		case "==", "!=", "<", "<=", ">", ">=", "contains", "startsWith", "endsWith":
			return &condition{op: n.Operator, left: b.operand(n.Left), right: b.operand(n.Right)}
		case "in":
			return b.in(n)
		}
	case *ast.IdentifierNode, *ast.BoolNode:
		return &condition{left: b.operand(n)}
	}
	b.fits = false
	return nil
}

func (b *conditionBuilder) in(n *ast.BinaryNode) *condition {
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		b.fits = false
		return nil
	}
	c := &condition{op: "in", left: b.operand(n.Left)}
	for _, item := range list.Nodes {
		c.list = append(c.list, b.operand(item))
	}
	return c
}

func (b *conditionBuilder) operand(n ast.Node) operand {
	constant := operand{input: -1}
	switch n := n.(type) {
	case *ast.IdentifierNode:
		for i := range b.inputs {
			if b.inputs[i].Source.String() == n.Value {
				return operand{input: i}
			}
		}
	case *ast.StringNode:
		constant.view = view{kind: aText, text: []byte(n.Value)}
		return constant
	case *ast.IntegerNode:
		constant.view = view{kind: aWhole, whole: int64(n.Value)}
		return constant
	case *ast.FloatNode:
		constant.view = view{kind: aReal, real: n.Value}
		return constant
	case *ast.BoolNode:
		constant.view = view{kind: aBoolean}
		if n.Value {
			constant.whole = 1
		}
		return constant
	case *ast.NilNode:
		return constant
	case *ast.UnaryNode:
		if o := b.operand(n.Node); n.Operator == "-" && o.input < 0 && o.kind&(aWhole|aReal) != 0 {
			o.whole, o.real = -o.whole, -o.real
			return o
		}
	}
	b.fits = false
	return constant
}

// viewOf reads what dynamicReader reads.
func viewOf(c *Cell) view {
	switch c.State {
	case Value:
	case Bad:
		return view{kind: anything}
	default:
		return view{}
	}
	data := c.Data[1:]
	switch tag := c.Data[0]; tag {
	case tagNothing:
		return view{}
	case tagFalse, tagTrue:
		return view{kind: aBoolean, whole: int64(tag - tagFalse)}
	case tagWhole:
		return view{kind: aWhole, whole: int64(binary.BigEndian.Uint64(data))}
	case tagReal:
		return view{kind: aReal, real: math.Float64frombits(binary.BigEndian.Uint64(data))}
	case tagInstant:
		return view{kind: aTime, whole: int64(binary.BigEndian.Uint64(data)), nanos: int64(binary.BigEndian.Uint32(data[8:]))}
	case tagText:
		return view{kind: aText, text: data[4:]}
	}
	return view{kind: anything}
}

func (o *operand) read(cells []Cell, places []int) view {
	if o.input < 0 {
		return o.view
	}
	return viewOf(&cells[places[o.input]])
}

// holds answers a condition of the cells at its inputs' places. known is false where
// it cannot tell.
func (c *condition) holds(cells []Cell, places []int) (holds, known bool) {
	switch c.op {
	case "and", "or":
		holds, known = c.parts[0].holds(cells, places)
		if !known || holds == (c.op == "or") {
			return holds, known
		}
		return c.parts[1].holds(cells, places)
	case "not":
		holds, known = c.parts[0].holds(cells, places)
		return !holds, known
	case "in":
		return c.among(cells, places)
	}
	left := c.left.read(cells, places)
	if c.op == "" {
		return left.kind == aBoolean && left.whole == 1, left.kind == 0 || left.kind == aBoolean
	}
	right := c.right.read(cells, places)
	return c.compare(&left, &right)
}

func (c *condition) among(cells []Cell, places []int) (holds, known bool) {
	left := c.left.read(cells, places)
	for i := range c.list {
		item := c.list[i].read(cells, places)
		order, ok := left.compare(&item)
		switch {
		case left.kind == 0 || item.kind == 0:
			if left.kind == item.kind {
				return true, true
			}
		case !ok:
			return false, false
		case order == 0:
			return true, true
		}
	}
	return false, true
}

func (c *condition) compare(left, right *view) (holds, known bool) {
	if left.kind == 0 || right.kind == 0 {
		other := left.kind | right.kind
		switch c.op {
		case "==":
			return other == 0, other != anything
		case "!=":
			return other != 0, other != anything
		}
		return false, other != anything
	}
	switch c.op {
	case "contains", "startsWith", "endsWith":
		return c.compareTexts(left, right)
	}
	order, known := left.compare(right)
	switch c.op {
	case "==":
		return order == 0, known
	case "!=":
		return order != 0, known
	}
	known = known && left.kind != aBoolean // which have no order
	switch c.op {
	case "<":
		return order < 0, known
	case "<=":
		return order <= 0, known
	case ">":
		return order > 0, known
	}
	return order >= 0, known
}

func (c *condition) compareTexts(left, right *view) (holds, known bool) {
	if left.kind != aText || right.kind != aText {
		return false, false
	}
	switch c.op {
	case "contains":
		return bytes.Contains(left.text, right.text), true
	case "startsWith":
		return bytes.HasPrefix(left.text, right.text), true
	}
	return bytes.HasSuffix(left.text, right.text), true
}

// maxExactWhole is up to where a floating point number holds every whole number.
const maxExactWhole = 1 << 53

// compare orders two values that are not null. known is false for values of kinds
// that differ, but for numbers.
func (v *view) compare(o *view) (order int, known bool) {
	switch both := v.kind | o.kind; both {
	case aText:
		return bytes.Compare(v.text, o.text), true
	case aWhole:
		return cmp.Compare(v.whole, o.whole), true
	case aTime:
		return cmp.Or(cmp.Compare(v.whole, o.whole), cmp.Compare(v.nanos, o.nanos)), true
	case aReal, aReal | aWhole:
		x, fits := v.float()
		y, both := o.float()
		return cmp.Compare(x, y), fits && both
	case aBoolean:
		return int(v.whole - o.whole), true
	}
	return 0, false
}

func (v *view) float() (f float64, fits bool) {
	if v.kind == aReal {
		return v.real, !math.IsNaN(v.real)
	}
	return float64(v.whole), v.whole <= maxExactWhole && v.whole >= -maxExactWhole
}
