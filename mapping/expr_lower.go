package mapping

import (
	"reflect"
	"regexp"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
)

// lowering makes of a tree with inputs what runs: operators and functions become
// calls with the budget before their arguments.
type lowering struct {
	fault *pathFault
}

func (l *lowering) node(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return l.unary(n)
	case *ast.BinaryNode:
		return l.binary(n)
	case *ast.CallNode:
		l.list(n.Arguments)
		n.Arguments = append([]ast.Node{budgetNode(n)}, n.Arguments...)
	case *ast.BuiltinNode:
		l.builtin(n)
	case *ast.ConditionalNode:
		n.Cond, n.Exp1, n.Exp2 = l.truth(n.Cond), l.node(n.Exp1), l.node(n.Exp2)
	default:
		l.children(n)
	}
	return n
}

func (l *lowering) children(n ast.Node) {
	switch n := n.(type) {
	case *ast.ChainNode:
		n.Node = l.node(n.Node)
	case *ast.MemberNode:
		n.Node, n.Property = l.node(n.Node), l.node(n.Property)
	case *ast.SliceNode:
		n.Node = l.node(n.Node)
		if n.From != nil {
			n.From = l.node(n.From)
		}
		if n.To != nil {
			n.To = l.node(n.To)
		}
	case *ast.PredicateNode:
		n.Node = l.node(n.Node)
	case *ast.VariableDeclaratorNode:
		n.Value, n.Expr = l.node(n.Value), l.node(n.Expr)
	case *ast.SequenceNode:
		l.list(n.Nodes)
	case *ast.ArrayNode:
		l.list(n.Nodes)
	}
}

func (l *lowering) list(nodes []ast.Node) {
	for i := range nodes {
		nodes[i] = l.node(nodes[i])
	}
}

func (l *lowering) truth(n ast.Node) ast.Node { return call(n, "$truth", l.node(n)) }

func (l *lowering) unary(n *ast.UnaryNode) ast.Node {
	switch n.Operator {
	case "!", "not":
		n.Node = l.truth(n.Node)
		return n
	case "-":
		switch number := n.Node.(type) {
		case *ast.IntegerNode:
			number.Value = -number.Value
			return number
		case *ast.FloatNode:
			number.Value = -number.Value
			return number
		}
		zero := &ast.IntegerNode{}
		zero.SetLocation(n.Location())
		return call(n, "-", zero, l.node(n.Node))
	}
	return l.node(n.Node)
}

func (l *lowering) binary(n *ast.BinaryNode) ast.Node {
	switch n.Operator {
	case "and", "or", "&&", "||":
		n.Left, n.Right = l.truth(n.Left), l.truth(n.Right)
		return n
	case "??":
		n.Left, n.Right = l.node(n.Left), l.node(n.Right)
		return n
	case "matches":
		return l.matches(n)
	}
	return call(n, n.Operator, l.node(n.Left), l.node(n.Right))
}

// matches compiles the pattern, which must be a constant.
func (l *lowering) matches(n *ast.BinaryNode) ast.Node {
	at := n.Right.Location().From
	text, ok := n.Right.(*ast.StringNode)
	if !ok {
		l.fault = exprFault(at, "", "a pattern is a text in quotes")
		return n
	}
	pattern, err := regexp.Compile(text.Value)
	if err != nil {
		l.fault = exprFault(at, "the syntax is that of RE2: https://github.com/google/re2/wiki/Syntax", "this is not a regular expression")
		return n
	}
	constant := &ast.ConstantNode{Value: pattern}
	constant.SetLocation(n.Right.Location())
	return call(n, "matches", l.node(n.Left), constant)
}

// builtin: what is gone through counts, and conditions are what `when:` takes for
// one.
func (l *lowering) builtin(n *ast.BuiltinNode) {
	l.list(n.Arguments)
	n.Arguments[0] = call(n.Arguments[0], "$list", n.Arguments[0])
	if predicate, ok := n.Arguments[len(n.Arguments)-1].(*ast.PredicateNode); ok && walkers[n.Name] {
		predicate.Node = call(predicate.Node, "$truth", predicate.Node)
	}
}

// call makes the call of an operator in the place of a node.
func call(at ast.Node, operator string, args ...ast.Node) ast.Node {
	callee := &ast.IdentifierNode{Value: opName + operator}
	callee.SetLocation(at.Location())
	n := &ast.CallNode{Callee: callee, Arguments: append([]ast.Node{budgetNode(at)}, args...)}
	n.SetLocation(at.Location())
	return n
}

func budgetNode(at ast.Node) ast.Node {
	n := &ast.IdentifierNode{Value: budgetName}
	n.SetLocation(at.Location())
	return n
}

// exprFunction makes a function known to the library.
func exprFunction(config *conf.Config, name string, run func(...any) (any, error), signatures []any) {
	config.Functions[name] = &builtin.Function{Name: name, Func: run, Types: signatureTypes(signatures)}
}

func signatureTypes(signatures []any) []reflect.Type {
	list := make([]reflect.Type, len(signatures))
	for i, s := range signatures {
		list[i] = reflect.TypeOf(s).Elem()
	}
	return list
}
