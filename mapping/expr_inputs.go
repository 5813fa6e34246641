package mapping

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/file"
)

// inputWalk puts an input in the place of each path, and refuses what the language
// does not have.
type inputWalk struct {
	text   string
	inputs []Input
	locals []string // of `let`
	now    bool
	faults []*pathFault
}

func (w *inputWalk) fail(n ast.Node, hint, format string, args ...any) {
	w.faults = append(w.faults, exprFault(byteAt(w.text, int64(n.Location().From)), hint, format, args...))
}

// node walks a tree and gives what stands in its place.
func (w *inputWalk) node(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return w.identifier(n)
	case *ast.ChainNode:
		inner := w.node(n.Node)
		if _, chained := inner.(*ast.ChainNode); chained {
			return inner
		}
		if _, input := inner.(*ast.IdentifierNode); input {
			return inner
		}
		n.Node = inner
	case *ast.MemberNode:
		return w.member(n)
	case *ast.CallNode:
		w.call(n)
	case *ast.BuiltinNode:
		w.builtin(n)
	case *ast.BinaryNode:
		w.binary(n)
	case *ast.VariableDeclaratorNode:
		w.variable(n)
	case *ast.BytesNode:
		w.fail(n, "from_hex('…') makes bytes", "bytes cannot be written here")
	default:
		w.children(n)
	}
	return n
}

// children walks what holds nodes without a meaning of its own.
func (w *inputWalk) children(n ast.Node) {
	switch n := n.(type) {
	case *ast.UnaryNode:
		n.Node = w.node(n.Node)
	case *ast.SliceNode:
		n.Node = w.node(n.Node)
		if n.From != nil {
			n.From = w.node(n.From)
		}
		if n.To != nil {
			n.To = w.node(n.To)
		}
	case *ast.PredicateNode:
		n.Node = w.node(n.Node)
	case *ast.ConditionalNode:
		n.Cond, n.Exp1, n.Exp2 = w.node(n.Cond), w.node(n.Exp1), w.node(n.Exp2)
	case *ast.SequenceNode:
		w.list(n.Nodes)
	case *ast.ArrayNode:
		w.list(n.Nodes)
	case *ast.MapNode:
		for _, pair := range n.Pairs {
			p := pair.(*ast.PairNode)
			p.Value = w.node(p.Value)
		}
	}
}

// variable is `let`, whose name is nobody else's.
func (w *inputWalk) variable(n *ast.VariableDeclaratorNode) {
	_, function := functions[n.Name]
	_, walker := walkers[n.Name]
	_, library := builtin.Index[n.Name]
	if function || walker || library || slices.Contains(rootNames, n.Name) || slices.Contains(w.locals, n.Name) {
		w.fail(n, "choose another", "the name %q is taken", n.Name)
	}
	n.Value = w.node(n.Value)
	w.locals = append(w.locals, n.Name)
	n.Expr = w.node(n.Expr)
	w.locals = w.locals[:len(w.locals)-1]
}

func (w *inputWalk) list(nodes []ast.Node) {
	for i := range nodes {
		nodes[i] = w.node(nodes[i])
	}
}

var binaryOperators = []string{"+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "endsWith", "matches", "and", "or", "&&", "||", "??"}

func (w *inputWalk) binary(n *ast.BinaryNode) {
	if !slices.Contains(binaryOperators, n.Operator) {
		hints := map[string]string{"**": "multiply with *", "^": "multiply with *", "..": "write the numbers as a list: [1, 2, 3]"}
		w.fail(n, hints[n.Operator], "there is no operator %q", n.Operator)
	}
	n.Left, n.Right = w.node(n.Left), w.node(n.Right)
}

func (w *inputWalk) call(n *ast.CallNode) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		w.method(n)
		return
	}
	if _, known := functions[callee.Value]; !known {
		w.unknown(n, callee.Value)
	}
	w.now = w.now || callee.Value == "now"
	w.list(n.Arguments)
}

