package avro

import (
	"encoding/json"
	"fmt"

	hamba "github.com/hamba/avro/v2"

	"ingest/mapping"
)

// Reference is a schema that another one names, with the name the registry
// gives it.
type Reference struct {
	Name   string
	Schema string
}

// Schema is a parsed writer schema. It is immutable.
type Schema struct {
	shape *mapping.Shape
	texts texts
}

// Parse reads a schema and the schemas it refers to, which come in the order of
// their dependencies: each after those it needs itself. Field defaults are not
// looked at, because a writer's schema has no use for them and registries keep
// schemas whose defaults do not fit their type.
func Parse(schema string, refs []Reference) (*Schema, error) {
	// A cache of its own for each schema: hamba's shared one binds an unknown
	// name to whatever was parsed under it last.
	cache := &hamba.SchemaCache{}
	for _, ref := range refs {
		if _, err := hamba.ParseWithCache(bare(ref.Schema), "", cache); err != nil {
			return nil, fmt.Errorf("parsing referenced schema %s: %w", ref.Name, err)
		}
	}
	parsed, err := hamba.ParseWithCache(bare(schema), "", cache)
	if err != nil {
		return nil, fmt.Errorf("parsing schema: %w", err)
	}
	shaper := shaper{named: map[string]*mapping.Shape{}}
	shape, err := shaper.shape(parsed)
	if err != nil {
		return nil, fmt.Errorf("reading schema: %w", err)
	}
	return &Schema{shape: shape, texts: texts{schema: schema, refs: refs}}, nil
}

// Shape describes the schema's values; recursive schemas make cyclic shapes.
func (s *Schema) Shape() *mapping.Shape { return s.shape }

// bare takes out of a schema what does not decide how bytes are read.
func bare(schema string) string {
	var tree any
	if json.Unmarshal([]byte(schema), &tree) != nil {
		return schema // a bare name, or what hamba has to complain about
	}
	strip(tree)
	out, err := json.Marshal(tree)
	if err != nil {
		return schema
	}
	return string(out)
}

func strip(tree any) {
	switch node := tree.(type) {
	case []any:
		for _, branch := range node {
			strip(branch)
		}
	case map[string]any:
		for _, name := range [...]string{"default", "order", "doc"} {
			delete(node, name)
		}
		for _, name := range [...]string{"type", "fields", "items", "values"} {
			strip(node[name])
		}
	}
}
