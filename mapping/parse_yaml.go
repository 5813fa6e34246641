package mapping

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// The YAML tags that plain scalars resolve to.
const (
	tagInt       = "!!int"
	tagFloat     = "!!float"
	tagBool      = "!!bool"
	tagNull      = "!!null"
	tagString    = "!!str"
	tagTimestamp = "!!timestamp"
)

// maxDepth bounds how deep a mapping file nests; the language needs eight levels.
const maxDepth = 32

func pos(n *yaml.Node) Pos { return Pos{Line: n.Line, Col: n.Column} }

// load gives the root of the only document, nil when there is none to go on with.
func (p *parser) load(src []byte) *yaml.Node {
	if len(src) > MaxFileSize {
		p.fault(Pos{}, "split it by topics into several mappings", "the file has %d bytes; at most %d are read", len(src), MaxFileSize)
		return nil
	}
	if !p.text() {
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(src))
	if err != nil {
		p.fault(Pos{}, "", "starting the YAML reader: %v", err)
		return nil
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); err != nil {
		p.yamlFault(err)
		return nil
	}
	if err := loader.Load(&second); err == nil {
		p.fault(pos(&second), "remove the line `---` and what follows it", "the file holds several YAML documents")
	} else if !errors.Is(err, io.EOF) {
		p.yamlFault(err)
	}
	if len(doc.Content) == 0 || doc.Content[0].ShortTag() == tagNull {
		p.empty()
		return nil
	}
	return doc.Content[0]
}

func (p *parser) empty() {
	p.fault(Pos{}, "start with `version: 1` and `topics:`", "the file is empty")
}

// text reports whether the file is UTF-8 without control characters.
func (p *parser) text() bool {
	for i, line := range p.lines {
		rest, col := line, 1
		for len(rest) > 0 {
			r, size := utf8.DecodeRune(rest)
			at := Pos{Line: i + 1, Col: col}
			switch {
			case r == utf8.RuneError && size == 1:
				p.fault(at, "save the file as UTF-8", "the file is not UTF-8 text: byte 0x%02x", rest[0])
				return false
			case r == '\r' && size == len(rest): // CR LF ends the line
			case isForbidden(r):
				p.fault(at, "remove it, or write it as an escape in double quotes", "the file holds the control character U+%04X", r)
				return false
			}
			rest, col = rest[size:], col+1
		}
	}
	return true
}

// isForbidden reports whether a character may not stand in a file: controls, and
// what YAML takes for the end of a line where editors see none (YAML 1.1, 5.4).
func isForbidden(r rune) bool {
	return unicode.IsControl(r) && r != '\t' || r == '\u2028' || r == '\u2029'
}

// yamlFault says what the YAML reader could not read.
func (p *parser) yamlFault(err error) {
	if errors.Is(err, io.EOF) {
		p.empty()
		return
	}
	var fault *yaml.LoadError
	if !errors.As(err, &fault) {
		p.fault(Pos{}, "", "not valid YAML: %v", err)
		return
	}
	mark := fault.Mark
	if mark.Line >= len(p.lines) && fault.ContextMark.Line > 0 { // what began there never ended
		mark = fault.ContextMark
	}
	at := Pos{Line: min(mark.Line, len(p.lines)), Col: mark.Column}
	message := fault.Message
	if fault.ContextMsg != "" {
		message = fault.ContextMsg + ": " + message
	}
	p.fault(at, p.yamlHint(fault, at), "not valid YAML: %s", message)
}

// yamlHint explains the mistakes that people make.
func (p *parser) yamlHint(fault *yaml.LoadError, at Pos) string {
	line := ""
	if at.Line > 0 {
		line = string(p.lines[at.Line-1])
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch {
	case strings.Contains(indent, "\t"):
		return "indent with spaces: YAML forbids tabs there"
	case strings.Contains(line, `"."`):
		return "write names as keyspace.table, without quotes: their case is that of the cluster anyway"
	case strings.Contains(fault.Message, "cannot start any token"):
		return "put the text into quotes"
	case strings.Contains(fault.Message, "mapping values are not allowed"):
		return "check the indentation, and put a text that holds `: ` into quotes"
	case strings.Contains(fault.Message, "max depth"):
		return "a mapping needs a few levels only"
	case strings.Contains(fault.Message, "unknown anchor"):
		return "aliases are not supported: repeat the value"
	case strings.Contains(fault.ContextMsg, "flow"):
		return "look for a bracket or brace that is not closed; inside of them, a text with brackets, braces or commas needs quotes"
	case strings.Contains(fault.ContextMsg, "quoted"):
		return "look for a quote that is not closed"
	}
	return ""
}

// lint refuses, in the whole document, what YAML can do and a mapping must not:
// each makes a file say something else than it seems to.
func (p *parser) lint(n *yaml.Node, depth int) {
	if depth > maxDepth {
		p.fault(pos(n), "a mapping needs a few levels only", "nested more than %d levels deep", maxDepth)
		return
	}
	if n.Anchor != "" {
		p.fault(pos(n), "write the value without `&"+n.Anchor+"`", "anchors are not supported")
	}
	if n.Kind == yaml.AliasNode {
		p.fault(pos(n), "repeat the value", "aliases are not supported")
		return
	}
	if n.Style&yaml.TaggedStyle != 0 {
		p.tagged(n)
	}
	if n.Kind == yaml.MappingNode {
		p.lintKeys(n)
	}
	for _, c := range n.Content {
		p.lint(c, depth+1)
	}
}

// tagged refuses a tag. An exclamation mark that was meant as "not" reads as
// one, and without this the rest of it would be taken alone.
func (p *parser) tagged(n *yaml.Node) {
	tag := strings.TrimPrefix(n.Tag, "!")
	text := strings.TrimSpace(tag + " " + n.Value)
	hint := "remove the tag; quotes make a text"
	switch {
	case !strings.HasPrefix(tag, "!") && tag != "not" && pathRootOf(text) != "":
		hint = "for a negation write `not " + text + "`"
	case tag == "not":
		hint = "write `" + text + "`"
	}
	p.fault(pos(n), hint, "%s is a YAML tag; tags are not supported", n.Tag)
}

func (p *parser) lintKeys(n *yaml.Node) {
	seen := map[string]*yaml.Node{}
	for pair := range slices.Chunk(n.Content, 2) {
		k := pair[0]
		switch {
		case k.Kind == yaml.AliasNode:
		case k.Kind != yaml.ScalarNode:
			p.fault(pos(k), "", "a key must be a plain name")
		case k.ShortTag() == "!!merge":
			p.fault(pos(k), "repeat the values", "merge keys are not supported")
		case seen[k.Value] != nil:
			p.fault(pos(k), "remove one of them", "%q is already given in line %d", k.Value, seen[k.Value].Line)
		default:
			seen[k.Value] = k
		}
	}
}
