package cql

// using reads USING TIMESTAMP :timestamp AND TTL :ttl, in either order.
func (p *parser) using() bool {
	if !p.skip("using") {
		return true
	}
	p.write(" USING ")
	for {
		if !p.attribute() {
			return false
		}
		if !p.skip("and") {
			return true
		}
		p.write(" AND ")
	}
}

func (p *parser) attribute() bool {
	t := p.next()
	switch {
	case t.Is("timestamp"):
		if p.st.timestamp {
			p.fault(t.At, "remove one", "USING TIMESTAMP stands there twice")
		}
		p.st.timestamp = true
		p.write("TIMESTAMP ")
		return p.stamp()
	case t.Is("ttl"):
		if p.st.TTL != NoTTL {
			p.fault(t.At, "remove one", "USING TTL stands there twice")
		}
		p.write("TTL ")
		return p.life()
	}
	return p.stop(t.At, "", "expected TIMESTAMP or TTL, found %s", t.quote())
}

// stamp reads what stands behind TIMESTAMP.
func (p *parser) stamp() bool {
	const hint = "write USING TIMESTAMP :timestamp, which is the record's write timestamp; `timestamp:` of the table says where that comes from"
	t := p.next()
	switch {
	case t.Is("?"): // strip has said it
		return true
	case t.Is(":") && (p.peek().Kind == Word || p.peek().Kind == Quoted):
		if name := p.name(); name != TimestampBind {
			p.fault(t.At, hint, "the write timestamp cannot be the bind :%s", name)
		}
		p.st.Stamped = true
		p.add(Piece{Kind: StampMark})
		return true
	case t.Kind == Number, t.Is("-"):
		return p.stop(t.At, hint, "with a constant as the write timestamp no record would win over another")
	}
	return p.stop(t.At, hint, "expected :timestamp, found %s", t.quote())
}

// life reads what stands behind TTL.
func (p *parser) life() bool {
	const hint = "write USING TTL :ttl, and `ttl:` for the table, which may be an expression"
	t := p.next()
	p.st.TTLAt = t.At
	switch {
	case t.Is("?"):
		return true
	case t.Is(":") && (p.peek().Kind == Word || p.peek().Kind == Quoted):
		if name := p.name(); name != TTLBind {
			p.fault(t.At, hint, "the time to live cannot be the bind :%s", name)
		}
		p.st.TTL = BindTTL
		p.add(Piece{Kind: TTLMark})
		return true
	case t.Kind == Number:
		p.st.TTL = LiteralTTL
		p.write(t.Text)
		return true
	}
	return p.stop(t.At, hint, "expected :ttl, found %s", t.quote())
}