// method: value.s.lower() is how others write it.
func (w *inputWalk) method(n *ast.CallNode) {
	hint := ""
	if m, ok := n.Callee.(*ast.MemberNode); ok {
		if name, ok := m.Property.(*ast.StringNode); ok {
			hint = nearest(name.Value, functionNames())
			if hint != "" {
				hint = "write the function around it: " + hint + "(…)"
			}
		}
	}
	w.fail(n, hint, "values have no methods")
}

func functionNames() []string {
	return append(slices.Sorted(maps.Keys(functions)), slices.Sorted(maps.Keys(walkers))...)
}

func (w *inputWalk) builtin(n *ast.BuiltinNode) {
	if _, known := walkers[n.Name]; !known {
		w.unknown(n, n.Name)
	}
	w.list(n.Arguments)
}

func (w *inputWalk) unknown(n ast.Node, name string) {
	hint := otherFunctions[name]
	if hint == "" {
		hint = suggestOr(name, functionNames(), "docs/mapping.md lists them")
	}
	w.fail(n, hint, "there is no function %q", name)
}

// otherFunctions are what other languages have under another name, or we cannot.
var otherFunctions = map[string]string{
	"uuid":   "a random one would differ at each replay: uuid_v5('url', …) makes one of what the record says",
	"uuid4":  "a random one would differ at each replay: uuid_v5('url', …) makes one of what the record says",
	"random": "it would differ at each replay: hash(…) is the same each time", "rand": "it would differ at each replay: hash(…) is the same each time",
	"if": "write condition ? this : that", "ifnull": "write coalesce(…) or ??", "nvl": "write coalesce(…) or ??", "default": "write coalesce(…) or ??",
	"length": "write len(…)", "size": "write len(…)", "toLower": "write lower(…)", "toUpper": "write upper(…)", "lowercase": "write lower(…)", "uppercase": "write upper(…)",
	"str": "write string(…)", "text": "write string(…)", "to_string": "write string(…)", "toString": "write string(…)", "number": "write int(…) or float(…)", "bool": "compare it: … == 'true'", "boolean": "compare it: … == 'true'",
	"date": "write bucket(…, '1d') for the day of a time, time(…) to read one from a text", "timestamp": "write time(…) or from_epoch(…, 'ms')", "datetime": "write time(…)",
	"day": "write bucket(…, '1d'), or format_time(…, '%d')", "year": "write format_time(…, '%Y')", "month": "write format_time(…, '%m')", "hour": "write format_time(…, '%H')",
	"strftime": "write format_time(…, '%Y-%m-%d')", "date_format": "write format_time(…, '%Y-%m-%d')", "strptime": "write parse_time(…, '%Y-%m-%d')",
	"regexp_replace": "write regex_replace(…)", "re_replace": "write regex_replace(…)", "regexp_extract": "write regex_find(…)", "match": "write … matches '…'", "matches": "write … matches '…'",
	"contains": "write … contains …", "startsWith": "write … startsWith …", "endsWith": "write … endsWith …", "starts_with": "write … startsWith …", "ends_with": "write … endsWith …", "has_prefix": "write … startsWith …", "has_suffix": "write … endsWith …",
	"format": "put texts together with + or concat(…)", "lpad": "write pad_left(…)", "padStart": "write pad_left(…)", "to_json": "write json(…)", "toJSON": "write json(…)", "parse_json": "write from_json(…)", "fromJSON": "write from_json(…)",
	"encode": "write base64(…) or hex(…)", "toBase64": "write base64(…)", "fromBase64": "write from_base64(…)", "substr": "write substring(…, from, count)", "slice": "write substring(…, from, count)", "reduce": "sum(…), any(…), map(…) and their like go through a list",
}

// identifier: the root of a path that is the whole of it, or a variable.
func (w *inputWalk) identifier(n *ast.IdentifierNode) ast.Node {
	if slices.Contains(w.locals, n.Value) {
		return n
	}
	if !slices.Contains(rootNames, n.Value) {
		w.fail(n, w.nameHint(n), "there is nothing named %q", n.Value)
		return n
	}
	return w.input(n, n.Value, nil)
}

