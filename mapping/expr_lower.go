package mapping

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
)

// lowering makes of a tree with inputs what runs: operators and functions become
// calls with the budget before their arguments.
type lowering struct {
	text  string
	kept  []*ast.SequenceNode
	fault *pathFault
}

func (l *lowering) node(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return l.unary(n)
	case *ast.BinaryNode:
		return l.binary(n)
	case *ast.CallNode:
		l.call(n)
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
	case *ast.MapNode:
		for _, pair := range n.Pairs {
			p := pair.(*ast.PairNode)
			p.Value = l.node(p.Value)
		}
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
		n.Left, n.Right = l.asItIs(l.node(n.Left)), l.asItIs(l.node(n.Right))
		return n
	case "matches":
		return l.matches(n)
	}
	return call(n, n.Operator, l.node(n.Left), l.node(n.Right))
}

// asItIs keeps the library from following a pointer, which a decimal is, in a value
// of unknown type: see pretend.
func (l *lowering) asItIs(n ast.Node) ast.Node {
	one := &ast.SequenceNode{Nodes: []ast.Node{n}}
	one.SetLocation(n.Location())
	l.kept = append(l.kept, one)
	return one
}

// pretend gives what stands as it is a type that is no pointer, after the library
// has given every node its own.
func (l *lowering) pretend() {
	for _, n := range l.kept {
		n.SetType(reflect.TypeFor[string]())
	}
}

// matches compiles the pattern.
func (l *lowering) matches(n *ast.BinaryNode) ast.Node {
	return call(n, "matches", l.node(n.Left), l.pattern(n.Right))
}

func (l *lowering) pattern(n ast.Node) ast.Node {
	pattern, fault := patternOf(l.text, n)
	if fault != nil {
		l.fault = fault
		return n
	}
	constant := &ast.ConstantNode{Value: pattern}
	constant.SetLocation(n.Location())
	return constant
}

// call puts the budget before the arguments.
func (l *lowering) call(n *ast.CallNode) {
	regex := functions[n.Callee.(*ast.IdentifierNode).Value].regex
	for i, arg := range n.Arguments {
		if regex > 0 && i == regex {
			n.Arguments[i] = l.pattern(arg)
			continue
		}
		n.Arguments[i] = l.node(arg)
	}
	n.Arguments = append([]ast.Node{budgetNode(n)}, n.Arguments...)
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

// exprFunction makes a function known to the library, which learns nothing of its
// arguments: those are held by exprChecker before, and when it is called.
func exprFunction(config *conf.Config, name string, run func(...any) (any, error)) {
	config.Functions[name] = &builtin.Function{Name: name, Func: run}
}
