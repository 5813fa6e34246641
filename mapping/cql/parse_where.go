package cql

// where reads WHERE and the relations behind it.
func (p *parser) where() bool {
	p.write(" ")
	if !p.expect("where") {
		return false
	}
	p.write(" ")
	var ok bool
	p.st.Where, ok = p.relations(false)
	return ok
}

// condition reads IF and what is behind it.
func (p *parser) condition() bool {
	if !p.skip("if") {
		return true
	}
	p.write(" IF ")
	switch {
	case p.skip("exists"):
		p.st.If = IfExists
		p.write("EXISTS")
		return true
	case p.peek().Is("not"):
		return p.stop(p.peek().At, "IF NOT EXISTS is for INSERT", "expected EXISTS or a column, found \"not\"")
	}
	p.st.If = IfTests
	var ok bool
	p.st.Tests, ok = p.relations(true)
	return ok
}

// relations reads relations with AND between them.
func (p *parser) relations(tests bool) ([]Relation, bool) {
	var list []Relation
	for {
		r, ok := p.relation(tests)
		if !ok {
			return nil, false
		}
		list = append(list, r)
		if !p.skip("and") {
			return list, true
		}
		p.write(" AND ")
	}
}

func (p *parser) relation(tests bool) (Relation, bool) {
	if t := p.peek(); t.Is("(") {
		return Relation{}, p.stop(t.At, "compare each column by itself", "several columns cannot be compared at once")
	}
	if t := p.peek(); t.Is("token") && p.second().Is("(") {
		return Relation{}, p.stop(t.At, "write partition_key = :bind", "a statement about tokens is not about the row of a record")
	}
	r := Relation{}
	var ok bool
	if r.Column, ok = p.column(); !ok {
		return r, false
	}
	switch {
	case tests && p.peek().Is("["):
		if r.Key, ok = p.element(); !ok {
			return r, false
		}
	case tests && p.skip("."):
		if r.Field, ok = p.field(); !ok {
			return r, false
		}
	}
	if r.Op, ok = p.operator(tests); !ok {
		return r, false
	}
	if r.Op == "IN" {
		p.write(" IN ")
		return r, p.list("(", ")", func() bool {
			v, ok := p.term()
			r.Values = append(r.Values, v)
			return ok
		})
	}
	p.write(" " + r.Op + " ")
	v, ok := p.term()
	r.Values = []*Term{v}
	return r, ok
}

// operator reads what compares.
func (p *parser) operator(tests bool) (string, bool) {
	t := p.next()
	switch {
	case t.Is("="):
		return "=", true
	case t.Is("<"), t.Is(">"), t.Is("!"):
		if e := p.peek(); e.Is("=") && e.At == t.End {
			p.next()
			if t.Text == "!" && !tests {
				break
			}
			return t.Text + "=", true
		}
		if t.Text != "!" {
			return t.Text, true
		}
	case t.Is("in") && tests:
		return "IN", true
	case t.Is("in"):
		return "", p.stop(t.At, "write = :bind; several rows of a record come with `for_each:`", "IN is about several rows, and a record writes one")
	}
	what := "=, <, <=, > or >="
	if tests {
		what = "=, !=, <, <=, >, >= or IN"
	}
	return "", p.stop(t.At, "", "expected %s, found %s", what, t.quote())
}
