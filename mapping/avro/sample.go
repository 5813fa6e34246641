package avro

import (
	"fmt"

	twmb "github.com/twmb/avro"
)

// texts are what a schema was parsed from.
type texts struct {
	schema string
	refs   []Reference
}

// EncodeJSON turns a value in Avro's JSON encoding into the bytes that a producer
// would send of it, without a framing. Union branches may be named, as the
// encoding wants, or not; fields with a default may be missing. It serves samples
// that people write, not the records of a topic. Its errors can name parts of the
// value.
func (s *Schema) EncodeJSON(value []byte) ([]byte, error) {
	schema, err := s.texts.encoder(func(text string) string { return text })
	if err != nil { // its defaults may not fit, see Parse
		if schema, err = s.texts.encoder(bare); err != nil {
			return nil, err
		}
	}
	var v any
	if err := schema.DecodeJSON(value, &v, twmb.TaggedUnions()); err != nil {
		return nil, fmt.Errorf("reading the JSON by the schema: %w", err)
	}
	data, err := schema.Encode(v)
	if err != nil {
		return nil, fmt.Errorf("encoding the JSON by the schema: %w", err)
	}
	return data, nil
}

// encoder parses the schema with the library that encodes.
func (t *texts) encoder(clean func(string) string) (*twmb.Schema, error) {
	var cache twmb.SchemaCache
	for _, ref := range t.refs {
		if _, err := cache.Parse(clean(ref.Schema)); err != nil {
			return nil, fmt.Errorf("parsing referenced schema %s: %w", ref.Name, err)
		}
	}
	schema, err := cache.Parse(clean(t.schema))
	if err != nil {
		return nil, fmt.Errorf("parsing schema: %w", err)
	}
	return schema, nil
}
