package mapping

import "encoding/json"

// JSONSchema gives the JSON Schema of the mapping file, draft 2020-12, for
// editors. It refuses nothing that Parse takes; Parse refuses more, because a
// schema cannot hold one part of a file against another.
func JSONSchema() ([]byte, error) {
	list := entries()
	root := list[0].schema()
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "Mapping file of ingest"
	root.Defs = map[string]*jsonSchema{}
	for _, e := range list[1:] {
		root.Defs[e.name] = e.schema()
	}
	out, err := json.MarshalIndent(root, "", "  ")
	return append(out, '\n'), err
}

// schema describes an entry: its keys and no others.
func (e *entryKind) schema() *jsonSchema {
	s := &jsonSchema{Type: "object", Properties: map[string]*jsonSchema{}, Required: e.required, AdditionalProperties: false}
	for _, key := range e.keys {
		w := e.words[key]
		value := jsonSchema{}
		if w.value != nil {
			value = *w.value
		}
		value.Description = w.about
		s.Properties[key] = &value
	}
	return s
}

// jsonSchema is what the mapping file's schema needs of JSON Schema.
type jsonSchema struct {
	Schema               string                 `json:"$schema,omitempty"`
	Title                string                 `json:"title,omitempty"`
	Description          string                 `json:"description,omitempty"`
	Ref                  string                 `json:"$ref,omitempty"`
	Type                 string                 `json:"type,omitempty"`
	Const                any                    `json:"const,omitempty"`
	Enum                 []string               `json:"enum,omitempty"`
	Pattern              string                 `json:"pattern,omitempty"`
	MinLength            int                    `json:"minLength,omitempty"`
	Minimum              *int                   `json:"minimum,omitempty"`
	Maximum              *int                   `json:"maximum,omitempty"`
	Examples             []string               `json:"examples,omitempty"`
	Items                *jsonSchema            `json:"items,omitempty"`
	MinItems             int                    `json:"minItems,omitempty"`
	Properties           map[string]*jsonSchema `json:"properties,omitempty"`
	MinProperties        int                    `json:"minProperties,omitempty"`
	Required             []string               `json:"required,omitempty"`
	AdditionalProperties any                    `json:"additionalProperties,omitempty"` // false or a *jsonSchema
	AnyOf                []*jsonSchema          `json:"anyOf,omitempty"`
	AllOf                []*jsonSchema          `json:"allOf,omitempty"`
	Defs                 map[string]*jsonSchema `json:"$defs,omitempty"`
}

// ref is another kind of entry.
func ref(name string) *jsonSchema { return &jsonSchema{Ref: "#/$defs/" + name} }

// text is any text that is not empty.
func text(examples ...string) *jsonSchema {
	return &jsonSchema{Type: "string", MinLength: 1, Examples: examples}
}

// matching is a text of a pattern.
func matching(pattern string, examples ...string) *jsonSchema {
	return &jsonSchema{Type: "string", Pattern: pattern, Examples: examples}
}

// oneOf is one of a few words.
func oneOf(words ...string) *jsonSchema { return &jsonSchema{Type: "string", Enum: words} }

// between is a whole number within bounds.
func between(least, most int) *jsonSchema {
	return &jsonSchema{Type: "integer", Minimum: &least, Maximum: &most}
}

func exactly(value any) *jsonSchema { return &jsonSchema{Const: value} }

func number() *jsonSchema { return &jsonSchema{Type: "number"} }

func boolean() *jsonSchema { return &jsonSchema{Type: "boolean"} }

// listOf is a list with at least one item.
func listOf(item *jsonSchema) *jsonSchema {
	return &jsonSchema{Type: "array", MinItems: 1, Items: item}
}

func anyOf(choices ...*jsonSchema) *jsonSchema { return &jsonSchema{AnyOf: choices} }
