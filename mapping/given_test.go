package mapping

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const givenFile = `
version: 1
topics:
  - topics: [orders, returns]
    key: {format: avro, schema: key.avsc}
    value: {format: avro, schema: schemas/order.avsc}
    tables:
      - table: shop.orders
        columns: {id: key.id, topic: meta.topic}
  - pattern: 'o\..+'
    value: {format: avro, schema: schemas/order.avsc}
    tables:
      - table: shop.orders
        columns: {id: value.id, topic: meta.topic}
`

// TestReadSchemas: each file is read once, what it says counts for the hash, and a
// fault has its place.
func TestReadSchemas(t *testing.T) {
	f := parsed(t, givenFile)
	var read []string
	texts := func(path string) (string, error) {
		read = append(read, path)
		return "text of " + path, nil
	}
	one, found := f.ReadSchemas(texts)
	if len(found) > 0 || strings.Join(read, " ") != "key.avsc schemas/order.avsc" {
		t.Errorf("read %q, %v", read, found)
	}
	for _, topic := range slices.Concat(one.Topics, one.Patterns) {
		if topic.Value.Schema.Text != "text of schemas/order.avsc" {
			t.Errorf("topic %s has the schema %q", topic.Name, topic.Value.Schema.Text)
		}
	}
	other, _ := f.ReadSchemas(func(path string) (string, error) { return "another text of " + path, nil })
	again, _ := f.ReadSchemas(texts)
	if f.Topics[0].Key.Schema.Text != "" || one.Hash() == f.Hash() || one.Hash() == other.Hash() || one.Hash() != again.Hash() || len(one.Hash()) != 12 {
		t.Errorf("hashes %s, %s, %s, %s", f.Hash(), one.Hash(), other.Hash(), again.Hash())
	}
	_, found = f.ReadSchemas(func(path string) (string, error) {
		if path == "key.avsc" {
			return "", errors.New("no such file")
		}
		return "", nil
	})
	if len(found) != 1 || found[0].Line != 5 || found[0].Message != `schema "key.avsc": no such file` {
		t.Errorf("found %v", found)
	}
}

func TestNeedsRegistry(t *testing.T) {
	for _, tt := range []struct {
		old, replaced string
		want          bool
	}{
		{"", "", false},
		{"key: {format: avro, schema: key.avsc}", "key: {format: avro}", true},
		{"    value: {format: avro, schema: schemas/order.avsc}\n    tables:\n      - table: shop.orders\n        columns: {id: value.id,", "    tables:\n      - table: shop.orders\n        columns: {id: value.id,", true},
	} {
		if got := parsed(t, strings.Replace(givenFile, tt.old, tt.replaced, 1)).NeedsRegistry(); got != tt.want {
			t.Errorf("%s: %v", tt.replaced, got)
		}
	}
}

func TestGivenSchemaFaults(t *testing.T) {
	for format, want := range map[string]string{
		"{format: string, schema: a.avsc}":           "a key of format string has no schema",
		"{format: avro, schema: a.avsc, subject: s}": "a schema comes from a file or from a subject of the schema registry",
		"{format: avro, schema: 7}":                  `"schema" must be a text`,
		"{format: avro, schema: ''}":                 `"schema" must not be empty`,
	} {
		text := strings.Replace(givenFile, "{format: avro, schema: key.avsc}", format, 1)
		if f, found := Parse("m.yaml", []byte(text)); f != nil || !strings.Contains(found[0].Message, want) {
			t.Errorf("%s: %v", format, found)
		}
	}
}
