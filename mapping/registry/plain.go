package registry

import (
	"encoding/binary"
	"fmt"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/retry"
)

// plainDecoder reads keys and values that no schema describes: a string is the
// bytes as they are, a long is Kafka's LongSerializer, eight bytes big-endian.
type plainDecoder struct {
	columns  []plainColumn
	problems []avro.Problem
	long     bool
}

type plainColumn struct {
	slot  int
	text  mapping.BytesEncoder
	count mapping.IntEncoder
}

// newPlainDecoder makes the decoder for a format without schema. A path into
// such a payload leads nowhere: its slot stays absent.
func newPlainDecoder(kind mapping.FormatKind, targets []mapping.Target) (*plainDecoder, []avro.Problem) {
	d := &plainDecoder{long: kind == mapping.FormatLong}
	for _, t := range targets {
		if len(t.Path) > 0 {
			continue
		}
		col := plainColumn{slot: t.Slot}
		var err error
		if d.long {
			col.count, err = mapping.IntEncoderFor(&mapping.Shape{Kind: mapping.KindLong}, t.Type, t.Unit)
		} else {
			col.text, err = mapping.BytesEncoderFor(&mapping.Shape{Kind: mapping.KindString}, t.Type)
		}
		if err != nil {
			d.problems = append(d.problems, avro.Problem{Slot: t.Slot, Err: err})
			continue
		}
		d.columns = append(d.columns, col)
	}
	return d, d.problems
}

const longBytes = 8

// Decode fills the slots, as mapping.Decoder says.
func (d *plainDecoder) Decode(payload []byte, f *mapping.Frame) error {
	var count int64
	if d.long {
		if len(payload) != longBytes {
			return &retry.Poison{Reason: retry.ReasonDecode, Err: fmt.Errorf("a long has 8 bytes, and this has %d", len(payload))}
		}
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
