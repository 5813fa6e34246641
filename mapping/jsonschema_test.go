package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
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
func compiledSchema(t testing.TB) *jsonschema.Schema {
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

// TestSchemaTellsOfFaults: of the faults that Parse finds in the files of testdata
// an editor shows these, each where Parse has one, and no others.
func TestSchemaTellsOfFaults(t *testing.T) {
	schema := compiledSchema(t)
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(paths) < 6 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	var told strings.Builder
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, ds := Parse(path, text)
		faulty := map[int]bool{}
		for _, d := range ds {
			if d.Severity == Error {
				faulty[d.Line] = true
			}
		}
		seen := 0
		root := document(t, string(text))
		for _, line := range toldLines(t, schema, root) {
			fmt.Fprintf(&told, "%s:%d\n", filepath.Base(path), line)
			if seen++; !faulty[line] {
				t.Errorf("%s:%d: the schema refuses what Parse takes", path, line)
			}
		}
		fmt.Fprintf(&told, "%s: %d of %d lines with faults\n", filepath.Base(path), seen, len(faulty))
	}
	golden(t, "jsonschema.golden", told.String())
}

// toldLines gives the lines that a schema finds faults in: the innermost places that
// it names.
func toldLines(t *testing.T, schema *jsonschema.Schema, root *yaml.Node) []int {
	t.Helper()
	fault, ok := errors.AsType[*jsonschema.ValidationError](schema.Validate(plain(root)))
	if !ok {
		return nil
	}
	lines := map[int]bool{}
	var visit func(e *jsonschema.ValidationError)
	visit = func(e *jsonschema.ValidationError) {
		_, choice := e.ErrorKind.(*kind.AnyOf)
		if len(e.Causes) > 0 && !choice { // of a choice it is not known which one was meant
			for _, cause := range e.Causes {
				visit(cause)
			}
			return
		}
		n := root
		for _, step := range e.InstanceLocation {
			n = child(n, step)
		}
		keys := []string{""}
		if more, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
			keys = more.Properties
		}
		for _, key := range keys {
			lines[lineOf(n, key)] = true
		}
	}
	visit(fault)
	return slices.Sorted(maps.Keys(lines))
}

// child gives what an entry's key or a list's index leads to.
func child(n *yaml.Node, step string) *yaml.Node {
	if i, err := strconv.Atoi(step); err == nil && n.Kind == yaml.SequenceNode {
		return n.Content[i]
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == step {
			return n.Content[i+1]
		}
	}
	return n
}

// lineOf gives the line of a key of an entry, or of the node itself.
func lineOf(n *yaml.Node, key string) int {
	for i := 0; key != "" && i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i].Line
		}
	}
	return n.Line
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
