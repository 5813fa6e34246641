package mapping

import (
	"errors"
	"fmt"
	"slices"

	"github.com/expr-lang/expr/checker"
	exprcompiler "github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	exprparser "github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Bounds of an expression.
const (
	maxExprLength = 4096 // bytes
	maxExprNodes  = 500
	maxExprMemory = 1_000_000 // items that the library makes lists of
)

// Expression is what feeds a column where it is more than a path. It is immutable.
type Expression struct {
	Text   string
	Inputs []Input // the paths it names, each once
	Now    bool    // it asks for the time of day

	quick   *condition // the same, where it is comparisons alone; nil: it is more
	program *vm.Program
	at      func(offset int) Pos // of a byte of the text
}

// Input is a path that an expression names. Of a longer one only what is constant
// is the path: value.items[item_index].sku names value.items.
type Input struct {
	Source Source
	At     Pos
	offset int
}

// exprFault is pathFault for expressions.
func exprFault(at int, hint, format string, args ...any) *pathFault {
	return &pathFault{at: at, message: fmt.Sprintf(format, args...), hint: hint}
}

// parseExpression reads an expression; at gives the place of a byte of it. It says
// all that is wrong with it whatever the schemas are.
func parseExpression(text string, at func(offset int) Pos) (*Expression, []*pathFault) {
	if len(text) > maxExprLength {
		return nil, []*pathFault{exprFault(0, "prepare the value in the producer, or leave some of it out", "an expression has up to %d bytes, and this has %d", maxExprLength, len(text))}
	}
	e := &Expression{Text: text, at: at}
	tree, w, faults := e.tree()
	if faults != nil {
		return nil, faults
	}
	for i := range w.inputs {
		w.inputs[i].At = at(w.inputs[i].offset)
	}
	e.Inputs, e.Now = w.inputs, w.now
	if _, found := e.check(known{}); len(found.faults) > 0 {
		return nil, found.faults
	}
	e.quick = conditionOf(tree.Node, e.Inputs)
	if fault := e.compile(tree); fault != nil {
		return nil, []*pathFault{fault}
	}
	return e, nil
}

// compile makes the program of a tree that has no faults.
func (e *Expression) compile(tree *exprparser.Tree) *pathFault {
	lower := lowering{text: e.Text}
	if tree.Node = lower.node(tree.Node); lower.fault != nil {
		return lower.fault
	}
	config := runConfig(e.Inputs)
	if _, err := checker.Check(tree, config); err != nil {
		return syntaxFault(e.Text, err)
	}
	lower.pretend()
	program, err := exprcompiler.Compile(tree, config)
	if err != nil {
		return exprFault(0, "", "the expression cannot be compiled")
	}
	e.program = program
	return nil
}

// tree parses the text and puts inputs in the place of paths.
func (e *Expression) tree() (*exprparser.Tree, *inputWalk, []*pathFault) {
	tree, err := exprparser.ParseWithConfig(e.Text, parseConfig())
	if err != nil {
		return nil, nil, []*pathFault{syntaxFault(e.Text, err)}
	}
	if fault := scanSyntax(e.Text).pipe(); fault != nil {
		return nil, nil, []*pathFault{fault}
	}
	w := &inputWalk{text: e.Text}
	tree.Node = w.node(tree.Node)
	return tree, w, w.faults
}

// parseConfig makes each function known to the parser, in the place of the
// library's of that name.
func parseConfig() *conf.Config {
	config := conf.CreateNew()
	config.MaxNodes, config.Optimize, config.DisableIfOperator = maxExprNodes, false, true
	for name := range functions {
		exprFunction(config, name, nil)
	}
	return config
}

// runConfig is for what runs: nothing is known of the types of inputs, so that
// nothing depends on them.
func runConfig(inputs []Input) *conf.Config {
	config := conf.CreateNew()
	config.Optimize = false
	names := types.Map{budgetName: types.Any}
	for i := range inputs {
		names[inputs[i].Source.String()] = types.Any
	}
	config.WithEnv(names)
	for name, f := range functions {
		exprFunction(config, name, bounded(f.call, f.nulls))
	}
	for name, call := range operators {
		exprFunction(config, opName+name, bounded(call, true))
	}
	return config
}

const (
	budgetName = "$budget" // the input that holds the budget of an evaluation
	opName     = "$op "    // before an operator's name
)

// bounded passes the budget, which comes before the arguments.
func bounded(call func(*budget, []any) (any, error), nulls bool) func(...any) (any, error) {
	return func(params ...any) (any, error) {
		args := params[1:]
		if !nulls && slices.Contains(args, nil) {
			return nil, nil
		}
		b := params[0].(*budget)
		for _, v := range args {
			if err := b.read(v); err != nil {
				return nil, ours{err}
			}
		}
		out, err := call(b, args)
		if err != nil {
			return nil, ours{err}
		}
		return out, nil
	}
}

// errExpr is why an expression failed, without values.
type errExpr struct {
	text string
	err  error
}

func (e *errExpr) Error() string { return e.text + e.err.Error() }
func (e *errExpr) Unwrap() error { return e.err }

var (
	errRun    = errors.New("the expression fails on this record: a value is of another type than it needs, or an index is out of range")
	errMemory = errors.New("the expression makes too many items")
)

// run evaluates the expression on the values of its inputs, by their names.
func (e *Expression) run(machine *vm.VM, b *budget, env map[string]any) (out any, err error) {
	b.begin()
	env[budgetName] = b
	machine.MemoryBudget = maxExprMemory
	out, err = machine.Run(e.program, env)
	if err == nil {
		return widened(out), nil
	}
	var at *file.Error
	if !errors.As(err, &at) {
		return nil, errRun
	}
	where := fmt.Sprintf("at character %d of the expression: ", at.From+1)
	switch cause := at.Prev; {
	case cause != nil && isOurs(cause):
		return nil, &errExpr{where, cause}
	case at.Message == "memory budget exceeded":
		return nil, &errExpr{where, errMemory}
	}
	return nil, &errExpr{where, errRun}
}

// ours marks the errors of our own functions: they hold no values, as the
// library's may.
type ours struct{ error }

func (o ours) Unwrap() error { return o.error }

func isOurs(err error) bool {
	_, ok := errors.AsType[ours](err)
	return ok
}
