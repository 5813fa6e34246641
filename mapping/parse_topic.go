package mapping

import (
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

var topicKeys = []key[Topic]{
	{"topic", true, func(p *parser, t *Topic, n *yaml.Node) { t.Name = p.topicName(n); t.Pos = pos(n) }},
	{"key", false, func(p *parser, t *Topic, n *yaml.Node) {
		t.Key.Pos = pos(n)
		p.format(n, "key", &t.Key, formatNames[:])
	}},
	{"value", false, func(p *parser, t *Topic, n *yaml.Node) {
		t.Value.Pos = pos(n)
		p.format(n, "value", &t.Value, formatNames[:1])
	}},
	{"on_error", false, func(p *parser, t *Topic, n *yaml.Node) { t.OnError, t.onErrorAt = p.onError(n), pos(n) }},
	{"unmatched", false, func(p *parser, t *Topic, n *yaml.Node) {
		if at := p.choice(n, "unmatched", []string{"dead_letter", "skip"}); at >= 0 {
			t.SkipUnmatched, t.unmatchedAt = at == 1, pos(n)
		}
	}},
	{"tables", true, func(p *parser, t *Topic, n *yaml.Node) {
		for _, item := range p.items(n, "tables") {
			t.Tables = append(t.Tables, p.table(item))
		}
	}},
}

func (p *parser) topic(n *yaml.Node) Topic {
	t := Topic{Pos: pos(n)}
	fields(p, n, "a topic", &t, topicKeys)
	return t
}

// maxTopic is Kafka's bound on topic names (Topic.MAX_NAME_LENGTH).
const maxTopic = 249

func (p *parser) topicName(n *yaml.Node) string {
	text := p.word(n, "topic")
	ok := func(r rune) bool {
		return r == '.' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if text == "" {
		return ""
	}
	if len(text) > maxTopic || text == "." || text == ".." || strings.IndexFunc(text, func(r rune) bool { return !ok(r) }) >= 0 {
		p.fault(pos(n), "name one topic; patterns are not supported", "%q cannot be the name of a topic: those have up to %d letters, digits, dots, underscores and hyphens", text, maxTopic)
		return ""
	}
	return text
}

// rawFormat is a `key:` or `value:` as it is read.
type rawFormat struct {
	kind    *yaml.Node
	subject *yaml.Node
}

var formatKeys = []key[rawFormat]{
	{"format", false, func(_ *parser, f *rawFormat, n *yaml.Node) { f.kind = n }},
	{"subject", false, func(_ *parser, f *rawFormat, n *yaml.Node) { f.subject = n }},
}

// format reads how keys or values are encoded; kinds are the first formats, in
// their order, that are allowed there.
func (p *parser) format(n *yaml.Node, what string, f *Format, kinds []string) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == tagString {
		p.fault(pos(n), "write `"+what+": {format: "+n.Value+"}`", "%q must have the key \"format\"", what)
		return
	}
	var raw rawFormat
	fields(p, n, what, &raw, formatKeys)
	if raw.kind != nil {
		f.Kind = FormatKind(max(p.choice(raw.kind, "format", kinds), 0))
	}
	if raw.subject != nil {
		f.Subject = p.word(raw.subject, "subject")
		if f.Kind != FormatAvro {
			p.fault(pos(raw.subject), "remove it", "a %s of format %s has no schema, so it has no subject", what, f.Kind)
		}
	}
}
