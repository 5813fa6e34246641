package mapping

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// exprChecker finds out of which type an expression is, and what in it never makes
// sense. It says what happens when the expression runs, see operators and
// functions: the library's own checker has other rules, and speaks of Go.
type exprChecker struct {
	text    string
	inputs  map[string]exprType
	locals  []local    // of `let`
	items   []exprType // of the lists that are gone through, the innermost last
	faults  []*pathFault
	missing []*pathFault // fields that this version of a schema does not have
}

type local struct {
	name string
	typ  exprType
}

// known is the shape that a root has in one check; nil: nothing is known.
type known struct{ key, value, item *Shape }

// check gives the type of an expression where its inputs have these shapes, and
// what is wrong with it.
func (e *Expression) check(k known) (exprType, *exprChecker) {
	c := &exprChecker{text: e.Text, inputs: map[string]exprType{}}
	tree, _, faults := e.tree()
	if c.faults = faults; faults != nil {
		return a(anything), c
	}
	for i := range e.Inputs {
		in := &e.Inputs[i].Source
		c.inputs[in.String()] = inputType(in, k)
	}
	return c.node(tree.Node), c
}

// inputType gives the type of what a path leads to.
func inputType(s *Source, k known) exprType {
	var shape *Shape
	switch s.Root {
	case RootKey:
		shape = k.key
	case RootValue:
		shape = k.value
	case RootItem:
		shape = k.item
	case RootHeader, RootItemKey, RootOp:
		return a(aText)
	case RootItemIndex:
		return a(aWhole)
	case RootMeta:
		return metaType(s.Name)
	}
	if shape == nil {
		return a(anything)
	}
	found, ok, err := ResolvePath(shape, s.Path, s.Loose)
	if !ok || err != nil {
		return a(anything)
	}
	return typeOfShape(found)
}

func metaType(name string) exprType {
	switch name {
	case "topic":
		return a(aText)
	case "timestamp":
		return a(aTime)
	}
	return a(aWhole)
}

func (c *exprChecker) fail(n ast.Node, hint, format string, args ...any) exprType {
	c.faults = append(c.faults, exprFault(c.place(n), hint, format, args...))
	return a(anything)
}

// place gives where what a node says begins.
func (c *exprChecker) place(n ast.Node) int {
	return byteAt(c.text, int64(leftmost(n).Location().From))
}

func leftmost(n ast.Node) ast.Node {
	for {
		switch inner := n.(type) {
		case *ast.BinaryNode:
			n = inner.Left
		case *ast.ConditionalNode:
			n = inner.Cond
		case *ast.ChainNode:
			n = inner.Node
		case *ast.MemberNode:
			n = inner.Node
		case *ast.SliceNode:
			n = inner.Node
		default:
			return n
		}
	}
}

func (c *exprChecker) node(n ast.Node) exprType {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return a(aWhole)
	case *ast.FloatNode:
		return a(aReal)
	case *ast.BoolNode:
		return a(aBoolean)
	case *ast.StringNode:
		return a(aText)
	case *ast.IdentifierNode:
		return c.identifier(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		c.condition(n.Cond)
		return either(c.node(n.Exp1), c.node(n.Exp2))
	case *ast.CallNode:
		return c.call(n)
	case *ast.BuiltinNode:
		return c.walker(n)
	case *ast.VariableDeclaratorNode:
		return c.let(n)
	}
	return c.nested(n)
}

// nested is for what holds others, and what is within.
func (c *exprChecker) nested(n ast.Node) exprType {
	switch n := n.(type) {
	case *ast.ChainNode:
		return c.node(n.Node)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.SliceNode:
		return c.slice(n)
	case *ast.ArrayNode:
		t := exprType{can: aList, items: []exprType{}}
		for _, item := range n.Nodes {
			t.items = append(t.items, c.node(item))
		}
		return t
	case *ast.MapNode:
		return c.mapOf(n)
	case *ast.PointerNode:
		return c.pointer(n)
	case *ast.SequenceNode:
		for _, part := range n.Nodes {
			c.node(part)
		}
		return c.fail(n.Nodes[0], "remove what stands before the semicolon", "of several expressions only the last would count")
	}
	return exprType{} // nil
}

func (c *exprChecker) identifier(n *ast.IdentifierNode) exprType {
	for i := len(c.locals) - 1; i >= 0; i-- {
		if c.locals[i].name == n.Value {
			return c.locals[i].typ
		}
	}
	return c.inputs[n.Value]
}

func (c *exprChecker) let(n *ast.VariableDeclaratorNode) exprType {
	t := c.node(n.Value)
	c.locals = append(c.locals, local{n.Name, t})
	t = c.node(n.Expr)
	c.locals = c.locals[:len(c.locals)-1]
	return t
}

