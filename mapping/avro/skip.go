package avro

import "ingest/mapping"

// skipOp is what a skipper steps over.
type skipOp uint8

const (
	skipNothing skipOp = iota
	skipInt
	skipLong
	skipBoolean
	skipFixed
	skipBytes
	skipEnum
	skipArray
	skipMap
	skipRecord
	skipUnion
)

// skipper steps over the values of one shape and checks them as it goes.
type skipper struct {
	op    skipOp
	size  int        // bytes of a fixed, symbols of an enum
	least int        // fewest bytes of an item, key included
	elem  *skipper   // of an array or map
	kids  []*skipper // fields of a record, branches of a union
}

// skippers makes one skipper for each shape; cyclic shapes make cyclic skippers.
type skippers struct {
	made  map[*mapping.Shape]*skipper
	sizes map[*mapping.Shape]int
	// dynamics are those of expressions.
	dynamics map[*mapping.Shape]*value
}

func newSkippers() *skippers {
	return &skippers{made: map[*mapping.Shape]*skipper{}, sizes: map[*mapping.Shape]int{}, dynamics: map[*mapping.Shape]*value{}}
}

func (b *skippers) of(s *mapping.Shape) *skipper {
	if known := b.made[s]; known != nil {
		return known
	}
	k := &skipper{}
	b.made[s] = k
	switch s.Kind {
	case mapping.KindNull:
		k.op = skipNothing
	case mapping.KindBoolean:
		k.op = skipBoolean
	case mapping.KindInt:
		k.op = skipInt
	case mapping.KindLong:
		k.op = skipLong
	case mapping.KindFloat, mapping.KindDouble, mapping.KindFixed:
		k.op, k.size = skipFixed, b.least(s)
	case mapping.KindBytes, mapping.KindString:
		k.op = skipBytes
	case mapping.KindEnum:
		k.op, k.size = skipEnum, len(s.Symbols)
	case mapping.KindArray:
		k.op, k.elem, k.least = skipArray, b.of(s.Elem), b.least(s.Elem)
	case mapping.KindMap:
		k.op, k.elem, k.least = skipMap, b.of(s.Elem), 1+b.least(s.Elem)
	case mapping.KindRecord:
		b.record(k, s)
	case mapping.KindUnion:
		k.op = skipUnion
		for _, branch := range s.Branches {
			k.kids = append(k.kids, b.of(branch))
		}
	}
	return k
}

// record makes a record's skipper. One of no size at all is stepped over at
// once: its fields are free for the sender, and a schema can have very many.
func (b *skippers) record(k *skipper, s *mapping.Shape) {
	k.op = skipRecord
	empty := true
	for i := range s.Fields {
		kid := b.of(s.Fields[i].Shape)
		k.kids = append(k.kids, kid)
		empty = empty && kid.op == skipNothing
	}
	if empty {
		k.op = skipNothing
	}
}

// maxLeast keeps the sum of many large fixed fields from overflowing.
const maxLeast = 1 << 31

// least gives the fewest bytes that a value takes. While a record's own size is
// being counted it counts as 0, which is a bound all the same.
func (b *skippers) least(s *mapping.Shape) int {
	switch s.Kind {
	case mapping.KindNull:
		return 0
	case mapping.KindFloat:
		return 4
	case mapping.KindDouble:
		return 8
	case mapping.KindFixed:
		return s.Size
	case mapping.KindRecord:
		if size, ok := b.sizes[s]; ok {
			return size
		}
		b.sizes[s] = 0
		size := 0
		for i := range s.Fields {
			size = min(size+b.least(s.Fields[i].Shape), maxLeast)
		}
		b.sizes[s] = size
		return size
	}
	return 1 // a number, length, count or index
}

func (c *cursor) skip(k *skipper) bool {
	ok := true
	switch k.op {
	case skipNothing:
	case skipInt:
		_, ok = c.int()
	case skipLong:
		_, ok = c.long()
	case skipBoolean:
		_, ok = c.boolean()
	case skipFixed:
		_, ok = c.take(k.size)
	case skipBytes:
		_, ok = c.bytes()
	case skipEnum:
		_, ok = c.index(k.size, errEnum)
	default:
		if !c.enter() {
			return false
		}
		ok = c.skipNested(k)
		c.depth--
	}
	return ok
}

func (c *cursor) skipNested(k *skipper) bool {
	switch k.op {
	case skipRecord:
		return c.skipAll(k.kids)
	case skipUnion:
		i, ok := c.index(len(k.kids), errUnion)
		return ok && c.skip(k.kids[i])
	}
	for {
		count, end, ok := c.block(k.least)
		if !ok || count == 0 {
			return ok
		}
		for range count {
			if k.op == skipMap {
				if _, ok := c.bytes(); !ok {
					return false
				}
			}
			if !c.skip(k.elem) {
				return false
			}
		}
		if !c.closed(end) {
			return false
		}
	}
}

func (c *cursor) skipAll(kids []*skipper) bool {
	for _, k := range kids {
		if !c.skip(k) {
			return false
		}
	}
	return true
}
