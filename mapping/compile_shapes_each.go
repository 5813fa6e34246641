package mapping

import "slices"

// ofRecords gives the versions that a part's values can have. Of a part that takes
// some records only those have to fit that hold such a record, in the outermost
// union or as a whole.
func (c *shapeChecker) ofRecords(part *Part, versions []NamedShape) []NamedShape {
	if len(part.records) == 0 {
		return versions
	}
	var out []NamedShape
	found := make([]bool, len(part.records))
	var known []string
	for _, v := range versions {
		for _, s := range v.Shape.records() {
			known = appendMissing(known, s.Name)
			taken := false
			for i := range part.records {
				if part.records[i].Is(s.Name) {
					taken, found[i] = true, true
				}
			}
			if taken {
				out = append(out, NamedShape{Name: v.Name, Shape: s})
			}
		}
	}
	for i := range part.records {
		if n := &part.records[i]; !found[i] && len(versions) > 0 {
			c.fault(n.Pos, suggest(n.Name, known, "there are"), "no registered schema of this topic's values holds a record %q (looked in %d)", n.Name, len(versions))
		}
	}
	return out
}

// records gives the records that a value of this shape can be.
func (s *Shape) records() []*Shape {
	branches := s.Branches
	if s.Kind != KindUnion {
		branches = []*Shape{s}
	}
	return slices.DeleteFunc(slices.Clone(branches), func(b *Shape) bool { return b.Kind != KindRecord })
}

func appendMissing(list []string, item string) []string {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// each checks what a part goes through, and what it wants of each item. It gives
// the shapes of the items.
func (c *shapeChecker) each(f *Form, part *Part, versions []NamedShape) []NamedShape {
	s := &f.Slots[part.each.slot]
	var items []NamedShape
	var refused, arrays group
	found := false
	for _, v := range versions {
		shape, ok, err := ResolvePath(v.Shape, s.Source.Path, false)
		if err == nil && ok {
			err = Iterable(shape)
		}
		found = found || ok || err != nil
		switch inner := shape.nonNull(); {
		case err != nil:
			refused.add(v.Name, err)
		case ok && inner.Elem != nil:
			items = append(items, NamedShape{Name: v.Name, Shape: inner.Elem})
			if inner.Kind == KindArray {
				arrays.add(v.Name, nil)
			}
		}
	}
	if !found {
		c.missing(s, versions)
		return nil
	}
	if refused.count > 0 {
		c.fault(s.at, "name an array or a map", "for_each cannot go through %s in %s: %v", &s.Source, refused.names(), refused.err)
	}
	c.items(f, part, items, &arrays)
	return items
}

func (s *Shape) nonNull() *Shape {
	if s == nil {
		return nil
	}
	return s.NonNull()
}

// items checks the slots that items feed.
func (c *shapeChecker) items(f *Form, part *Part, items []NamedShape, arrays *group) {
	for j := range f.slotsOf(part) {
		s := &f.Slots[part.First+j]
		switch {
		case s.Source.Root == RootItem && len(items) > 0:
			c.slot(s, items)
		case s.Source.Root == RootItemKey && arrays.count > 0:
			c.fault(s.at, "use item_index, or a field of the item", "item_key is the key of a map's items, and %s is an array in %s", &f.Slots[part.each.slot].Source, arrays.names())
		}
	}
}

// rootOf names, in messages, what a source is looked for in.
func (s *Source) rootOf() string {
	switch s.Root {
	case RootKey:
		return "key"
	case RootItem:
		return "items"
	}
	return "value"
}