func (w *inputWalk) nameHint(n *ast.IdentifierNode) string {
	at := byteAt(w.text, int64(n.Location().From))
	switch {
	case otherWords[n.Value] != "":
		return otherWords[n.Value]
	case at > 0 && w.text[at-1] == '-':
		return "a name with a hyphen is written in brackets: value['order-id']"
	case slices.Contains(functionNames(), n.Value):
		return "a function's arguments stand in brackets: " + n.Value + "(…)"
	}
	return suggestOr(n.Value, slices.Concat(rootNames, w.locals), "a text stands in quotes; a path starts with value, key, header or meta")
}

// member gives an input for a path as far as its steps are constant.
func (w *inputWalk) member(n *ast.MemberNode) ast.Node {
	if root, steps, ok := w.path(n); ok {
		return w.input(n, root, steps)
	}
	n.Node = w.node(n.Node)
	if _, constant := n.Property.(*ast.StringNode); !constant {
		n.Property = w.node(n.Property)
	}
	n.Optional = true // through null gives null
	if chain, ok := n.Node.(*ast.ChainNode); ok {
		n.Node = chain.Node
	}
	chain := &ast.ChainNode{Node: n}
	chain.SetLocation(n.Location())
	return chain
}

// path reads members as the steps of a path.
func (w *inputWalk) path(n ast.Node) (root string, steps []Step, ok bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value, nil, slices.Contains(rootNames, n.Value) && !slices.Contains(w.locals, n.Value)
	case *ast.ChainNode:
		return w.path(n.Node)
	case *ast.MemberNode:
		root, steps, ok = w.path(n.Node)
		if !ok || n.Method || len(steps) >= maxPathSteps {
			return "", nil, false
		}
		switch p := n.Property.(type) {
		case *ast.StringNode:
			step := Step{Kind: StepField, Name: p.Value}
			if at := byteAt(w.text, int64(p.Location().From)); at < len(w.text) && (w.text[at] == '\'' || w.text[at] == '"') {
				step.Kind = StepKey
			}
			return root, append(slices.Clip(steps), step), true
		case *ast.IntegerNode:
			return root, append(slices.Clip(steps), Step{Kind: StepIndex, Index: p.Value}), p.Value >= 0
		}
	}
	return "", nil, false
}

// input gives the identifier of a path, and notes the path.
func (w *inputWalk) input(n ast.Node, root string, steps []Step) ast.Node {
	s := Source{Root: pathRoots[root], Path: steps}
	switch {
	case root == "header" && (len(steps) != 1 || steps[0].Kind != StepKey):
		w.fail(n, "its text is all that there is of it", "a header is written header['name'], and nothing follows")
		return n
	case root == "meta" && (len(steps) != 1 || !slices.Contains(metaNames, steps[0].Name)):
		w.fail(n, "there are: "+quoteList(metaNames), "meta needs one of its fields: meta.offset")
		return n
	case (root == "item_index" || root == "item_key" || root == "op") && len(steps) > 0:
		w.fail(n, "remove what follows it", "%s has no fields", root)
		return n
	case root == "header":
		s = Source{Root: RootHeader, Name: steps[0].Name}
	case root == "meta":
		s = Source{Root: RootMeta, Name: steps[0].Name}
	}
	name := s.String()
	if !slices.ContainsFunc(w.inputs, func(in Input) bool { return in.Source.String() == name }) {
		w.inputs = append(w.inputs, Input{Source: s, offset: byteAt(w.text, int64(startOf(n).From))})
	}
	id := &ast.IdentifierNode{Value: name}
	id.SetLocation(startOf(n))
	return id
}

// startOf gives where the path of a node begins.
func startOf(n ast.Node) file.Location {
	for {
		switch inner := n.(type) {
		case *ast.ChainNode:
			n = inner.Node
			continue
		case *ast.MemberNode:
			n = inner.Node
			continue
		}
		return n.Location()
	}
}
