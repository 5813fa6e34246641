package avro

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"ingest/mapping"
	"ingest/retry"
)

// Bounds on what one payload may ask for.
const (
	// MaxDepth bounds how deep records, arrays, maps and unions nest in the data
	// of a recursive schema.
	MaxDepth = 1000
	// MaxEmptyItems bounds, over a whole payload, the array items that take no
	// bytes (null, empty records): their number is free for the sender.
	MaxEmptyItems = 1 << 20
	// MaxCell bounds, in bytes, a collection, tuple or UDT made for one column,
	// and four times as much all those of one payload. Cassandra takes no
	// mutation above 16 MiB by default.
	MaxCell = 16 << 20
)

var (
	errTruncated  = errors.New("the data ends within a value")
	errTrailing   = errors.New("bytes are left after the last field")
	errLong       = errors.New("a number has more than 64 bits")
	errInt        = errors.New("an int has more than 32 bits")
	errBoolean    = errors.New("a boolean is neither 0 nor 1")
	errLength     = errors.New("a length is negative or reaches beyond the data")
	errCount      = errors.New("an array or map has more items than the data can hold")
	errEmptyItems = errors.New("arrays have too many items of no size")
	errBlockSize  = errors.New("a block's size in bytes is not that of its items")
	errEnum       = errors.New("an enum's index is out of range")
	errUnion      = errors.New("a union's index is out of range")
	errDepth      = errors.New("values nest too deep")
)

// cursor reads one payload. Its methods give false when the bytes are not what
// the schema says; why then holds the reason and place.pos where it stands.
type cursor struct {
	data []byte
	place
	why   error
	fault error // why a value does not fit its column, after an encode that gave faulty
	frame *mapping.Frame
	limit int // how far the arena may grow for this payload
	cell  int // and for the current cell
}

// place is what has to be restored to read the same bytes again.
type place struct {
	pos   int
	depth int
	empty int // items of no size so far
}

func (c *cursor) fail(why error) bool {
	c.why = why
	return false
}

// poison reports the offset, never the data.
func (c *cursor) poison() error {
	return &retry.Poison{Reason: retry.ReasonDecode, Err: fmt.Errorf("at byte %d of %d: %w", c.pos, len(c.data), c.why)}
}

func (c *cursor) enter() bool {
	if c.depth++; c.depth > MaxDepth {
		return c.fail(errDepth)
	}
	return true
}

// long reads a zigzag varint of at most ten bytes.
func (c *cursor) long() (int64, bool) {
	if c.pos < len(c.data) && c.data[c.pos] < 0x80 {
		u := uint64(c.data[c.pos])
		c.pos++
		return int64(u>>1) ^ -int64(u&1), true
	}
	return c.longer()
}

func (c *cursor) longer() (int64, bool) {
	var u uint64
	rest := c.data[c.pos:]
	for i, b := range rest {
		if i == 9 && b > 1 {
			return 0, c.fail(errLong)
		}
		u |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			c.pos += i + 1
			return int64(u>>1) ^ -int64(u&1), true
		}
	}
	return 0, c.fail(errTruncated)
}

// int reads a zigzag varint of at most five bytes and 32 bits.
func (c *cursor) int() (int64, bool) {
	start := c.pos
	v, ok := c.long()
	switch {
	case !ok:
		return 0, false
	case c.pos-start > 5 || v != int64(int32(v)):
		c.pos = start
		return 0, c.fail(errInt)
	}
	return v, true
}

func (c *cursor) boolean() (int64, bool) {
	if c.pos == len(c.data) {
		return 0, c.fail(errTruncated)
	}
	v := c.data[c.pos]
	if v > 1 {
		return 0, c.fail(errBoolean)
	}
	c.pos++
	return int64(v), true
}

func (c *cursor) float() (float64, bool) {
	b, ok := c.take(4)
	if !ok {
		return 0, false
	}
	return mapping.Widen(binary.LittleEndian.Uint32(b)), true
}

func (c *cursor) double() (float64, bool) {
	b, ok := c.take(8)
	if !ok {
		return 0, false
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b)), true
}

// take gives the next n bytes of the payload itself.
func (c *cursor) take(n int) ([]byte, bool) {
	if n > len(c.data)-c.pos {
		return nil, c.fail(errTruncated)
	}
	start := c.pos
	c.pos += n
	return c.data[start:c.pos:c.pos], true
}

// bytes reads a length and gives that many bytes of the payload itself.
func (c *cursor) bytes() ([]byte, bool) {
	n, ok := c.long()
	if !ok {
		return nil, false
	}
	if n < 0 || n > int64(len(c.data)-c.pos) {
		return nil, c.fail(errLength)
	}
	start := c.pos
	c.pos += int(n)
	return c.data[start:c.pos:c.pos], true
}

// index reads an enum's or a union's index below n.
func (c *cursor) index(n int, why error) (int, bool) {
	start := c.pos
	i, ok := c.int()
	if ok && (i < 0 || i >= int64(n)) {
		c.pos = start
		return 0, c.fail(why)
	}
	return int(i), ok
}

// block reads the head of an array's or map's block, whose items take at least
// least bytes each. A count of 0 ends the array. end is where the block must
// end, -1 when its head does not say.
func (c *cursor) block(least int) (count, end int, ok bool) {
	n, ok := c.long()
	if !ok || n == 0 {
		return 0, -1, ok
	}
	room := int64(len(c.data) - c.pos)
	end = -1
	if n < 0 {
		size, ok := c.long()
		if !ok {
			return 0, 0, false
		}
		room = int64(len(c.data) - c.pos)
		if size < 0 || size > room || n == math.MinInt64 {
			return 0, 0, c.fail(errBlockSize)
		}
		n, room, end = -n, size, c.pos+int(size)
	}
	if least > 0 {
		switch {
		case n > room/int64(least) && end >= 0:
			return 0, 0, c.fail(errBlockSize)
		case n > room/int64(least):
			return 0, 0, c.fail(errCount)
		}
		return int(n), end, true
	}
	if n > int64(MaxEmptyItems-c.empty) {
		return 0, 0, c.fail(errEmptyItems)
	}
	c.empty += int(n)
	return int(n), end, true
}

// closed checks that a block ended where its head said.
func (c *cursor) closed(end int) bool {
	if end >= 0 && c.pos != end {
		return c.fail(errBlockSize)
	}
	return true
}
