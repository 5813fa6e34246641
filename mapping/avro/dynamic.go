package avro

import "ingest/mapping"

// dynamic compiles what nests for an expression. Schemas may hold themselves, and
// so may what is compiled.
func (b *skippers) dynamic(s *mapping.Shape, t *mapping.Type) (*value, error) {
	if known := b.dynamics[s]; known != nil {
		return known, nil
	}
	v := &value{skip: b.of(s)}
	b.dynamics[s] = v
	switch s.Kind {
	case mapping.KindUnion:
		v.op = valueUnion
		return v, b.dynamicKids(v, s.Branches, t)
	case mapping.KindRecord:
		if s.Logical == mapping.LogicalVariableScaleDecimal {
			v.op = valueDynamicScaled
			return v, nil
		}
		v.op = valueDynamicRecord
		shapes := make([]*mapping.Shape, len(s.Fields))
		for i := range s.Fields {
			v.symbols = append(v.symbols, []byte(s.Fields[i].Name))
			shapes[i] = s.Fields[i].Shape
		}
		return v, b.dynamicKids(v, shapes, t)
	}
	v.op, v.least = valueDynamicList, b.least(s.Elem)
	if s.Kind == mapping.KindMap {
		v.op, v.least = valueDynamicMap, v.least+1
	}
	var err error
	v.elem, err = b.value(s.Elem, t, mapping.UnitNone)
	return v, err
}

func (b *skippers) dynamicKids(v *value, shapes []*mapping.Shape, t *mapping.Type) error {
	for _, s := range shapes {
		kid, err := b.value(s, t, mapping.UnitNone)
		if err != nil {
			return err
		}
		v.kids = append(v.kids, kid)
	}
	return nil
}

// nests reports whether values of a shape hold others.
func nests(s *mapping.Shape) bool {
	switch s.Kind {
	case mapping.KindUnion, mapping.KindRecord, mapping.KindArray, mapping.KindMap:
		return true
	}
	return false
}

// encodeDynamic appends what nests for an expression.
func (c *cursor) encodeDynamic(v *value) outcome {
	switch v.op {
	case valueDynamicScaled:
		return c.dynamicScaled()
	case valueDynamicRecord:
		return c.dynamicRecord(v)
	}
	return c.dynamicItems(v)
}

func (c *cursor) dynamicScaled() outcome { return c.scaled(mapping.AppendDynamicDecimal) }

func (c *cursor) dynamicRecord(v *value) outcome {
	c.frame.Arena = mapping.BeginDynamic(c.frame.Arena, true)
	at := len(c.frame.Arena)
	for i, kid := range v.kids {
		c.frame.Arena = mapping.AppendDynamicName(c.frame.Arena, v.symbols[i])
		if out := c.dynamicElement(kid); out != done {
			return out
		}
	}
	mapping.EndDynamic(c.frame.Arena, at, len(v.kids))
	return done
}

func (c *cursor) dynamicItems(v *value) outcome {
	c.frame.Arena = mapping.BeginDynamic(c.frame.Arena, v.op == valueDynamicMap)
	at, total := len(c.frame.Arena), 0
	for {
		count, end, ok := c.block(v.least)
		switch {
		case !ok:
			return broken
		case count == 0:
			mapping.EndDynamic(c.frame.Arena, at, total)
			return done
		}
		total += count
		for range count {
			if out := c.dynamicItem(v); out != done {
				return out
			}
		}
		if !c.closed(end) {
			return broken
		}
	}
}

func (c *cursor) dynamicItem(v *value) outcome {
	if v.op == valueDynamicMap {
		key, ok := c.bytes()
		if !ok {
			return broken
		}
		c.frame.Arena = mapping.AppendDynamicName(c.frame.Arena, key)
	}
	return c.dynamicElement(v.elem)
}

func (c *cursor) dynamicElement(v *value) outcome {
	if len(c.frame.Arena) > c.cell {
		return c.faulty(errTooLarge)
	}
	out := c.encode(v)
	if out == null {
		c.frame.Arena = mapping.AppendDynamicNull(c.frame.Arena)
		return done
	}
	return out
}
