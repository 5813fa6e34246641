package registry

import (
	"encoding/binary"
	"errors"
	"fmt"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/retry"
)

// plainDecoder reads keys that no schema describes, as Kafka's own serializers
// write them: text and bytes as they are, numbers big-endian, a UUID as its text.
type plainDecoder struct {
	columns  []plainColumn
	problems []avro.Problem
	kind     mapping.FormatKind
	size     int // bytes of every payload, 0 for any number
}

type plainColumn struct {
	slot  int
	text  mapping.BytesEncoder
	count mapping.IntEncoder // nil: text
}

const (
	intBytes  = 4
	longBytes = 8
	uuidBytes = 36
)

var errNoUUID = errors.New("the key is not the text of a UUID")

// newPlainDecoder makes the decoder for a format without schema. A path into
// such a payload leads nowhere: its slot stays absent.
func newPlainDecoder(kind mapping.FormatKind, targets []mapping.Target) (*plainDecoder, []avro.Problem) {
	d := &plainDecoder{kind: kind}
	switch kind {
	case mapping.FormatInt:
		d.size = intBytes
	case mapping.FormatLong:
		d.size = longBytes
	case mapping.FormatUUID:
		d.size = uuidBytes
	}
	for _, t := range targets {
		if len(t.Path) > 0 {
			continue
		}
		col := plainColumn{slot: t.Slot}
		var err error
		if d.counts() {
			col.count, err = mapping.IntEncoderFor(kind.Shape(), t.Type, t.Unit)
		} else {
			col.text, err = mapping.BytesEncoderFor(kind.Shape(), t.Type)
		}
		if err != nil {
			d.problems = append(d.problems, avro.Problem{Slot: t.Slot, Err: err})
			continue
		}
		d.columns = append(d.columns, col)
	}
	return d, d.problems
}

// counts reports whether payloads are numbers.
func (d *plainDecoder) counts() bool {
	return d.kind == mapping.FormatInt || d.kind == mapping.FormatLong
}

// Decode fills the slots, as mapping.Decoder says.
func (d *plainDecoder) Decode(payload []byte, f *mapping.Frame) error {
	if d.size > 0 && len(payload) != d.size {
		return &retry.Poison{Reason: retry.ReasonDecode, Err: fmt.Errorf("a key of format %s has %d bytes, and this has %d", d.kind, d.size, len(payload))}
	}
	if d.kind == mapping.FormatUUID && !isUUID(payload) {
		return &retry.Poison{Reason: retry.ReasonDecode, Err: errNoUUID}
	}
	var count int64
	switch d.kind {
	case mapping.FormatInt:
		count = int64(int32(binary.BigEndian.Uint32(payload)))
	case mapping.FormatLong:
		count = int64(binary.BigEndian.Uint64(payload))
	}
	for i := range d.columns {
		d.columns[i].put(payload, count, f)
	}
	for i := range d.problems {
		f.Fail(d.problems[i].Slot, d.problems[i].Err)
	}
	return nil
}

// isUUID reports whether 36 bytes are hexadecimal digits, with hyphens where a
// UUID has them.
func isUUID(text []byte) bool {
	for i, c := range text {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return true
}

func (c *plainColumn) put(text []byte, count int64, f *mapping.Frame) {
	start := len(f.Arena)
	var arena []byte
	var err error
	if c.count != nil {
		arena, err = c.count(f.Arena, count)
	} else {
		arena, err = c.text(f.Arena, text)
	}
	if err != nil {
		f.Fail(c.slot, err)
		return
	}
	f.Arena = arena
	f.Put(c.slot, start)
}
