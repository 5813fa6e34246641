package mapping

import (
	"slices"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"
)

// TestEverythingIsTried: each key of the language, each word that a key takes and
// each root of paths occurs in an example of the reference that is tried. TestPages
// of test/tried runs those, and compares what they give.
func TestEverythingIsTried(t *testing.T) {
	used, wanted := usage{}, usage{}
	texts := triedMappings(t)
	for _, text := range texts {
		used.entry(document(t, text), "file")
	}
	for _, e := range entries() {
		for _, key := range e.keys {
			at := e.name + "." + key
			wanted[at] = true
			if key != "consistency" { // its words differ in nothing but the level
				wanted.all(at, e.words[key].value)
			}
		}
	}
	for at := range wanted {
		if !used[at] {
			t.Errorf("no example of docs/mapping.md that is tried has %s", at)
		}
	}
	if len(texts) < 15 || len(wanted) < 80 {
		t.Errorf("%d examples that are tried, and %d keys and words are wanted: the search is broken", len(texts), len(wanted))
	}
	roots := slices.Clone(rootNames)
	for _, name := range metaNames {
		roots = append(roots, "meta."+name)
	}
	for _, root := range roots {
		if !slices.ContainsFunc(texts, func(text string) bool {
			return strings.Contains(text, ": "+root) || strings.Contains(text, "from: \""+root)
		}) {
			t.Errorf("no column of an example of docs/mapping.md that is tried is fed by %s", root)
		}
	}
}

// triedMappings gives the mappings of the reference that have rows behind them.
func triedMappings(t *testing.T) (texts []string) {
	t.Helper()
	latest := ""
	for _, b := range blocks(t, pagePath) {
		switch b.info {
		case "yaml":
			latest = b.text
		case "text rows":
			texts = append(texts, latest)
		}
	}
	return texts
}

// usage holds keys by their kind of entry, as "topic.key", and the words that keys
// take, as "format=avro": where two kinds have a key, its words mean the same.
type usage map[string]bool

// word notes a word of the key that a place ends in.
func (u usage) word(at, word string) { u[at[strings.LastIndexByte(at, '.')+1:]+"="+word] = true }

// entry notes what an entry of a kind uses.
func (u usage) entry(n *yaml.Node, kind string) {
	for _, e := range entries() {
		if e.name != kind {
			continue
		}
		for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
			at := kind + "." + n.Content[i].Value
			u[at] = true
			u.node(at, n.Content[i+1], e.words[n.Content[i].Value].value)
		}
	}
}

// node notes what a node uses, by the schema that describes it.
func (u usage) node(at string, n *yaml.Node, s *jsonSchema) {
	if s.Ref != "" {
		u.entry(n, strings.TrimPrefix(s.Ref, "#/$defs/"))
	}
	if n.Kind == yaml.ScalarNode && slices.Contains(s.Enum, n.Value) {
		u.word(at, n.Value)
	}
	for _, choice := range slices.Concat(s.AnyOf, s.AllOf) {
		u.node(at, n, choice)
	}
	for i := 0; n.Kind == yaml.SequenceNode && s.Items != nil && i < len(n.Content); i++ {
		u.node(at, n.Content[i], s.Items)
	}
	others, _ := s.AdditionalProperties.(*jsonSchema)
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if more := s.Properties[n.Content[i].Value]; more != nil {
			u.node(at+"."+n.Content[i].Value, n.Content[i+1], more)
		} else if others != nil {
			u.node(at, n.Content[i+1], others)
		}
	}
}

// all notes every word that a schema takes.
func (u usage) all(at string, s *jsonSchema) {
	if s == nil {
		return
	}
	for _, word := range s.Enum {
		u.word(at, word)
	}
	for _, choice := range slices.Concat(s.AnyOf, s.AllOf) {
		u.all(at, choice)
	}
	for name, more := range s.Properties {
		u.all(at+"."+name, more)
	}
	u.all(at, s.Items)
	if others, ok := s.AdditionalProperties.(*jsonSchema); ok {
		u.all(at, others)
	}
}
