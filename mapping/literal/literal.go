package literal

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"ingest/mapping"
)

var errBytes = errors.New("the bytes are no value of the type")

// Of writes the bytes of a value (native protocol v4, section 6) as a CQL
// constant of its type, which CQL reads back as that value. Bytes that are none
// of the type give an error without them.
func Of(t *mapping.Type, data []byte) (string, error) {
	var b strings.Builder
	err := write(&b, t, data)
	return b.String(), err
}

// write appends one value.
func write(b *strings.Builder, t *mapping.Type, data []byte) error {
	switch t.Kind {
	case mapping.TypeList, mapping.TypeSet:
		return writeElements(b, t, data)
	case mapping.TypeMap:
		return writeMap(b, t, data)
	case mapping.TypeTuple, mapping.TypeUDT:
		return writeFields(b, t, data)
	case mapping.TypeVector:
		return writeVector(b, t, data)
	case mapping.TypeText, mapping.TypeASCII:
		if !utf8.Valid(data) {
			return errBytes
		}
		b.WriteString("'" + strings.ReplaceAll(string(data), "'", "''") + "'")
		return nil
	case mapping.TypeBlob:
		b.WriteString("0x" + hex.EncodeToString(data))
		return nil
	}
	if len(data) == 0 { // CQL's empty value, which no constant means
		b.WriteString("(empty)")
		return nil
	}
	text, err := scalar(t.Kind, data)
	b.WriteString(text)
	return err
}

// reader takes a value's bytes apart.
type reader struct {
	data []byte
	err  error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.data) {
		r.err = errBytes
		return nil
	}
	taken := r.data[:n:n]
	r.data = r.data[n:]
	return taken
}

func (r *reader) int32() int {
	four := r.take(4)
	if four == nil {
		return 0
	}
	return int(int32(uint32(four[0])<<24 | uint32(four[1])<<16 | uint32(four[2])<<8 | uint32(four[3])))
}

// element takes bytes behind their length; null is a length below 0.
func (r *reader) element() (data []byte, null bool) {
	n := r.int32()
	if n < 0 {
		return nil, true
	}
	return r.take(n), false
}

// value takes an element and writes it.
func (r *reader) value(b *strings.Builder, t *mapping.Type) {
	data, null := r.element()
	switch {
	case r.err != nil:
	case null:
		b.WriteString("null")
	default:
		r.err = write(b, t, data)
	}
}

// done gives the error, or says that bytes are left.
func (r *reader) done() error {
	if r.err == nil && len(r.data) > 0 {
		return errBytes
	}
	return r.err
}

func writeElements(b *strings.Builder, t *mapping.Type, data []byte) error {
	open, shut := "[", "]"
	if t.Kind == mapping.TypeSet {
		open, shut = "{", "}"
	}
	r := &reader{data: data}
	b.WriteString(open)
	for i, n := 0, r.int32(); i < n && r.err == nil; i++ {
		if i > 0 {
			b.WriteString(", ")
		}
		r.value(b, t.Elem)
	}
	b.WriteString(shut)
	return r.done()
}

func writeMap(b *strings.Builder, t *mapping.Type, data []byte) error {
	r := &reader{data: data}
	b.WriteString("{")
	for i, n := 0, r.int32(); i < n && r.err == nil; i++ {
		if i > 0 {
			b.WriteString(", ")
		}
		r.value(b, t.Key)
		b.WriteString(": ")
		r.value(b, t.Elem)
	}
	b.WriteString("}")
	return r.done()
}

// writeFields writes a tuple or a user-defined type. Fields at its end may be
// missing.
func writeFields(b *strings.Builder, t *mapping.Type, data []byte) error {
	open, shut := "(", ")"
	if t.Kind == mapping.TypeUDT {
		open, shut = "{", "}"
	}
	r := &reader{data: data}
	b.WriteString(open)
	for i, elem := range t.Elems {
		if i > 0 {
			b.WriteString(", ")
		}
		if t.Kind == mapping.TypeUDT {
			b.WriteString(mapping.QuoteName(t.Fields[i]) + ": ")
		}
		if len(r.data) == 0 && r.err == nil {
			b.WriteString("null")
			continue
		}
		r.value(b, elem)
	}
	b.WriteString(shut)
	return r.done()
}

func writeVector(b *strings.Builder, t *mapping.Type, data []byte) error {
	r := &reader{data: data}
	b.WriteString("[")
	for i := range t.Size {
		if r.err != nil {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		n, ok := fixed(t.Elem)
		if !ok {
			n = int(r.uvint())
		}
		if elem := r.take(n); r.err == nil {
			r.err = write(b, t.Elem, elem)
		}
	}
	b.WriteString("]")
	return r.done()
}

// fixed gives the bytes of types that stand in a vector without their length.
func fixed(t *mapping.Type) (n int, ok bool) {
	switch t.Kind {
	case mapping.TypeBoolean:
		return 1, true
	case mapping.TypeInt, mapping.TypeFloat:
		return 4, true
	case mapping.TypeBigint, mapping.TypeDouble, mapping.TypeTimestamp:
		return 8, true
	case mapping.TypeUUID, mapping.TypeTimeUUID:
		return 16, true
	case mapping.TypeVector:
		n, ok = fixed(t.Elem)
		return n * t.Size, ok
	}
	return 0, false
}

// uvint takes an unsigned vint, see mapping.AppendUvint.
func (r *reader) uvint() uint64 {
	first := r.take(1)
	if first == nil {
		return 0
	}
	extra := 0
	for extra < 8 && first[0]&(0x80>>extra) != 0 {
		extra++
	}
	v := uint64(first[0]) & (0xff >> extra)
	if extra == 8 {
		v = 0
	}
	for _, c := range r.take(extra) {
		v = v<<8 | uint64(c)
	}
	return v
}

func (r *reader) vint() int64 {
	u := r.uvint()
	return int64(u>>1) ^ -int64(u&1)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
