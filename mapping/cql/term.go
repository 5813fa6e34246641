package cql

import (
	"slices"
	"strings"
)

// assignment reads one of an UPDATE's.
func (p *parser) assignment() bool {
	column, ok := p.column()
	if !ok {
		return false
	}
	s := Set{Column: column}
	switch {
	case p.peek().Is("["):
		s.Change = AssignAt
		if s.Key, ok = p.element(); !ok {
			return false
		}
	case p.skip("."):
		s.Change = AssignField
		if s.Field, ok = p.field(); !ok {
			return false
		}
	case p.shorthand(&s):
		p.write(" " + sign(s.Change) + "= ")
		return p.value(&s)
	}
	p.write(" ")
	if !p.expect("=") {
		return false
	}
	p.write(" ")
	if s.Change == Assign && p.itself(column) {
		return p.change(&s)
	}
	if s.Value, ok = p.term(); !ok {
		return false
	}
	if s.Change == Assign && p.skip("+") {
		p.write(" + ")
		t := p.peek()
		if !p.itself(column) {
			return p.noArithmetic(t)
		}
		s.Change = Prepend
		p.next()
		p.add(Piece{Kind: Ident, Text: column.Text})
	}
	if t := p.peek(); t.Is("+") || t.Is("-") || t.Is("*") || t.Is("/") || t.Is("%") {
		return p.noArithmetic(t)
	}
	p.st.Sets = append(p.st.Sets, s)
	return true
}

func (p *parser) noArithmetic(t *Token) bool {
	return p.stop(t.At, "compute the value in an expression under `columns:`", "only a column itself can be added to or taken from: c = c + :value")
}

// shorthand reads += and -=.
func (p *parser) shorthand(s *Set) bool {
	t, e := p.peek(), p.second()
	if !t.Is("+") && !t.Is("-") || !e.Is("=") || e.At != t.End {
		return false
	}
	s.Change = Add
	if t.Is("-") {
		s.Change = Subtract
	}
	p.next()
	p.next()
	return true
}

func sign(c Change) string {
	if c == Subtract {
		return "-"
	}
	return "+"
}

// itself reports whether the column's own name comes next, and not a function or a
// constant.
func (p *parser) itself(column Name) bool {
	t := p.peek()
	if t.Text != column.Text || p.second().Is("(") {
		return false
	}
	return t.Kind == Quoted || t.Kind == Word && !isConstant(t.Text)
}

// change reads c = c + v and c = c - v from the second name on.
func (p *parser) change(s *Set) bool {
	p.next()
	p.add(Piece{Kind: Ident, Text: s.Column.Text})
	t := p.next()
	switch {
	case t.Is("+"):
		s.Change = Add
	case t.Is("-"):
		s.Change = Subtract
	default:
		return p.stop(t.At, "", "expected + or -, found %s", t.quote())
	}
	p.write(" " + t.Text + " ")
	return p.value(s)
}

func (p *parser) value(s *Set) bool {
	var ok bool
	if s.Value, ok = p.term(); !ok {
		return false
	}
	p.st.Sets = append(p.st.Sets, *s)
	return true
}

func isConstant(word string) bool {
	return slices.Contains([]string{"true", "false", "null", "nan", "infinity"}, word)
}

// term reads what stands for a value, and writes it.
func (p *parser) term() (*Term, bool) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.stop(p.peek().At, "", "values are nested more than %d levels deep", maxDepth)
	}
	defer func() { p.depth-- }()
	t := p.peek()
	out := &Term{At: t.At}
	switch {
	case t.Is(":"):
		return out, p.bind(out, "", t.At)
	case t.Is("?"): // strip has said it
		p.next()
		out.Kind = Constant
		return out, true
	case t.Is("("):
		return out, p.parenthesis(out)
	case t.Is("["):
		out.Kind = ListTerm
		return out, p.items(out, "[", "]")
	case t.Is("{"):
		return out, p.braces(out)
	case t.Is("-") && (p.second().Kind == Number || p.second().Is("infinity") || p.second().Is("nan")):
		p.next()
		p.write("-")
		return out, p.constant(out)
	case t.Kind == Text, t.Kind == Number, t.Kind == Word && isConstant(t.Text) && !p.second().Is("("):
		return out, p.constant(out)
	case t.Kind == Word || t.Kind == Quoted:
		return out, p.call(out)
	}
	return nil, p.stop(t.At, "", "expected a value, found %s", t.quote())
}

// constant writes one as it stands in the text.
func (p *parser) constant(out *Term) bool {
	t := p.next()
	out.Kind = Constant
	p.write(p.src[t.At:t.End])
	return true
}

