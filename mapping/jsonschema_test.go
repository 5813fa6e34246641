package mapping

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	yaml "go.yaml.in/yaml/v4"
)

// TestEveryKeyHasWords: what the parser knows is described, and nothing else is.
func TestEveryKeyHasWords(t *testing.T) {
	for _, e := range entries() {
		known := map[string]bool{}
		for _, key := range e.keys {
			known[key] = true
			w := e.words[key]
			if !strings.HasSuffix(w.about, ".") || w.value == nil {
				t.Errorf("key %q of an entry of kind %q has no description or no schema: give it a line in mapping/words_*.go", key, e.name)
			}
		}
		for key := range e.words {
			if !known[key] {
				t.Errorf("mapping/words_*.go describe a key %q of an entry of kind %q that the parser does not know", key, e.name)
			}
		}
	}
}

// compiledSchema is the JSON Schema as another program reads it.
func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("mapping.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("mapping.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// goodFiles gives mapping files that Parse finds no error in: the page's, the
// examples' and the README's.
func goodFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{"a test's": goodFile}
	for _, page := range []string{"../docs/mapping.md", "../README.md"} {
		for _, b := range blocks(t, page) {
			if b.info == "yaml" {
				files[fmt.Sprint(page, ":", b.line)] = b.text
			}
		}
	}
	examples, err := filepath.Glob("../examples/*/mapping.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range examples {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = string(text)
	}
	return files
}

// TestSchemaTakesGoodFiles: an editor finds no fault in what Parse takes.
func TestSchemaTakesGoodFiles(t *testing.T) {
	schema, used := compiledSchema(t), map[string]bool{}
	for name, text := range goodFiles(t) {
		root := document(t, text)
		if err := schema.Validate(plain(root)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		eachPair(root, func(key, _ *yaml.Node) { used[key.Value] = true })
	}
	for _, e := range entries() {
		for _, key := range e.keys {
			if !used[key] {
				t.Errorf("no example uses the key %q of an entry of kind %q: add one to docs/mapping.md", key, e.name)
			}
		}
	}
}

// TestSchemaAndParseRefuse spoils good files, one place at a time. What the schema
// refuses Parse refuses too, so that no editor warns of a file that works; a
// misspelt key and a list in a value's place are refused by both.
func TestSchemaAndParseRefuse(t *testing.T) {
	schema := compiledSchema(t)
	both := 0
	for name, text := range goodFiles(t) {
		root := document(t, text)
		eachPair(root, func(key, value *yaml.Node) {
			check := func(how string, must bool) {
				text := written(t, root)
				_, ds := Parse("f", text)
				bySchema, byParse := schema.Validate(plain(document(t, string(text)))) != nil, ds.Err() != nil
				switch {
				case bySchema && byParse:
					both++
				case bySchema:
					t.Errorf("%s: line %d, %s of %q: the schema refuses what Parse takes", name, key.Line, how, key.Value)
				case must:
					t.Errorf("%s: line %d, %s of %q: the schema takes it", name, key.Line, how, key.Value)
				}
			}
			key.Value += "x"
			check("misspelling", true)
			key.Value = key.Value[:len(key.Value)-1]
			if value.Kind != yaml.ScalarNode {
				return
			}
			good := *value
			list := yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{&good}}
			*value = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{&list}}
			check("a list of lists as value", true)
			for _, word := range []string{"no_such_word", "%", "1", "-1", "true", "''", "99999d"} {
				*value = yaml.Node{Kind: yaml.ScalarNode, Value: strings.Trim(word, "'")}
				check(word+" as value", false)
			}
			*value = good
		})
	}
	if both < 500 {
		t.Errorf("only %d spoilt files are refused by both", both)
	}
}

func written(t *testing.T, root *yaml.Node) []byte {
	t.Helper()
	text, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func document(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Content[0]
}

// eachPair visits the keys of the file's entries, but not the names of columns.
func eachPair(n *yaml.Node, visit func(key, value *yaml.Node)) {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		visit(key, value)
		if key.Value != "columns" {
			eachPair(value, visit)
			continue
		}
		for j := 1; j < len(value.Content); j += 2 {
			eachPair(value.Content[j], visit)
		}
	}
	for i := 0; n.Kind == yaml.SequenceNode && i < len(n.Content); i++ {
		eachPair(n.Content[i], visit)
	}
}

// plain is what an editor takes YAML for: its core schema has no dates.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, plain(c))
		}
		return list
	}
	switch n.ShortTag() {
	case tagInt, tagFloat:
		f, _ := strconv.ParseFloat(n.Value, 64)
		return f
	case tagBool:
		return n.Value == "true"
	case tagNull:
		return nil
	}
	return n.Value
}
