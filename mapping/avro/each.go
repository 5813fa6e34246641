package avro

import "ingest/mapping"

// items is how the items of an array or map are read one after the other, each
// into cells of its own.
type items struct {
	slot     int
	isMap    bool
	each     *mapping.Each
	node     *node // of one item
	problems []Problem
}

func splitEach(wants []want) (each, others []want) {
	for _, w := range wants {
		if w.Each != nil {
			each = append(each, w)
		} else {
			others = append(others, w)
		}
	}
	return each, others
}

// each compiles what is wanted of an array's or map's items.
func (p *planner) each(s *mapping.Shape, w want) *node {
	before := p.problems
	p.problems = nil
	it := &items{slot: w.Slot, isMap: s.Kind == mapping.KindMap, each: w.Each}
	wants, problems := p.resolve(s.Elem, w.Each.Items)
	it.node = p.node(s.Elem, wants)
	it.problems = append(problems, p.problems...)
	p.problems = before
	for _, problem := range it.problems {
		p.itemProblems = append(p.itemProblems, Problem{Slot: w.Each.First + problem.Slot, Err: problem.Err})
	}
	n := &node{op: opEach, items: it, skip: p.of(s.Elem), least: p.least(s.Elem)}
	if it.isMap {
		n.least++
	}
	return n
}

// eachItem reads all items of an array or map. The loop is pickItems' again: handed
// to a shared one as a function, the cursor would be allocated for each payload.
func (c *cursor) eachItem(n *node) bool {
	c.frame.Begin(n.items.slot)
	at := 0
	for {
		count, end, ok := c.block(n.least)
		if !ok || count == 0 {
			return ok
		}
		for range count {
			if !c.oneItem(n, at) {
				return false
			}
			at++
		}
		if !c.closed(end) {
			return false
		}
	}
}

// oneItem reads one item into cells of its own. Those beyond the bound are stepped
// over.
func (c *cursor) oneItem(n *node, at int) bool {
	var key []byte
	if n.items.isMap {
		var ok bool
		if key, ok = c.bytes(); !ok {
			return false
		}
	}
	it := n.items
	if at > mapping.MaxItems || !c.frame.Enter(it.slot, at, key, it.each) {
		return c.skip(n.skip)
	}
	ok := c.walk(it.node)
	for i := range it.problems {
		c.frame.Fail(it.problems[i].Slot, it.problems[i].Err)
	}
	c.frame.Leave()
	return ok
}
