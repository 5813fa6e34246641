package avro

import (
	"encoding/binary"
	"errors"
	"math"

	"ingest/mapping"
)

var (
	errNullElement = errors.New("null within a collection: CQL has no null elements")
	errTooLarge    = errors.New("collection, tuple or user-defined type takes too many bytes: 16 MiB, or 64 MiB with the rest of the record, are the most")
	errDimension   = errors.New("array does not have as many items as the vector has dimensions")
)

// outcome is how the encoding of one value ended.
type outcome uint8

const (
	done   outcome = iota
	null           // nothing was written
	faulty         // the value does not fit; cursor.fault says why. The cursor stands anywhere
	broken         // the bytes are not what the schema says; cursor.why says why
)

func (c *cursor) faulty(err error) outcome {
	c.fault = err
	return faulty
}

// encode appends the CQL bytes of the next value to the arena.
func (c *cursor) encode(v *value) outcome {
	switch v.op {
	case valueNull:
		return null
	case valueInt:
		n, ok := c.int()
		return c.appendInt(v, n, ok)
	case valueLong:
		n, ok := c.long()
		return c.appendInt(v, n, ok)
	case valueBoolean:
		n, ok := c.boolean()
		return c.appendInt(v, n, ok)
	case valueFloat:
		n, ok := c.float()
		return c.appendFloat(v, n, ok)
	case valueDouble:
		n, ok := c.double()
		return c.appendFloat(v, n, ok)
	case valueBytes:
		b, ok := c.bytes()
		return c.appendBytes(v, b, ok)
	case valueFixed:
		b, ok := c.take(v.size)
		return c.appendBytes(v, b, ok)
	case valueEnum:
		i, ok := c.index(len(v.symbols), errEnum)
		if !ok {
			return broken
		}
		c.frame.Arena = append(c.frame.Arena, v.symbols[i]...)
		return done
	}
	if !c.enter() {
		return broken
	}
	out := c.encodeNested(v)
	c.depth--
	return out
}

func (c *cursor) appendInt(v *value, n int64, ok bool) outcome {
	if !ok {
		return broken
	}
	var err error
	if c.frame.Arena, err = v.ints(c.frame.Arena, n); err != nil {
		return c.faulty(err)
	}
	return done
}

func (c *cursor) appendFloat(v *value, n float64, ok bool) outcome {
	if !ok {
		return broken
	}
	var err error
	if c.frame.Arena, err = v.floats(c.frame.Arena, n); err != nil {
		return c.faulty(err)
	}
	return done
}

func (c *cursor) appendBytes(v *value, b []byte, ok bool) outcome {
	if !ok {
		return broken
	}
	var err error
	if c.frame.Arena, err = v.bytes(c.frame.Arena, b); err != nil {
		return c.faulty(err)
	}
	return done
}

func (c *cursor) encodeNested(v *value) outcome {
	switch v.op {
	case valueUnion:
		i, ok := c.index(len(v.kids), errUnion)
		if !ok {
			return broken
		}
		return c.encode(v.kids[i])
	case valueVector:
		return c.encodeVector(v)
	case valueScaled:
		return c.encodeScaled()
	case valueDynamicList, valueDynamicMap, valueDynamicRecord, valueDynamicScaled:
		return c.encodeDynamic(v)
	case valueRecord:
		if v.ordered {
			return c.encodeOrdered(v)
		}
		return c.encodeUnordered(v)
	}
	return c.encodeCollection(v)
}

// element appends one element of a collection, UDT or tuple: its length in 32
// bits and its bytes. Of a null it appends the length -1.
func (c *cursor) element(v *value) outcome {
	at := len(c.frame.Arena)
	if at > c.cell {
		return c.faulty(errTooLarge)
	}
	c.frame.Arena = append(c.frame.Arena, 0xff, 0xff, 0xff, 0xff)
	out := c.encode(v)
	if out == done {
		binary.BigEndian.PutUint32(c.frame.Arena[at:], uint32(len(c.frame.Arena)-at-4))
	}
	return out
}