// condition wants true or false.
func (c *exprChecker) condition(n ast.Node) {
	if t := c.node(n); t.can != 0 && t.can&aBoolean == 0 {
		hint := "compare it with something, as in value.status == 'done'"
		if t.can&^(aList|aMap) == 0 {
			hint = "len(…) > 0 asks whether something is in it, … != nil whether it is there"
		}
		c.fail(n, hint, "true or false is wanted here, and this is %s", t.can)
	}
}

func (c *exprChecker) unary(n *ast.UnaryNode) exprType {
	if n.Operator == "not" || n.Operator == "!" {
		c.condition(n.Node)
		return a(aBoolean)
	}
	t := c.node(n.Node)
	if t.can != 0 && t.can&numbers == 0 {
		return c.fail(n.Node, remedy(t.can, numbers), "%s wants a number, and this is %s", n.Operator, t.can)
	}
	return a(t.can & numbers)
}

func (c *exprChecker) mapOf(n *ast.MapNode) exprType {
	t := exprType{can: aMap, items: []exprType{}, names: []string{}}
	for _, pair := range n.Pairs {
		p := pair.(*ast.PairNode)
		name, ok := p.Key.(*ast.StringNode)
		if !ok {
			return c.fail(p.Key, "write {name: …} or {'name': …}", "the name of an entry is a name or a text in quotes")
		}
		if slices.Contains(t.names, name.Value) {
			return c.fail(p.Key, "remove one of them", "%q is given twice", name.Value)
		}
		t.names, t.items = append(t.names, name.Value), append(t.items, c.node(p.Value))
	}
	return t
}

func (c *exprChecker) pointer(n *ast.PointerNode) exprType {
	switch {
	case n.Name != "":
		return c.fail(n, "# is the item, and .name a field of it", "there is no #%s", n.Name)
	case len(c.items) == 0:
		return c.fail(n, "it stands within all, any, filter, map and their like", "there is no item here")
	}
	return c.items[len(c.items)-1]
}

// member is .name, ['name'] or [index] of something.
func (c *exprChecker) member(n *ast.MemberNode) exprType {
	base := c.node(n.Node)
	name, named := n.Property.(*ast.StringNode)
	at := a(aText)
	if !named {
		at = c.node(n.Property)
	}
	switch {
	case base.can == 0:
		return exprType{}
	case base.can&(aList|aMap) == 0 && base.can == aText:
		return c.fail(n.Property, "substring(…, 0, 1) gives its first character", "%s has no items and no fields", base.can)
	case base.can&(aList|aMap) == 0:
		return c.fail(n.Property, "remove what follows it", "%s has no items and no fields", base.can)
	case base.can&aMap == 0 && at.can != 0 && at.can&aWhole == 0:
		return c.fail(n.Property, "write its number from 0, or `map(…, .name)` for a field of every item", "an item of a list has a number, and this is %s", at.can)
	case base.can&aList == 0 && at.can != 0 && at.can&texts == 0:
		return c.fail(n.Property, "write its name in quotes", "an entry of a map has a name, and this is %s", at.can)
	case named && base.can&aList == 0:
		return c.field(n.Property, &base, name.Value)
	}
	if index, ok := n.Property.(*ast.IntegerNode); ok && index.Value >= 0 && index.Value < len(base.items) {
		return base.items[index.Value]
	}
	if base.can&anything == anything {
		return a(anything)
	}
	return base.item()
}

func (c *exprChecker) field(at ast.Node, base *exprType, name string) exprType {
	field, found := base.field(name)
	if !found && base.shape != nil {
		hint := suggest(name, stepNames(base.shape), "there are")
		c.missing = append(c.missing, exprFault(c.place(at), hint, "%s has no field %q", base.shape, name))
		return a(anything)
	}
	if !found {
		return c.fail(at, suggest(name, base.names, "there are"), "the map has no entry %q", name)
	}
	return field
}

func (c *exprChecker) slice(n *ast.SliceNode) exprType {
	base := c.node(n.Node)
	for _, bound := range []ast.Node{n.From, n.To} {
		if bound == nil {
			continue
		}
		if t := c.node(bound); t.can != 0 && t.can&aWhole == 0 {
			c.fail(bound, remedy(t.can, aWhole), "a bound is a whole number, and this is %s", t.can)
		}
	}
	switch {
	case base.can == 0 || base.can&(aList|someBytes) != 0:
		base.items, base.can = nil, base.can&(aList|someBytes)
		return base
	case base.can&texts != 0:
		return c.fail(n, "substring(…, from, count) does", "[:] does not cut texts")
	}
	return c.fail(n, "remove what follows it", "%s has no items", base.can)
}
