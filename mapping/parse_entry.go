package mapping

import (
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// key is one key that an entry of the file may have.
type key[T any] struct {
	name     string
	required bool
	read     func(p *parser, into *T, n *yaml.Node)
}

// fields reads a mapping's keys into an entry. what names the entry in messages.
func fields[T any](p *parser, n *yaml.Node, what string, into *T, keys []key[T]) {
	if n.Kind == yaml.AliasNode { // lint has said it
		return
	}
	if n.Kind != yaml.MappingNode {
		p.fault(pos(n), "it has the keys "+quoteList(keyNames(keys)), "%s must be a list of `key: value` lines, not %s", what, kindOf(n))
		return
	}
	seen := make([]bool, len(keys))
	for pair := range slices.Chunk(n.Content, 2) {
		at := slices.IndexFunc(keys, func(k key[T]) bool { return k.name == pair[0].Value })
		switch {
		case pair[0].Kind != yaml.ScalarNode || pair[0].ShortTag() == "!!merge": // lint has said it
		case at < 0:
			p.fault(pos(pair[0]), suggest(pair[0].Value, keyNames(keys), "known are"), "unknown key %q in %s", pair[0].Value, what)
		case seen[at]: // lint has said it
		default:
			seen[at] = true
			keys[at].read(p, into, pair[1])
		}
	}
	for i, k := range keys {
		if k.required && !seen[i] {
			p.fault(pos(n), missingHint(k.name), "%s needs the key %q", what, k.name)
		}
	}
}

// missingHint shows how keys are written that nothing is known about without.
func missingHint(name string) string {
	switch name {
	case "version":
		return "write `version: 1`"
	case "table":
		return "write `table: keyspace.table`"
	}
	return ""
}

func keyNames[T any](keys []key[T]) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

// items gives a sequence's items; none is a fault.
func (p *parser) items(n *yaml.Node, what string) []*yaml.Node {
	switch {
	case n.Kind == yaml.AliasNode: // lint has said it
	case n.Kind != yaml.SequenceNode:
		p.fault(pos(n), "begin each item with `- `", "%q must be a list, not %s", what, kindOf(n))
	case len(n.Content) == 0:
		p.fault(pos(n), "", "%q must not be empty", what)
	}
	if n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// scalar reports whether n is a single value, and faults it otherwise.
func (p *parser) scalar(n *yaml.Node, what string) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0: // lint has said it
		return false
	case n.Kind != yaml.ScalarNode:
		p.fault(pos(n), "", "%q must be a single value, not %s", what, kindOf(n))
		return false
	case n.ShortTag() == tagNull:
		p.fault(pos(n), "remove the line if nothing is meant", "%q has no value", what)
		return false
	}
	return true
}

// word reads a text.
func (p *parser) word(n *yaml.Node, what string) string {
	if !p.scalar(n, what) {
		return ""
	}
	if n.ShortTag() != tagString {
		p.fault(pos(n), "put it into quotes: '"+n.Value+"'", "%q must be a text, not %s", what, kindOf(n))
		return ""
	}
	if n.Value == "" {
		p.fault(pos(n), "", "%q must not be empty", what)
	}
	return n.Value
}

// choice reads one of a few words and gives its place among them, -1 when it is
// none of them.
func (p *parser) choice(n *yaml.Node, what string, words []string) int {
	text := p.word(n, what)
	if text == "" {
		return -1
	}
	at := slices.Index(words, text)
	if at < 0 {
		p.fault(pos(n), suggest(text, words, "it can be"), "%q cannot be %q", what, text)
	}
	return at
}

// name reads the name of a keyspace or table, as system_schema writes it: 48
// letters, digits and underscores at most, without quotes.
func (p *parser) name(n *yaml.Node, what string) string {
	text := p.word(n, what)
	if text != "" && !isName(text) {
		hint := ""
		if strings.ContainsAny(text, `"'`) {
			hint = "write it without quotes, in its true case"
		}
		p.fault(pos(n), hint, "%q cannot be the name of a %s: those have up to %d letters, digits and underscores", text, what, maxName)
		return ""
	}
	return text
}

// maxName is Cassandra's bound on the names of keyspaces and tables
// (SchemaConstants.NAME_LENGTH).
const maxName = 48

func isName(s string) bool {
	ok := func(r rune) bool {
		return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return s != "" && len(s) <= maxName && strings.IndexFunc(s, func(r rune) bool { return !ok(r) }) < 0
}

// kindOf names what stands in the file.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a list of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case tagNull:
		return "nothing"
	case tagInt, tagFloat:
		return "a number"
	case tagBool:
		return "true or false"
	case tagTimestamp:
		return "a date"
	}
	return "a text"
}
