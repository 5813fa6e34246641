package mapping

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Null makes every slot that root feeds null, as for a record whose key is null.
func (f *Form) Null(root Root, frame *Frame) {
	for i := range f.Slots {
		if f.Slots[i].Source.Root == root {
			frame.Cells[i].State = Null
		}
	}
}

// put gives a slot the bytes that an encoder appended to the arena.
func (f *Frame) put(slot int, arena []byte, err error) error {
	if err != nil {
		return err
	}
	start := len(f.Arena)
	f.Arena = arena
	f.Put(slot, start)
	return nil
}

// fillerFor gives what fills a column from a header or a meta field.
func fillerFor(s *Source, t *Type) (filler, error) {
	if s.Root == RootHeader {
		return headerFiller(s.Name, t)
	}
	if s.Name == "topic" {
		return topicFiller(t)
	}
	return metaFiller(s.Name, t, s.Unit)
}

// A header's bytes are read as text, and go as they are into a blob.
var headerShape = Shape{Kind: KindString}

// headerFiller: a header that the record does not have is absent, one without a
// value is null.
func headerFiller(name string, t *Type) (filler, error) {
	encode, err := BytesEncoderFor(&headerShape, t)
	if err != nil {
		return nil, err
	}
	return func(r *Record, f *Frame, slot int) error {
		value, ok := r.Header(name)
		switch {
		case !ok:
			return nil
		case value == nil:
			f.Cells[slot].State = Null
			return nil
		}
		arena, err := encode(f.Arena, value)
		return f.put(slot, arena, err)
	}, nil
}

// topicFiller: the names of topics are ASCII, so that their bytes are those of
// each of these types.
func topicFiller(t *Type) (filler, error) {
	if t.Kind != TypeText && t.Kind != TypeASCII && t.Kind != TypeBlob {
		return nil, refuse(&headerShape, t, "text, ascii and blob")
	}
	return func(r *Record, f *Frame, slot int) error {
		return f.put(slot, append(f.Arena, r.Topic...), nil)
	}, nil
}

// metaField is a number that comes with every record.
type metaField struct {
	shape Shape
	of    func(r *Record) (v int64, ok bool) // not ok: the record has none
}

var metaFields = map[string]metaField{
	"partition": {Shape{Kind: KindInt}, func(r *Record) (int64, bool) { return int64(r.Partition), true }},
	"offset":    {Shape{Kind: KindLong}, func(r *Record) (int64, bool) { return r.Offset, true }},
	// A record of a message format before timestamps says -1.
	"timestamp": {Shape{Kind: KindLong, Logical: LogicalTimestampMillis}, func(r *Record) (int64, bool) { return r.Timestamp, r.Timestamp >= 0 }},
	"schema_id": {Shape{Kind: KindInt}, func(r *Record) (int64, bool) { return int64(r.SchemaID), r.SchemaID != 0 }},
}

func metaFiller(name string, t *Type, u Unit) (filler, error) {
	field, ok := metaFields[name]
	if !ok {
		return nil, fmt.Errorf("meta has no field %q", name)
	}
	encode, err := IntEncoderFor(&field.shape, t, u)
	if err != nil {
		return nil, err
	}
	of := field.of
	return func(r *Record, f *Frame, slot int) error {
		v, ok := of(r)
		if !ok {
			return nil
		}
		arena, err := encode(f.Arena, v)
		return f.put(slot, arena, err)
	}, nil
}

// plainShapes are what keys that need no schema hold.
var plainShapes = map[FormatKind]*Shape{
	FormatString: {Kind: KindString},
	FormatLong:   {Kind: KindLong},
}

// PlainKey gives the decoder of keys of format string (UTF-8 text) or long (8
// bytes, big-endian, as Kafka's LongSerializer writes them) for what the form
// wants from the key. A null key makes its slots null. For keys of other
// formats there is none.
func (f *Form) PlainKey(format FormatKind) (Decoder, error) {
	shape := plainShapes[format]
	if shape == nil {
		return nil, fmt.Errorf("keys of format %s are not plain", format)
	}
	d := plainKey{form: f, long: format == FormatLong}
	for _, target := range f.Targets(RootKey) {
		slot := plainSlot{slot: target.Slot}
		var err error
		if d.long {
			slot.int, err = IntEncoderFor(shape, target.Type, target.Unit)
		} else {
			slot.bytes, err = BytesEncoderFor(shape, target.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("key into column %s: %w", f.Slots[target.Slot].Column, err)
		}
		d.slots = append(d.slots, slot)
	}
	return &d, nil
}

type plainKey struct {
	form  *Form
	slots []plainSlot
	long  bool
}

type plainSlot struct {
	slot  int
	int   IntEncoder
	bytes BytesEncoder
}

var errLongKey = errors.New("a key of format long has 8 bytes")

// Decode fills the slots from a key.
func (d *plainKey) Decode(payload []byte, f *Frame) error {
	if payload == nil {
		d.form.Null(RootKey, f)
		return nil
	}
	var long int64
	if d.long {
		if len(payload) != 8 {
			return errLongKey
		}
		long = int64(binary.BigEndian.Uint64(payload))
	}
	for i := range d.slots {
		s := &d.slots[i]
		var arena []byte
		var err error
		if d.long {
			arena, err = s.int(f.Arena, long)
		} else {
			arena, err = s.bytes(f.Arena, payload)
		}
		if err := f.put(s.slot, arena, err); err != nil {
			f.Fail(s.slot, err)
		}
	}
	return nil
}