// encodeCollection writes a list, set or map: the number of elements in 32 bits,
// then the elements, of a map each key before its value.
func (c *cursor) encodeCollection(v *value) outcome {
	at, total := len(c.frame.Arena), 0
	c.frame.Arena = append(c.frame.Arena, 0, 0, 0, 0)
	for {
		count, end, ok := c.block(v.least)
		switch {
		case !ok:
			return broken
		case count == 0:
			binary.BigEndian.PutUint32(c.frame.Arena[at:], uint32(total))
			return done
		case count > math.MaxInt32-total:
			return c.faulty(errTooLarge)
		}
		total += count
		for range count {
			if v.op == valueMap {
				if out := c.mapKey(v); out != done {
					return out
				}
			}
			if out := c.required(c.element(v.elem)); out != done {
				return out
			}
		}
		if !c.closed(end) {
			return broken
		}
	}
}

// required turns a null into a fault.
func (c *cursor) required(out outcome) outcome {
	if out == null {
		return c.faulty(errNullElement)
	}
	return out
}

func (c *cursor) mapKey(v *value) outcome {
	key, ok := c.bytes()
	if !ok {
		return broken
	}
	at := len(c.frame.Arena)
	arena, err := v.key(append(c.frame.Arena, 0, 0, 0, 0), key)
	c.frame.Arena = arena
	if err != nil {
		return c.faulty(err)
	}
	binary.BigEndian.PutUint32(arena[at:], uint32(len(arena)-at-4))
	return done
}

// encodeVector writes the elements alone, each after its length as an unsigned
// vint where the type has no fixed size.
func (c *cursor) encodeVector(v *value) outcome {
	total := 0
	for {
		count, end, ok := c.block(v.least)
		switch {
		case !ok:
			return broken
		case count == 0 && total != v.size, count > v.size-total:
			return c.faulty(errDimension)
		case count == 0:
			return done
		}
		total += count
		for range count {
			if out := c.required(c.dimension(v)); out != done {
				return out
			}
		}
		if !c.closed(end) {
			return broken
		}
	}
}

func (c *cursor) dimension(v *value) outcome {
	at := len(c.frame.Arena)
	if at > c.cell {
		return c.faulty(errTooLarge)
	}
	out := c.encode(v.elem)
	if out != done || v.bare {
		return out
	}
	// The length's own length is known only now: it is appended, and both turned.
	size := len(c.frame.Arena) - at
	arena := mapping.AppendUvint(c.frame.Arena, uint64(size))
	rotate(arena[at:], size)
	c.frame.Arena = arena
	return done
}

// rotate moves what stands from index mid on to the front. mid is followed by
// at most nine bytes.
func rotate(b []byte, mid int) {
	var tail [9]byte
	n := copy(tail[:], b[mid:])
	copy(b[n:], b[:mid])
	copy(b, tail[:n])
}

// encodeScaled reads Debezium's VariableScaleDecimal.
func (c *cursor) encodeScaled() outcome { return c.scaled(mapping.AppendScaledDecimal) }

// scaled reads a scale and an unscaled value, and writes them by a function.
func (c *cursor) scaled(write func(dst []byte, scale int32, unscaled []byte) ([]byte, error)) outcome {
	scale, ok := c.int()
	if !ok {
		return broken
	}
	unscaled, ok := c.bytes()
	if !ok {
		return broken
	}
	var err error
	if c.frame.Arena, err = write(c.frame.Arena, int32(scale), unscaled); err != nil {
		return c.faulty(err)
	}
	return done
}

// encodeOrdered writes a UDT or tuple whose fields come in the record's order.
func (c *cursor) encodeOrdered(v *value) outcome {
	next := 0
	for i, f := range v.fields {
		if f < 0 {
			c.frame.Arena = append(c.frame.Arena, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		if !c.skipAll(v.skips[next:f]) {
			return broken
		}
		if out := c.element(v.kids[i]); out > null {
			return out
		}
		next = f + 1
	}
	if !c.skipAll(v.skips[next:]) {
		return broken
	}
	return done
}

// encodeUnordered goes back to the record's start for each field: the work is
// bounded by the type's fields, and nothing has to be remembered.
func (c *cursor) encodeUnordered(v *value) outcome {
	start := c.place
	for i, f := range v.fields {
		if f < 0 {
			c.frame.Arena = append(c.frame.Arena, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		c.place = start
		if !c.skipAll(v.skips[:f]) {
			return broken
		}
		if out := c.element(v.kids[i]); out > null {
			return out
		}
	}
	c.place = start
	if !c.skipAll(v.skips) {
		return broken
	}
	return done
}
