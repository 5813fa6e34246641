package mapping

import (
	"encoding/hex"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// maxPlaceholder bounds the placeholder of unavailable values, in bytes.
const maxPlaceholder = 1000

// rawEnvelope is an `envelope:` as it is read.
type rawEnvelope struct{ kind, unavailable *yaml.Node }

var envelopeKeys = []key[rawEnvelope]{
	{"type", true, func(_ *parser, e *rawEnvelope, n *yaml.Node) { e.kind = n }},
	{"unavailable", false, func(_ *parser, e *rawEnvelope, n *yaml.Node) { e.unavailable = n }},
}

// envelope reads `envelope:`, which is a word or says more.
func (p *parser) envelope(t *Topic, n *yaml.Node) {
	raw := rawEnvelope{kind: n}
	if n.Kind == yaml.MappingNode {
		raw.kind = nil
		fields(p, n, "envelope", &raw, envelopeKeys)
	}
	if raw.kind == nil {
		return
	}
	t.Debezium = p.choice(raw.kind, "envelope", []string{"debezium"}) == 0
	t.Unavailable = Unavailable
	if raw.unavailable != nil {
		t.Unavailable = p.placeholder(raw.unavailable)
	}
}

// placeholder reads a connector's unavailable.value.placeholder, in which hex: says
// that digits follow.
func (p *parser) placeholder(n *yaml.Node) string {
	text := p.word(n, "unavailable")
	if digits, ok := strings.CutPrefix(text, "hex:"); ok {
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) == 0 {
			p.fault(pos(n), "write an even number of hexadecimal digits, as in hex:5f5f676f6e65", "%q is not a placeholder in hexadecimal digits", text)
			return Unavailable
		}
		text = string(b)
	}
	if len(text) > maxPlaceholder {
		p.fault(pos(n), "give what the connector's unavailable.value.placeholder is", "a placeholder has up to %d bytes", maxPlaceholder)
		return Unavailable
	}
	return text
}

// nullsUnstated is what a null becomes where nothing says it.
func (t *Topic) nullsUnstated() Nulls {
	if t.Debezium {
		return NullsChange
	}
	return NullsUnset
}

// checkEnvelope refuses what an envelope does not have, or what a topic without
// one has not.
func (p *parser) checkEnvelope(t *Topic) {
	if !t.Debezium && t.truncateAt != (Pos{}) {
		p.fault(t.truncateAt, "add `envelope: debezium`, or remove it", "\"truncate\" is about the events of Debezium's envelopes")
	}
	for i := range t.Tables {
		m := &t.Tables[i]
		if t.Debezium {
			p.checkEnveloped(m)
			continue
		}
		for _, u := range m.uses() {
			if u.source.ofEnvelope() {
				p.fault(u.at, "add `envelope: debezium` to the topic, or write a path of the value, as in value."+u.source.Root.String()+"; for a constant text write {const: …}",
					"%s is of Debezium's envelopes, and the topic does not say that it has them", u.source)
			}
		}
	}
}

func (p *parser) checkEnveloped(m *TableMapping) {
	if m.ForEach != nil {
		p.fault(m.ForEach.Pos, "let ExtractNewRecordState flatten the records, and remove `envelope:`",
			"\"for_each\" is not for Debezium's envelopes: an event does not say which items its row had before")
	}
	if at := m.EventTime; at != nil && (at.Source.Root == RootValue || at.Source.Root == RootBefore) {
		p.fault(at.Pos, "take the time of the change, source.ts_ms, or meta.timestamp",
			"%s cannot be the write timestamp: the event of a deleted row has no value", strconv.Quote(at.Source.String()))
	}
}
