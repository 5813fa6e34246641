package mapping

import (
	"cmp"
	"errors"
	"regexp"
	"regexp/syntax"

	"github.com/expr-lang/expr/ast"
)

func (c *exprChecker) binary(n *ast.BinaryNode) exprType {
	switch n.Operator {
	case "and", "or", "&&", "||":
		c.condition(n.Left)
		c.condition(n.Right)
		return a(aBoolean)
	case "matches":
		return c.matches(n)
	}
	l, r := c.node(n.Left), c.node(n.Right)
	switch n.Operator {
	case "??":
		return either(l, r)
	case "==", "!=", "<", "<=", ">", ">=":
		return c.comparison(n, &l, &r)
	case "in":
		return c.in(n, &l, &r)
	case "contains", "startsWith", "endsWith":
		c.wantText(n.Left, n.Operator, &l)
		c.wantText(n.Right, n.Operator, &r)
		return a(aBoolean)
	}
	return c.arithmetic(n, &l, &r)
}

// wantText wants a text of one side of an operator.
func (c *exprChecker) wantText(n ast.Node, operator string, t *exprType) {
	if t.can == 0 || t.can&texts != 0 {
		return
	}
	hint := remedy(t.can, texts)
	if t.can == aList && operator == "contains" {
		hint = "write 'x' in …"
	}
	c.fail(n, hint, "%s wants a text, and this is %s", operator, t.can)
}

func (c *exprChecker) matches(n *ast.BinaryNode) exprType {
	l := c.node(n.Left)
	c.wantText(n.Left, n.Operator, &l)
	if _, fault := patternOf(c.text, n.Right); fault != nil {
		c.faults = append(c.faults, fault)
	}
	return a(aBoolean)
}

// patternOf compiles the regular expression that a node says.
func patternOf(text string, n ast.Node) (*regexp.Regexp, *pathFault) {
	at := byteAt(text, int64(leftmost(n).Location().From))
	constant, ok := n.(*ast.StringNode)
	if !ok {
		return nil, exprFault(at, "write it in quotes", "a pattern must be a constant text")
	}
	pattern, err := regexp.Compile(constant.Value)
	if err != nil {
		return nil, exprFault(at, "the syntax is that of RE2: https://github.com/google/re2/wiki/Syntax", "this is not a regular expression: %s", patternError(err))
	}
	if pattern.NumSubexp() > maxGroups {
		return nil, exprFault(at, "(?:…) is a group that is not remembered", "a pattern has up to %d groups", maxGroups)
	}
	return pattern, nil
}

// patternError gives what is wrong, without the whole pattern.
func patternError(err error) string {
	var fault *syntax.Error
	if errors.As(err, &fault) {
		return fault.Code.String()
	}
	return err.Error()
}

// maxGroups bounds what a match remembers.
const maxGroups = 20

// comparables are the sets whose members can be compared with each other.
var comparables = []kinds{numbers, texts, aTime, aSpan}

func (c *exprChecker) comparison(n *ast.BinaryNode, l, r *exprType) exprType {
	fits := l.can == 0 || r.can == 0
	for _, set := range comparables {
		fits = fits || l.can&set != 0 && r.can&set != 0
	}
	equality := n.Operator == "==" || n.Operator == "!="
	if equality {
		fits = fits || l.can&r.can != 0
	}
	switch {
	case fits:
	case equality:
		c.operator(n, l, r, "%s and %s are never equal", l.can, r.can)
	case l.can == r.can:
		c.operator(n, l, r, "%s has no order", l.can)
	default:
		c.operator(n, l, r, "%s and %s cannot be compared", l.can, r.can)
	}
	return a(aBoolean)
}

// operator says what is wrong with both sides of an operator, at the operator.
func (c *exprChecker) operator(n *ast.BinaryNode, l, r *exprType, format string, args ...any) exprType {
	hint, other := remedy(r.can, l.can), remedy(l.can, r.can)
	if hint == "" || l.can&texts != 0 && n.Operator != "+" {
		hint = cmp.Or(other, hint)
	}
	c.faults = append(c.faults, exprFault(byteAt(c.text, int64(n.Location().From)), hint, format, args...))
	return a(anything)
}

func (c *exprChecker) in(n *ast.BinaryNode, l, r *exprType) exprType {
	elem := r.item()
	switch {
	case l.can == 0 || r.can == 0:
	case r.can&(aList|aMap) == 0:
		hint := ""
		if r.can&texts != 0 {
			hint = "for a part of a text write … contains …"
		}
		c.operator(n, &exprType{}, &exprType{}, "nothing can be in %s", r.can)
		c.faults[len(c.faults)-1].hint = hint
	case r.can == aMap && l.can&texts == 0:
		c.operator(n, l, &exprType{can: texts}, "the names of a map's entries are texts, and this is %s", l.can)
	case r.can == aList && elem.can != 0 && !alike(l.can, elem.can):
		c.operator(n, l, &elem, "%s is never in a list of which each is %s", l.can, elem.can)
	}
	return a(aBoolean)
}

// alike reports whether values of two sets can be equal.
func alike(l, r kinds) bool {
	for _, set := range comparables {
		if l&set != 0 && r&set != 0 {
			return true
		}
	}
	return l&r != 0
}

// arithmetic gives what + - * / % make of two types.
func (c *exprChecker) arithmetic(n *ast.BinaryNode, l, r *exprType) exprType {
	if l.can == 0 || r.can == 0 {
		return exprType{}
	}
	var out kinds
	l.can.each(func(x kinds) {
		r.can.each(func(y kinds) { out |= arithmeticOf(n.Operator, x, y) })
	})
	if out == 0 {
		return c.operator(n, l, r, "%s and %s do not go together with %s", l.can, r.can, n.Operator)
	}
	return a(out)
}

// arithmeticOf is for one kind on each side; empty: they do not go together.
func arithmeticOf(op string, x, y kinds) kinds {
	both := x | y
	switch {
	case both&^numbers == 0 && op == "/":
		return aReal
	case op == "%" && both != aWhole:
		return 0
	case both&^numbers == 0 && both&aReal != 0:
		return aReal
	case both&^numbers == 0 && both&aDecimal != 0:
		return aDecimal
	case both == aWhole:
		return aWhole
	case both&^texts == 0 && op == "+":
		return aText
	case both == aSpan && (op == "+" || op == "-"), both == aTime && op == "-":
		return aSpan
	case both == aTime|aSpan && (op == "+" || op == "-" && x == aTime):
		return aTime
	}
	return 0
}

// remedy names the function that makes of a value what is wanted.
func remedy(have, want kinds) string {
	switch {
	case want&texts != 0 && have&(aList|aMap) != 0 && have&^(aList|aMap) == 0:
		return "json(…) makes a text of it"
	case want&texts != 0 && want&^texts == 0:
		return "string(…) makes a text of it"
	case want&aTime != 0 && have&texts != 0:
		return "time(…) reads a time from a text"
	case want&aTime != 0 && have&numbers != 0:
		return "from_epoch(…, 'ms') makes a time of a number"
	case want&numbers != 0 && have == aTime:
		return "to_epoch(…, 's') makes a number of a time"
	case want&aSpan != 0 && have&texts != 0:
		return "duration(…) reads a duration from a text"
	case want == aSpan && have&numbers != 0:
		return "duration('5s') is a duration"
	case want&numbers != 0 && have&(texts|aBoolean) != 0, want == aWhole && have&numbers != 0:
		return "int(…) makes a whole number of it, float(…) a floating point number"
	}
	return ""
}
