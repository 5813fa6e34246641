package avro

import (
	"fmt"
	"slices"

	"ingest/mapping"
)

// valueOp is what a value reads, and for those that nest what it makes of it.
type valueOp uint8

const (
	valueNull valueOp = iota
	valueInt
	valueLong
	valueBoolean
	valueFloat
	valueDouble
	valueBytes
	valueFixed
	valueEnum
	valueUnion
	valueList // and set
	valueVector
	valueMap
	valueRecord
	valueScaled // a record of scale and unscaled bytes that is one decimal
	// Those that nest, for an expression.
	valueDynamicList
	valueDynamicMap
	valueDynamicRecord
	valueDynamicScaled
)

var valueOps = [...]valueOp{
	mapping.KindNull: valueNull, mapping.KindBoolean: valueBoolean, mapping.KindInt: valueInt, mapping.KindLong: valueLong,
	mapping.KindFloat: valueFloat, mapping.KindDouble: valueDouble, mapping.KindBytes: valueBytes, mapping.KindString: valueBytes,
	mapping.KindFixed: valueFixed, mapping.KindEnum: valueEnum, mapping.KindUnion: valueUnion, mapping.KindArray: valueList,
	mapping.KindMap: valueMap, mapping.KindRecord: valueRecord,
}

// value turns the Avro value of one shape into the CQL bytes of one type.
type value struct {
	op      valueOp
	size    int // bytes of a fixed, elements of a vector
	ints    mapping.IntEncoder
	floats  mapping.FloatEncoder
	bytes   mapping.BytesEncoder
	check   func([]byte) error // with same; may be nil
	same    bool               // the CQL bytes are the payload's own
	symbols [][]byte           // an enum's, ready
	least   int                // fewest bytes of an item, key included
	bare    bool               // a vector's elements have one size and no length before them
	key     mapping.BytesEncoder
	elem    *value
	kids    []*value   // branches of a union; fields of a UDT or tuple, nil where the record has none
	fields  []int      // the record's field for each of kids, -1 where it has none
	ordered bool       // fields come in the record's order
	skips   []*skipper // the record's fields
	skip    *skipper   // the whole value
}

// value compiles a shape and a type; the recursion ends with the type's depth.
func (b *skippers) value(s *mapping.Shape, t *mapping.Type, u mapping.Unit) (*value, error) {
	if t.Kind == mapping.TypeDynamic && nests(s) {
		return b.dynamic(s, t)
	}
	v := &value{op: valueOps[s.Kind], size: s.Size, skip: b.of(s)}
	var err error
	switch s.Kind {
	case mapping.KindNull:
	case mapping.KindBoolean, mapping.KindInt, mapping.KindLong:
		v.ints, err = mapping.IntEncoderFor(s, t, u)
	case mapping.KindFloat, mapping.KindDouble:
		v.floats, err = mapping.FloatEncoderFor(s, t)
	case mapping.KindUnion:
		for _, branch := range s.Branches {
			kid, err := b.value(branch, t, u)
			if err != nil {
				return nil, err
			}
			v.kids = append(v.kids, kid)
		}
	case mapping.KindArray:
		return v, b.list(v, s, t, u)
	case mapping.KindMap:
		return v, b.mapping(v, s, t, u)
	case mapping.KindRecord:
		return v, b.fields(v, s, t, u)
	case mapping.KindEnum:
		return v, v.enum(s, t)
	default:
		v.bytes, err = mapping.BytesEncoderFor(s, t)
		v.check, v.same = mapping.SameBytes(s, t)
	}
	return v, err
}

// enum encodes the symbols beforehand.
func (v *value) enum(s *mapping.Shape, t *mapping.Type) error {
	encode, err := mapping.BytesEncoderFor(s, t)
	if err != nil {
		return err
	}
	for _, symbol := range s.Symbols {
		data, err := encode(nil, []byte(symbol))
		if err != nil {
			return fmt.Errorf("symbol %s of %s: %w", symbol, s, err)
		}
		v.symbols = append(v.symbols, slices.Clip(data))
	}
	return nil
}

func (b *skippers) list(v *value, s *mapping.Shape, t *mapping.Type, u mapping.Unit) error {
	switch t.Kind {
	case mapping.TypeList, mapping.TypeSet:
	case mapping.TypeVector:
		v.op, v.size, v.bare = valueVector, t.Size, t.Elem.FixedSize()
	default:
		return fmt.Errorf("%s cannot become %s", s, t)
	}
	var err error
	v.least = b.least(s.Elem)
	v.elem, err = b.value(s.Elem, t.Elem, u)
	return err
}

func (b *skippers) mapping(v *value, s *mapping.Shape, t *mapping.Type, u mapping.Unit) error {
	if t.Kind != mapping.TypeMap {
		return fmt.Errorf("%s cannot become %s", s, t)
	}
	var err error
	if v.key, err = mapping.BytesEncoderFor(&mapping.Shape{Kind: mapping.KindString}, t.Key); err != nil {
		return err
	}
	v.least = 1 + b.least(s.Elem)
	v.elem, err = b.value(s.Elem, t.Elem, u)
	return err
}

func (b *skippers) fields(v *value, s *mapping.Shape, t *mapping.Type, u mapping.Unit) error {
	if mapping.IsScaledDecimal(s, t) {
		v.op = valueScaled
		return nil
	}
	fields, err := mapping.RecordFields(s, t)
	if err != nil {
		return err
	}
	v.fields, v.kids, v.ordered = fields, make([]*value, len(fields)), true
	last := -1
	for i, f := range fields {
		if f < 0 {
			continue
		}
		if v.kids[i], err = b.value(s.Fields[f].Shape, t.Elems[i], u); err != nil {
			return err
		}
		v.ordered = v.ordered && f > last
		last = f
	}
	for i := range s.Fields {
		v.skips = append(v.skips, b.of(s.Fields[i].Shape))
	}
	return nil
}
