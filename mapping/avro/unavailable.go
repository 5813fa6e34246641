package avro

import (
	"bytes"
	"crypto/md5" //nolint:gosec // UUIDs of version 3 are made with it
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"ingest/mapping"
)

// known lets a value that is Debezium's placeholder leave its columns as they are.
func (p *planner) known(s *mapping.Shape, wants []want, inner *node) *node {
	at := slices.IndexFunc(wants, func(w want) bool { return w.Unavailable != "" })
	if at < 0 {
		return inner
	}
	patterns := placeholder(wants[at].Unavailable).of(s)
	if len(patterns) == 0 {
		return inner
	}
	return &node{op: opKnown, kids: []*node{inner}, slots: slotsOf(wants), skip: p.of(s), unavailable: patterns}
}

func (c *cursor) known(n *node) bool {
	for _, pattern := range n.unavailable {
		if bytes.HasPrefix(c.data[c.pos:], pattern) {
			c.mark(n.slots, mapping.Unset)
			return c.skip(n.skip)
		}
	}
	return c.walk(n.kids[0])
}

// placeholder is what a connector writes for values that it does not know: bytes,
// and where a text is wanted the text of them.
type placeholder string

// of gives the bytes of Debezium's placeholder as a value of a shape.
// No encoding of one value begins with that of another, so its first bytes tell it.
// Connectors write the text itself, and for an array the text, its bytes one by
// one, or the UUID of version 3 that is made of it, and for a map the text as key
// and value (UnchangedToastedPlaceholder of the PostgreSQL connector). For arrays of
// other types it writes null, see test/captured.
func (p placeholder) of(s *mapping.Shape) [][]byte {
	switch s.Kind {
	case mapping.KindString: // the second is that of a map as JSON
		asMap := `{"` + string(p) + `":"` + string(p) + `"}`
		return [][]byte{appendText(nil, string(p)), appendText(nil, asMap)}
	case mapping.KindBytes:
		return [][]byte{appendText(nil, string(p))}
	case mapping.KindArray:
		return p.ofArray(s.Elem)
	case mapping.KindMap:
		if head, elem := item(s.Elem); elem.Kind == mapping.KindString {
			b := appendText(appendLong(nil, 1), string(p))
			return [][]byte{appendLong(appendText(append(b, head...), string(p)), 0)}
		}
	}
	return nil
}

func (p placeholder) ofArray(s *mapping.Shape) [][]byte {
	head, elem := item(s)
	switch elem.Kind {
	case mapping.KindString:
		return [][]byte{oneText(head, string(p)), oneText(head, p.uuid())}
	case mapping.KindBytes:
		return [][]byte{oneText(head, string(p)), p.byteByByte(head, func(b []byte, v byte) []byte { return appendText(b, string([]byte{v})) })}
	case mapping.KindInt, mapping.KindLong:
		return [][]byte{p.byteByByte(head, func(b []byte, v byte) []byte { return appendLong(b, int64(int8(v))) })}
	case mapping.KindFloat:
		return [][]byte{p.byteByByte(head, func(b []byte, v byte) []byte {
			return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(int8(v))))
		})}
	case mapping.KindDouble:
		return [][]byte{p.byteByByte(head, func(b []byte, v byte) []byte {
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(int8(v))))
		})}
	}
	return nil
}

// oneText is an array of one text.
func oneText(head []byte, text string) []byte {
	return appendLong(appendText(append(appendLong(nil, 1), head...), text), 0)
}

// byteByByte is an array of the placeholder's bytes, which have a sign in Java.
func (p placeholder) byteByByte(head []byte, put func(b []byte, v byte) []byte) []byte {
	b := appendLong(nil, int64(len(p)))
	for _, v := range []byte(p) {
		b = put(append(b, head...), v)
	}
	return appendLong(b, 0)
}

// item gives what stands in front of an element that is not null, and its shape.
func item(s *mapping.Shape) (head []byte, elem *mapping.Shape) {
	elem = s.NonNull()
	if s.Kind == mapping.KindUnion && elem != s {
		head = appendLong(nil, int64(slices.Index(s.Branches, elem)))
	}
	return head, elem
}

// uuid is Java's UUID.nameUUIDFromBytes of the placeholder.
func (p placeholder) uuid() string {
	sum := md5.Sum([]byte(p)) //nolint:gosec // no secret is kept by it
	sum[6], sum[8] = sum[6]&0x0f|0x30, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:])
}

func appendLong(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }

func appendText(b []byte, s string) []byte { return append(appendLong(b, int64(len(s))), s...) }

func splitPresent(wants []want) (present []int, others []want) {
	for _, w := range wants {
		if w.Present {
			present = append(present, w.Slot)
		} else {
			others = append(others, w)
		}
	}
	return present, others
}
