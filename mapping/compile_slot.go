package mapping

import "strconv"

// slots makes the slots of these columns of an entry.
func (c *compiler) slots(e *entry, columns []int) []Slot {
	slots := make([]Slot, len(columns))
	for i, at := range columns {
		slots[i] = c.slot(e, at)
	}
	return slots
}

// slot makes the slot of one column, and checks what can be known of its types
// without schemas.
func (c *compiler) slot(e *entry, column int) Slot {
	m := e.feeds[column]
	col := m.operand(&e.table.Columns[column])
	s := Slot{Column: col.Name, Type: col.Type, Key: e.table.IsKey(column)}
	s.where = s.Key
	c.fed(&s, m)
	if m.Op != OpSet {
		s.Nulls = NullsUnset // nothing is added or removed
	}
	return s
}

// fed completes a slot with what feeds it.
func (c *compiler) fed(s *Slot, m *ColumnMapping) {
	s.Source, s.Nulls, s.at = m.Source, m.Nulls, m.At
	if s.Source.Unit != UnitNone && !holdsTimestamp(s.Type) {
		c.fault(m.unitAt, "remove it", "\"unit\" is for columns of type timestamp; %s is %s", s.name(), s.Type)
	}
	if m.Default != nil {
		s.Default = c.constant(s, *m.Default, m.defaultAt)
	}
	switch s.Source.Root {
	case RootConst:
		s.Default = c.constant(s, s.Source.Const, m.At)
	case RootHeader, RootMeta:
		fill, err := fillerFor(&s.Source, s.Type)
		if err != nil {
			c.fault(m.At, conversionHint(err, s.Source.String()), "%s cannot feed %s: %v", &s.Source, s.feeds(), err)
		}
		s.fill = fill
	case RootKey:
		c.plainKey(s, m)
	case RootItemIndex, RootItemKey:
		c.place(s, m)
	}
}

// constant encodes a constant once for all records.
func (c *compiler) constant(s *Slot, constant Const, at Pos) Cell {
	data, err := EncodeConst(nil, constant, s.Type)
	if err != nil {
		c.fault(at, "", "%s: %v", s.feeds(), err)
	}
	return Cell{Data: data, Type: s.Type, State: Value}
}

// plainKey checks the type of a key that has no schema.
func (c *compiler) plainKey(s *Slot, m *ColumnMapping) {
	shape := c.topic.Key.Kind.Shape()
	if shape == nil {
		return
	}
	if _, err := FitOf(shape, s.Type, m.Source.Unit); err != nil {
		c.fault(m.At, conversionHint(err, m.Source.String()), "the key cannot feed %s: %v", s.feeds(), err)
	}
}

// holdsTimestamp reports whether a type has a timestamp anywhere in it.
func holdsTimestamp(t *Type) bool {
	if t == nil {
		return false
	}
	for _, elem := range t.Elems {
		if holdsTimestamp(elem) {
			return true
		}
	}
	return t.Kind == TypeTimestamp || holdsTimestamp(t.Elem) || holdsTimestamp(t.Key)
}

// seconds writes a time to live as the mapping file does, in the largest unit
// that divides it.
func seconds(n int) string {
	for _, unit := range [...]struct {
		name string
		size int
	}{{"d", 86_400}, {"h", 3600}, {"m", 60}} {
		if n%unit.size == 0 {
			return strconv.Itoa(n/unit.size) + unit.name
		}
	}
	return strconv.Itoa(n) + "s"
}
