package mapping

// Statements gives every statement by which rows of a part are made: its own, that of
// `delete_when`, and that which deletes the row before a change.
func (p *Part) Statements() []*Statement {
	list := []*Statement{p.Statement}
	if p.formulas != nil && p.formulas.remove != nil {
		list = append(list, p.formulas.remove.statement)
	}
	if p.change != nil {
		list = append(list, p.change.Statement)
	}
	return list
}

// Unrepeatable says what of a part's rows is another each time that a record is
// read, because now() gives it: columns, as indexes into the table's, or the rows
// as a whole: which there are, their keys, when they are written or how long they live.
func (f *Form) Unrepeatable(p *Part) (columns []int, whole bool) {
	for i, column := range p.Statement.Columns {
		switch s := &f.Slots[p.First+i]; {
		case s.Source.Expr == nil || !s.Source.Expr.Now:
		case s.Key:
			return nil, true
		default:
			columns = append(columns, column)
		}
	}
	if p.event != nil {
		if e := f.Slots[p.event.slot].Source.Expr; e != nil && e.Now {
			return nil, true
		}
	}
	if p.formulas == nil {
		return columns, false
	}
	for _, e := range []*eval{p.formulas.when, p.formulas.ttl} {
		whole = whole || e != nil && e.expr.Now
	}
	whole = whole || p.formulas.remove != nil && p.formulas.remove.expr.Now
	return columns, whole
}
