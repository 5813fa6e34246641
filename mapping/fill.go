package mapping

import "fmt"

// Null makes every slot that root feeds null, as for a record whose key is null.
func (f *Form) Null(root Root, frame *Frame) {
	for i := range f.Slots {
		if f.Slots[i].Source.payload() == root {
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
	if t.Kind == TypeDynamic {
		encode := dynamicBytes(&headerShape)
		return func(r *Record, f *Frame, slot int) error {
			arena, err := encode(f.Arena, []byte(r.Topic))
			return f.put(slot, arena, err)
		}, nil
	}
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