// bind reads :name.
func (p *parser) bind(out *Term, hint string, hintAt int) bool {
	at := p.next().At
	if t := p.peek(); t.Kind != Word && t.Kind != Quoted || t.Text == "" {
		return p.stop(at, "write :name", "expected the name of a bind after the colon, found %s", t.quote())
	}
	b := &Bind{Name: p.name(), At: at, Hint: hint, HintAt: hintAt}
	switch {
	case b.Name == TimestampBind:
		p.fault(at, "give the bind of a value another name", ":timestamp is the record's write timestamp, and stands in USING TIMESTAMP alone")
	case b.Name == TTLBind:
		p.fault(at, "give the bind of a value another name", ":ttl is the rest of the row's life, and stands in USING TTL alone")
	case len(p.st.Binds) == MaxBinds:
		return p.stop(at, "", "a statement has up to %d binds", MaxBinds)
	}
	out.Kind, out.Bind = BindTerm, b
	p.add(Piece{Kind: BindMark, Bind: len(p.st.Binds)})
	p.st.Binds = append(p.st.Binds, b)
	return true
}

// parenthesis reads a tuple, or a term behind its type: (int) :b.
func (p *parser) parenthesis(out *Term) bool {
	open := p.peek().At
	first, after := p.second(), p.tokens[min(p.pos+2, len(p.tokens)-1)]
	isType := first.Kind == Quoted || first.Kind == Word && !isConstant(first.Text)
	if !isType || after.Is("(") || after.Is(".") {
		out.Kind = TupleTerm
		return p.items(out, "(", ")")
	}
	p.next()
	hint, ok := p.typeText()
	if !ok {
		return false
	}
	if p.peek().Is(":") {
		return p.bind(out, hint, open)
	}
	p.write("(" + hint + ")")
	inner, ok := p.term()
	if ok {
		*out = *inner
		out.Hint = hint
	}
	return ok
}

// typeText takes a type up to its closing parenthesis, as system_schema writes it.
func (p *parser) typeText() (string, bool) {
	var b strings.Builder
	for {
		switch t := p.next(); {
		case t.Is(")"):
			return b.String(), true
		case t.Kind == Quoted:
			b.WriteString(`"` + strings.ReplaceAll(t.Text, `"`, `""`) + `"`)
		case t.Kind == Word, t.Kind == Number, t.Is("<"), t.Is(">"):
			b.WriteString(t.Text)
		case t.Is(","):
			b.WriteString(", ")
		default:
			return "", p.stop(t.At, "write (int) :name", "expected a type, found %s", t.quote())
		}
	}
}

// items reads the terms of a list, set or tuple.
func (p *parser) items(out *Term, open, end string) bool {
	if p.second().Is(end) && open != "(" {
		p.next()
		p.next()
		p.write(open + end)
		return true
	}
	return p.list(open, end, func() bool {
		item, ok := p.term()
		out.Items = append(out.Items, item)
		return ok
	})
}

// braces reads a set, a map or the fields of a user-defined type.
func (p *parser) braces(out *Term) bool {
	first, after := p.second(), p.tokens[min(p.pos+2, len(p.tokens)-1)]
	if after.Is(":") && (first.Kind == Quoted || first.Kind == Word && !isConstant(first.Text)) {
		out.Kind = UserTerm
		return p.list("{", "}", func() bool {
			n, ok := p.identifier("a field")
			if !ok {
				return false
			}
			p.add(Piece{Kind: Ident, Text: n.Text})
			out.Fields = append(out.Fields, n)
			return p.pair(out)
		})
	}
	out.Kind = SetTerm
	if first.Is("}") {
		return p.items(out, "{", "}")
	}
	return p.list("{", "}", func() bool {
		item, ok := p.term()
		if !ok {
			return false
		}
		out.Items = append(out.Items, item)
		switch {
		case out.Kind == MapTerm, len(out.Items) == 1 && p.peek().Is(":"):
			out.Kind = MapTerm
			return p.pair(out)
		}
		return true
	})
}

// pair reads the value behind a colon.
func (p *parser) pair(out *Term) bool {
	if !p.expect(":") {
		return false
	}
	p.write(" ")
	value, ok := p.term()
	out.Items = append(out.Items, value)
	return ok
}

// call reads f(a, b) and keyspace.f(a, b).
func (p *parser) call(out *Term) bool {
	start := p.pos
	name, _ := p.identifier("a function")
	written := p.src[name.At:p.tokens[p.pos-1].End]
	if p.skip(".") {
		inner, ok := p.identifier("a function")
		if !ok {
			return false
		}
		name.Text += "." + inner.Text
		written = p.src[name.At:p.tokens[p.pos-1].End]
	}
	if !p.peek().Is("(") {
		t := &p.tokens[start]
		return p.stop(t.At, "a bind begins with a colon, a text stands in single quotes", "expected a value, found %s", t.quote())
	}
	p.write(written)
	p.st.Calls = append(p.st.Calls, name)
	out.Kind = CallTerm
	if p.second().Is(")") {
		p.next()
		p.next()
		p.write("()")
		return true
	}
	return p.list("(", ")", func() bool {
		item, ok := p.term()
		out.Items = append(out.Items, item)
		return ok
	})
}
