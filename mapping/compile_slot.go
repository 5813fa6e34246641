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
	s := Slot{Source: m.Source, Column: col.Name, Type: col.Type, Key: e.table.IsKey(column), Nulls: m.Nulls, at: m.At}
	if m.Op != OpSet {
		s.Nulls = NullsUnset // nothing is added or removed
	}
	if s.Source.Unit != UnitNone && !holdsTimestamp(col.Type) {
		c.fault(m.unitAt, "remove it", "\"unit\" is for columns of type timestamp; %q is %s", col.Name, col.Type)
	}
	if m.Default != nil {
		s.Default = c.constant(col, *m.Default, m.defaultAt)
	}
	switch s.Source.Root {
	case RootConst:
		s.Default = c.constant(col, s.Source.Const, m.At)
	case RootHeader, RootMeta:
		fill, err := fillerFor(&s.Source, col.Type)
		if err != nil {
			c.fault(m.At, conversionHint(err, s.Source.String()), "%s cannot feed column %q: %v", &s.Source, col.Name, err)
		}
		s.fill = fill
	case RootKey:
		c.plainKey(col, m)
	case RootItemIndex, RootItemKey:
		c.place(&s, col, m)
	}
	return s
}

// constant encodes a constant once for all records.
func (c *compiler) constant(col *Column, constant Const, at Pos) Cell {
	data, err := EncodeConst(nil, constant, col.Type)
	if err != nil {
		c.fault(at, "", "column %q: %v", col.Name, err)
	}
	return Cell{Data: data, Type: col.Type, State: Value}
}

// plainKey checks the type of a key that has no schema.
func (c *compiler) plainKey(col *Column, m *ColumnMapping) {
	shape := c.topic.Key.Kind.Shape()
	if shape == nil {
		return
	}
	if _, err := FitOf(shape, col.Type, m.Source.Unit); err != nil {
		c.fault(m.At, conversionHint(err, m.Source.String()), "the key cannot feed column %q: %v", col.Name, err)
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
