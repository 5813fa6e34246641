package avro

import (
	"fmt"
	"math"

	hamba "github.com/hamba/avro/v2"

	"ingest/mapping"
)

var kinds = map[hamba.Type]mapping.Kind{
	hamba.Null: mapping.KindNull, hamba.Boolean: mapping.KindBoolean, hamba.Int: mapping.KindInt, hamba.Long: mapping.KindLong,
	hamba.Float: mapping.KindFloat, hamba.Double: mapping.KindDouble, hamba.Bytes: mapping.KindBytes, hamba.String: mapping.KindString,
}

// shaper turns hamba's schemas into shapes. Each named type is made once, before
// what it holds, so that a type may hold itself.
type shaper struct {
	named map[string]*mapping.Shape
}

func (b *shaper) shape(s hamba.Schema) (*mapping.Shape, error) {
	if ref, ok := s.(*hamba.RefSchema); ok {
		s = ref.Schema()
	}
	if named, ok := s.(hamba.NamedSchema); ok {
		return b.namedShape(named)
	}
	switch s := s.(type) {
	case *hamba.NullSchema:
		return &mapping.Shape{Kind: mapping.KindNull}, nil
	case *hamba.PrimitiveSchema:
		return primitiveShape(s)
	case *hamba.ArraySchema:
		elem, err := b.shape(s.Items())
		return &mapping.Shape{Kind: mapping.KindArray, Elem: elem}, err
	case *hamba.MapSchema:
		elem, err := b.shape(s.Values())
		return &mapping.Shape{Kind: mapping.KindMap, Elem: elem}, err
	case *hamba.UnionSchema:
		return b.unionShape(s)
	}
	return nil, fmt.Errorf("schema type %s is not supported", s.Type())
}

func (b *shaper) unionShape(s *hamba.UnionSchema) (*mapping.Shape, error) {
	shape := &mapping.Shape{Kind: mapping.KindUnion}
	for _, branch := range s.Types() {
		inner, err := b.shape(branch)
		if err != nil {
			return nil, err
		}
		shape.Branches = append(shape.Branches, inner)
	}
	if len(shape.Branches) == 0 {
		return nil, fmt.Errorf("a union without branches has no values")
	}
	return shape, nil
}

func (b *shaper) namedShape(s hamba.NamedSchema) (*mapping.Shape, error) {
	if known := b.named[s.FullName()]; known != nil {
		return known, nil
	}
	shape := &mapping.Shape{Name: s.FullName()}
	b.named[shape.Name] = shape
	switch s := s.(type) {
	case *hamba.RecordSchema:
		shape.Kind = mapping.KindRecord
		err := b.fields(shape, s)
		setVariableScale(shape, s)
		return shape, err
	case *hamba.EnumSchema:
		shape.Kind, shape.Symbols = mapping.KindEnum, s.Symbols()
		return shape, nil
	case *hamba.FixedSchema:
		shape.Kind, shape.Size = mapping.KindFixed, s.Size()
		if shape.Size < 0 || shape.Size > math.MaxInt32 {
			return nil, fmt.Errorf("fixed %s has an impossible size", shape.Name)
		}
		setLogical(shape, s.Logical(), s)
		setConnect(shape, s)
		return shape, nil
	}
	return nil, fmt.Errorf("schema type %s is not supported", s.Type())
}

func (b *shaper) fields(shape *mapping.Shape, s *hamba.RecordSchema) error {
	for _, f := range s.Fields() {
		inner, err := b.shape(f.Type())
		if err != nil {
			return fmt.Errorf("field %s of %s: %w", f.Name(), shape.Name, err)
		}
		shape.Fields = append(shape.Fields, mapping.Field{Name: f.Name(), Aliases: f.Aliases(), Shape: inner})
	}
	return nil
}

func primitiveShape(s *hamba.PrimitiveSchema) (*mapping.Shape, error) {
	kind, ok := kinds[s.Type()]
	if !ok {
		return nil, fmt.Errorf("schema type %s is not supported", s.Type())
	}
	shape := &mapping.Shape{Kind: kind}
	setLogical(shape, s.Logical(), s)
	setConnect(shape, s)
	return shape, nil
}
