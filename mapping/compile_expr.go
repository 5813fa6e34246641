package mapping

import "slices"

// formulas are the expressions of a part. Places are counted from the part's first
// slot.
type formulas struct {
	first  int      // place of the first input
	names  []string // of the inputs
	ofItem []bool   // which of them are another for each item
	evals  []eval   // of columns, then of the write timestamp
	when   *eval    // a condition; nil: always
	remove *remove  // nil: never
	ttl    *eval    // nil: the statement's
}

// eval is one expression of a part.
type eval struct {
	expr   *Expression
	place  int     // of the slot that it fills; -1: none
	result *result // how it is written there
	inputs []int   // places
	what   string  // what it is for, in messages; empty: a column
}

// remove is `delete_when:`.
type remove struct {
	eval
	statement *Statement
	keys      []int // places of the primary key, in the order of the statement's columns
}

// formulas adds a part's expressions to a form, and slots for what they name.
func (c *compiler) formulas(e *entry, f *Form, part *Part, keyless bool) {
	b := formulaBuilder{form: f, part: part, out: &formulas{first: len(f.Slots) - part.First}}
	for i := range f.slotsOf(part) {
		if s := &f.Slots[part.First+i]; s.Source.Root == RootExpr && !s.old {
			b.out.evals = append(b.out.evals, b.eval(s.Source.Expr, i, newResult(s.Type, s.Source.Unit), ""))
		}
	}
	if e.When != nil && (f == c.write || !e.When.inValue()) {
		when := b.eval(e.When, -1, nil, "when")
		b.out.when = &when
	}
	if f == c.write {
		c.writeFormulas(e, &b, keyless)
	}
	c.clockwork(e)
	c.plainEvents(e)
	if len(b.out.evals) == 0 && b.out.when == nil && b.out.remove == nil && b.out.ttl == nil {
		return
	}
	for i := range b.slots {
		c.inputSlot(&b.slots[i])
	}
	f.Slots = append(f.Slots, b.slots...)
	part.formulas = b.out
}

// writeFormulas are those that records without a value have no use for.
func (c *compiler) writeFormulas(e *entry, b *formulaBuilder, keyless bool) {
	if e.TTLFrom != nil {
		ttl := b.eval(e.TTLFrom, -1, nil, "ttl")
		b.out.ttl = &ttl
	}
	if e.DeleteWhen == nil || keyless {
		return
	}
	if e.Write == WriteDelete {
		c.fault(e.DeleteWhen.at(0), "say `when:` to choose records", "`write: delete` deletes with each record, so \"delete_when\" chooses nothing")
		return
	}
	st := c.deletion(e, e.deletedKeys())
	out := &remove{eval: b.eval(e.DeleteWhen, -1, nil, "delete_when"), statement: st}
	for _, column := range st.Columns {
		place := slices.Index(b.part.Statement.Columns, column)
		if place < 0 {
			c.fault(e.DeleteWhen.at(0), "feed it", "\"delete_when\" cannot say what to delete: nothing feeds key column %q", e.table.Columns[column].Name)
			return
		}
		out.keys = append(out.keys, place)
	}
	b.out.remove = out
}

// inputSlot completes the slot of an input.
func (c *compiler) inputSlot(s *Slot) {
	var err error
	switch s.Source.Root {
	case RootHeader, RootMeta:
		s.fill, err = fillerFor(&s.Source, s.Type)
	case RootItemIndex:
		s.place, err = indexPlacer(s.Type, UnitNone)
	case RootItemKey:
		s.place, err = keyPlacer(s.Type)
	}
	if err != nil {
		c.fault(s.at, "", "%s: %v", &s.Source, err)
	}
}

// clockwork refuses what replays differently, unless the entry says so.
func (c *compiler) clockwork(e *entry) {
	if e.Accepts(LabelNow) {
		return
	}
	for _, u := range e.expressions() {
		if u.Now {
			c.fault(u.at(0), "say `accept: [now]` if that may be; meta.timestamp is the time of the record", "now() differs each time that a record is read, so reading the topic again gives other rows")
		}
	}
}

// plainEvents: the row that a Debezium event replaces or deletes is found by paths.
func (c *compiler) plainEvents(e *entry) {
	if !c.topic.Debezium {
		return
	}
	for i, m := range e.feeds {
		if m != nil && e.table.IsKey(i) && m.Source.Root == RootExpr {
			c.fault(m.At, "feed it from a path", "column %q is in the primary key, and with `envelope: debezium` no expression can feed it: the row before a change is found by paths", m.Name)
		}
	}
	if at := e.EventTime; at != nil && at.Source.Root == RootExpr {
		c.fault(at.Pos, "take it from a path", "with `envelope: debezium` the write timestamp cannot be an expression")
	}
}

// expressions gives all expressions of an entry.
func (t *TableMapping) expressions() []*Expression {
	list := []*Expression{t.When, t.DeleteWhen, t.TTLFrom}
	for i := range t.Columns {
		list = append(list, t.Columns[i].Source.Expr)
	}
	if t.EventTime != nil {
		list = append(list, t.EventTime.Source.Expr)
	}
	return slices.DeleteFunc(list, func(e *Expression) bool { return e == nil })
}

// inValue reports whether an expression names something of the value.
func (e *Expression) inValue() bool {
	return slices.ContainsFunc(e.Inputs, func(in Input) bool { return in.Source.inValue() })
}

func (e *Expression) ofItem() bool {
	return slices.ContainsFunc(e.Inputs, func(in Input) bool { return in.Source.ofItem() })
}

type formulaBuilder struct {
	form  *Form
	part  *Part
	out   *formulas
	slots []Slot
}

// eval gives each path that an expression names a slot, once for all expressions
// of the part.
func (b *formulaBuilder) eval(e *Expression, place int, r *result, what string) eval {
	out := eval{expr: e, place: place, result: r, what: what}
	for i := range e.Inputs {
		in := &e.Inputs[i]
		name := in.Source.String()
		at := slices.Index(b.out.names, name)
		if at < 0 {
			at = len(b.out.names)
			b.out.names = append(b.out.names, name)
			b.out.ofItem = append(b.out.ofItem, in.Source.ofItem())
			b.slots = append(b.slots, Slot{Source: in.Source, Type: &Type{Kind: TypeDynamic}, at: in.At, input: true})
		}
		out.inputs = append(out.inputs, b.out.first+at)
	}
	return out
}
