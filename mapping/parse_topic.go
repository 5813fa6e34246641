package mapping

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

var topicKeys = []key[Topic]{
	{"topic", false, func(p *parser, t *Topic, n *yaml.Node) { p.addTopic(t, n, "topic") }},
	{"topics", false, func(p *parser, t *Topic, n *yaml.Node) {
		for _, item := range p.items(n, "topics") {
			p.addTopic(t, item, "an item of topics")
		}
	}},
	{"pattern", false, func(p *parser, t *Topic, n *yaml.Node) {
		t.Pattern, t.Pos = p.pattern(n), pos(n)
	}},
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
	{"envelope", false, func(p *parser, t *Topic, n *yaml.Node) {
		p.envelope(t, n)
	}},
	{"truncate", false, func(p *parser, t *Topic, n *yaml.Node) {
		t.SkipTruncate, t.truncateAt = p.choice(n, "truncate", []string{"dead_letter", "ignore"}) == 1, pos(n)
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
	if n.Kind == yaml.MappingNode {
		p.oneChoice(n)
	}
	return t
}

// oneChoice: an entry says in one way which topics feed it.
func (p *parser) oneChoice(n *yaml.Node) {
	var said []*yaml.Node
	for pair := range slices.Chunk(n.Content, 2) {
		if name := pair[0].Value; name == "topic" || name == "topics" || name == "pattern" {
			said = append(said, pair[0])
		}
	}
	switch {
	case len(said) == 0:
		p.fault(pos(n), "or `topics:` with several, or `pattern:` with a regular expression", "a topic needs the key %q", "topic")
	case len(said) > 1 && said[1].Value != said[0].Value: // else lint has said it
		p.fault(pos(said[1]), "write two entries", "an entry has one of \"topic\", \"topics\" and \"pattern\"")
	}
}

func (p *parser) addTopic(t *Topic, n *yaml.Node, what string) {
	t.names = append(t.names, namedTopic{p.topicName(n, what), pos(n)})
	t.Name, t.Pos = t.names[0].name, t.names[0].at
}

// maxPattern bounds a pattern, in bytes.
const maxPattern = 1000

// pattern reads a regular expression. It stands for whole names, as it does for
// Kafka's own consumer.
func (p *parser) pattern(n *yaml.Node) *Pattern {
	text := p.word(n, "pattern")
	if text == "" {
		return nil
	}
	if len(text) > maxPattern {
		p.fault(pos(n), "", "a pattern has up to %d bytes", maxPattern)
		return nil
	}
	_, err := regexp.Compile(text)
	expr, whole := regexp.Compile(`^(?:` + text + `)$`)
	if err = errors.Join(err, whole); err != nil {
		var reason *syntax.Error
		message := err.Error()
		if errors.As(err, &reason) {
			message = reason.Code.String()
		}
		p.fault(pos(n), "the syntax is that of RE2: https://github.com/google/re2/wiki/Syntax", "%q is not a regular expression: %s", text, message)
		return nil
	}
	return &Pattern{Text: text, Pos: pos(n), expr: expr}
}

// maxTopic is Kafka's bound on topic names (Topic.MAX_NAME_LENGTH).
const maxTopic = 249

func (p *parser) topicName(n *yaml.Node, what string) string {
	text := p.word(n, what)
	ok := func(r rune) bool {
		return r == '.' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if text == "" {
		return ""
	}
	if len(text) > maxTopic || text == "." || text == ".." || strings.IndexFunc(text, func(r rune) bool { return !ok(r) }) >= 0 {
		p.fault(pos(n), "name one topic, several with `topics:`, or write a regular expression as `pattern:`", "%q cannot be the name of a topic: those have up to %d letters, digits, dots, underscores and hyphens", text, maxTopic)
		return ""
	}
	return text
}

// rawFormat is a `key:` or `value:` as it is read.
type rawFormat struct {
	kind    *yaml.Node
	subject *yaml.Node
	schema  *yaml.Node
}

var formatKeys = []key[rawFormat]{
	{"format", false, func(_ *parser, f *rawFormat, n *yaml.Node) { f.kind = n }},
	{"subject", false, func(_ *parser, f *rawFormat, n *yaml.Node) { f.subject = n }},
	{"schema", false, func(_ *parser, f *rawFormat, n *yaml.Node) { f.schema = n }},
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
	if raw.schema != nil {
		p.givenSchema(&raw, what, f)
	}
}

// givenSchema reads the path of the schema that all keys or values have.
func (p *parser) givenSchema(raw *rawFormat, what string, f *Format) {
	at := pos(raw.schema)
	switch {
	case f.Kind != FormatAvro:
		p.fault(at, "remove it", "a %s of format %s has no schema", what, f.Kind)
	case raw.subject != nil:
		p.fault(at, "keep one of the two", "a schema comes from a file or from a subject of the schema registry")
	}
	f.Schema = &GivenSchema{Path: p.word(raw.schema, "schema"), Pos: at}
}
