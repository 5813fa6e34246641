package mapping

import (
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// call checks the arguments of a function.
func (c *exprChecker) call(n *ast.CallNode) exprType {
	name := n.Callee.(*ast.IdentifierNode).Value
	f := functions[name]
	args := make([]exprType, len(n.Arguments))
	for i, arg := range n.Arguments {
		args[i] = c.node(arg)
	}
	if !c.count(n, name, &f) {
		return a(f.gives)
	}
	for i, arg := range n.Arguments {
		c.argument(arg, name, &f, i, &args[i])
	}
	if f.typed != nil {
		return f.typed(args)
	}
	return a(f.gives)
}

// count holds the number of arguments against what a function takes.
func (c *exprChecker) count(n *ast.CallNode, name string, f *function) bool {
	least, most, got := f.least, len(f.args), len(n.Arguments)
	if least == 0 {
		least = most
	}
	if got >= least && (got <= most || f.rest) {
		return true
	}
	wants := strconv.Itoa(least)
	switch {
	case f.rest:
		wants += " or more"
	case least != most:
		wants += " or " + strconv.Itoa(most)
	}
	noun := " arguments"
	if wants == "1" {
		noun = " argument"
	}
	c.fail(n, "write "+f.shownAs(name), "%s has %s%s, and not %d", name, wants, noun, got)
	return false
}

// shownAs shows how a function is written.
func (f *function) shownAs(name string) string {
	args := make([]string, len(f.args))
	for i, k := range f.args {
		args[i] = k.String()
		if f.least > 0 && i >= f.least {
			args[i] += " (may be left out)"
		}
	}
	text := name + "(" + strings.Join(args, ", ")
	if f.rest {
		text += ", …"
	}
	return text + ")"
}

func (c *exprChecker) argument(arg ast.Node, name string, f *function, i int, t *exprType) {
	want := f.args[min(i, len(f.args)-1)]
	constant, isConstant := arg.(*ast.StringNode)
	switch {
	case f.regex > 0 && i == f.regex:
		if _, fault := patternOf(c.text, arg); fault != nil {
			c.faults = append(c.faults, fault)
		}
	case t.can != 0 && t.can&want == 0:
		c.fail(arg, remedy(t.can, want), "%s wants %s, and this is %s", name, want, t.can)
	case isConstant && f.word != nil && f.word.arg == i:
		if err := f.word.check(constant.Value); err != nil {
			c.fail(arg, f.word.hint, "%v", err)
		}
	case want == aList && f.items != 0:
		if item := t.item(); item.can != 0 && item.can&f.items == 0 {
			c.fail(arg, "map(…, "+conversionOfItem(f.items)+"(#)) converts every item", "%s wants a list of which each is %s, and here each is %s", name, f.items, item.can)
		}
	}
}

func conversionOfItem(want kinds) string {
	if want&texts != 0 {
		return "string"
	}
	return "int"
}

// walker checks a function that goes through a list.
func (c *exprChecker) walker(n *ast.BuiltinNode) exprType {
	conditional := walkers[n.Name]
	if len(n.Arguments) == 0 {
		return c.fail(n, "write "+n.Name+"(…, # == 'x')", "%s goes through a list", n.Name)
	}
	list := c.node(n.Arguments[0])
	if list.can != 0 && list.can&aList == 0 {
		return c.fail(n.Arguments[0], "values(…) and keys(…) make lists of a map", "%s goes through a list, and this is %s", n.Name, list.can)
	}
	item := list.item()
	made := a(aBoolean)
	if len(n.Arguments) > 1 {
		c.items = append(c.items, item)
		if predicate := n.Arguments[1].(*ast.PredicateNode); conditional {
			c.condition(predicate.Node)
		} else {
			made = c.node(predicate.Node)
		}
		c.items = c.items[:len(c.items)-1]
	}
	switch n.Name {
	case "filter":
		return aListOf(item)
	case "find":
		return item
	case "findIndex", "count":
		return a(aWhole)
	case "map":
		return aListOf(made)
	}
	return a(aBoolean)
}
