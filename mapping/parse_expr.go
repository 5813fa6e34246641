package mapping

import (
	"bytes"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

const constHint = "for a constant text write {const: …}"

// expressionOr reads a scalar that is no path as an expression. What looks like a
// path keeps its own fault.
func (p *parser) expressionOr(n *yaml.Node, noPath *pathFault) (Source, []*pathFault) {
	e, faults := parseExpression(n.Value, func(offset int) Pos { return p.within(n, offset) })
	switch {
	case faults != nil && !noPath.more:
		return Source{}, []*pathFault{noPath}
	case faults != nil && p.cutByComment(n):
		faults[0].hint = "put the expression into quotes: YAML takes a # after a space, and what follows, for a comment"
		return Source{}, faults[:1]
	case faults != nil:
		return Source{}, faults
	case len(e.Inputs) == 0 && !e.Now && !noPath.more:
		return Source{}, []*pathFault{noPath}
	case len(e.Inputs) == 0 && !e.Now:
		return Source{}, []*pathFault{exprFault(0, constHint, "the expression names nothing of the record")}
	}
	return Source{Root: RootExpr, Expr: e}, nil
}

// cutByComment reports whether a comment follows a text without quotes.
func (p *parser) cutByComment(n *yaml.Node) bool {
	at := pos(n)
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 || at.Line < 1 || at.Line > len(p.lines) {
		return false
	}
	line := p.lines[at.Line-1]
	rest := line[byteOffset(line, at.Col):]
	return bytes.Contains(rest, []byte(" #"))
}

// condition reads `when:` or `delete_when:`.
func (p *parser) condition(n *yaml.Node, what string) *Expression {
	if p.word(n, what) == "" {
		return nil
	}
	return p.expressionOf(n)
}

// expressionOf reads a scalar as an expression, which a path is too.
func (p *parser) expressionOf(n *yaml.Node) *Expression {
	var s Source
	if !p.path(n, &s) {
		return nil
	}
	if s.Root == RootExpr {
		return s.Expr
	}
	e, faults := parseExpression(n.Value, func(offset int) Pos { return p.within(n, offset) })
	for _, fault := range faults {
		p.fault(p.within(n, fault.at), fault.hint, "%s", fault.message)
	}
	return e
}

// ttlOrExpr reads `ttl:`: a duration, or what gives the seconds of each row.
func (p *parser) ttlOrExpr(t *TableMapping, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != tagString || !strings.ContainsAny(n.Value, ".(['") {
		t.TTL = p.ttl(n)
		return
	}
	t.TTLFrom = p.expressionOf(n)
}
