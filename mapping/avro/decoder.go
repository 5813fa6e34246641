package avro

import "ingest/mapping"

// decoder is a compiled plan. It keeps nothing between payloads.
type decoder struct {
	union    bool     // the schema is a union, so that a branch's index comes first
	branches []branch // one where the schema is no union
}

// Decode fills the slots from one payload, as mapping.Decoder says. Cells may
// alias the payload.
func (d *decoder) Decode(payload []byte, f *mapping.Frame) error {
	c := cursor{data: payload, frame: f, limit: len(f.Arena) + 4*MaxCell}
	b, ok := d.branch(&c)
	if !ok || !c.walk(b.root) {
		return c.poison()
	}
	if c.pos != len(c.data) {
		c.why = errTrailing
		return c.poison()
	}
	f.Record = b.record
	for i := range b.problems {
		f.Fail(b.problems[i].Slot, b.problems[i].Err)
	}
	return nil
}

// walk reads the value at the cursor and fills the columns that want it.
func (c *cursor) walk(n *node) bool {
	switch n.op {
	case opSkip:
		return c.skip(n.skip)
	case opNull:
		c.mark(n.slots, mapping.Null)
		return true
	case opInt:
		v, ok := c.int()
		return ok && c.putInt(n, v)
	case opLong:
		v, ok := c.long()
		return ok && c.putInt(n, v)
	case opBoolean:
		v, ok := c.boolean()
		return ok && c.putInt(n, v)
	case opFloat:
		v, ok := c.float()
		return ok && c.putFloat(n, v)
	case opDouble:
		v, ok := c.double()
		return ok && c.putFloat(n, v)
	case opBytes:
		v, ok := c.bytes()
		return ok && c.putBytes(n, v)
	case opFixed:
		v, ok := c.take(n.size)
		return ok && c.putBytes(n, v)
	case opEnum:
		i, ok := c.index(n.size, errEnum)
		return ok && c.putSymbol(n, i)
	case opValue:
		return c.putValue(&n.cols[0])
	case opAgain:
		return c.again(n.kids)
	case opKnown:
		return c.known(n)
	}
	if !c.enter() {
		return false
	}
	ok := c.descend(n)
	c.depth--
	return ok
}

func (c *cursor) descend(n *node) bool {
	switch n.op {
	case opUnion:
		i, ok := c.index(len(n.kids), errUnion)
		return ok && c.walk(n.kids[i])
	case opRecord:
		if n.present != nil {
			c.mark(n.present, mapping.Value)
		}
		for _, kid := range n.kids {
			if !c.walk(kid) {
				return false
			}
		}
		return true
	case opEach:
		return c.eachItem(n)
	}
	return c.pickItems(n)
}

// mark sets slots to a state without a value.
func (c *cursor) mark(slots []int, state mapping.State) {
	for _, slot := range slots {
		c.frame.Cells[slot] = mapping.Cell{State: state}
	}
}

func (c *cursor) again(nodes []*node) bool {
	start := c.place
	for _, n := range nodes {
		c.place = start
		if !c.walk(n) {
			return false
		}
	}
	return true
}

// pickItems reads an array or map for the items that paths name. Of several
// entries with one key the last counts.
func (c *cursor) pickItems(n *node) bool {
	at := 0
	for {
		count, end, ok := c.block(n.least)
		if !ok || count == 0 {
			return ok
		}
		for range count {
			if !c.pickItem(n, at) {
				return false
			}
			at++
		}
		if !c.closed(end) {
			return false
		}
	}
}

func (c *cursor) pickItem(n *node, at int) bool {
	var key []byte
	if n.op == opMap {
		var ok bool
		if key, ok = c.bytes(); !ok {
			return false
		}
	}
	for i := range n.picks {
		p := &n.picks[i]
		if n.op == opMap && p.key == string(key) || n.op == opArray && p.index == at {
			c.mark(p.slots, mapping.Absent)
			return c.walk(p.node)
		}
	}
	return c.skip(n.skip)
}

// put finishes a cell whose bytes stand in the arena from start on.
func (c *cursor) put(slot, start int, arena []byte, err error) {
	if err != nil {
		c.frame.Arena = arena[:start]
		c.frame.Fail(slot, err)
		return
	}
	c.frame.Arena = arena
	c.frame.Put(slot, start)
}

func (c *cursor) putInt(n *node, v int64) bool {
	for i := range n.cols {
		col := &n.cols[i]
		start := len(c.frame.Arena)
		arena, err := col.ints(c.frame.Arena, v)
		c.put(col.slot, start, arena, err)
	}
	return true
}

func (c *cursor) putFloat(n *node, v float64) bool {
	for i := range n.cols {
		col := &n.cols[i]
		start := len(c.frame.Arena)
		arena, err := col.floats(c.frame.Arena, v)
		c.put(col.slot, start, arena, err)
	}
	return true
}

func (c *cursor) putBytes(n *node, v []byte) bool {
	for i := range n.cols {
		col := &n.cols[i]
		if col.same {
			c.putSame(col, v)
			continue
		}
		start := len(c.frame.Arena)
		arena, err := col.bytes(c.frame.Arena, v)
		c.put(col.slot, start, arena, err)
	}
	return true
}

// putSame lets the cell alias the payload.
func (c *cursor) putSame(col *column, v []byte) {
	if col.check != nil {
		if err := col.check(v); err != nil {
			c.frame.Fail(col.slot, err)
			return
		}
	}
	cell := &c.frame.Cells[col.slot]
	cell.Data, cell.State = v, mapping.Value
}

func (c *cursor) putSymbol(n *node, i int) bool {
	for j := range n.cols {
		cell := &c.frame.Cells[n.cols[j].slot]
		cell.Data, cell.State = n.cols[j].symbols[i], mapping.Value
	}
	return true
}

// putValue makes a collection, UDT or tuple. A value that does not fit costs
// its column alone: the cursor goes back and skips the whole of it.
func (c *cursor) putValue(col *column) bool {
	start, at := c.place, len(c.frame.Arena)
	c.cell = min(at+MaxCell, c.limit)
	switch c.encode(col.value) {
	case broken:
		return false
	case faulty:
		c.put(col.slot, at, c.frame.Arena, c.fault)
		c.place = start
		return c.skip(col.skip)
	}
	c.put(col.slot, at, c.frame.Arena, nil)
	return true
}
