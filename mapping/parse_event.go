package mapping

import (
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// byRecord is the `timestamp:` that takes write timestamps from the partition's
// clock, as does a table without one.
const byRecord = "record"

const timestampHint = "write `timestamp: record`, a path such as value.updated_at, or {from: value.updated_at, unit: us}"

// eventTime reads a table's `timestamp:`.
func (p *parser) eventTime(n *yaml.Node) *EventTime {
	if n.Kind == yaml.MappingNode {
		return p.eventTimeEntry(n)
	}
	if !p.scalar(n, "timestamp") || n.Value == byRecord && n.ShortTag() == tagString {
		return nil
	}
	return p.eventPath(n)
}

// eventPath reads the path to the time of a record's event.
func (p *parser) eventPath(n *yaml.Node) *EventTime {
	switch {
	case n.ShortTag() != tagString:
		p.fault(pos(n), timestampHint, "\"timestamp\" must be %s or a path, not %s: with one time for all records none of them is the latest", byRecord, kindOf(n))
		return nil
	case pathRootOf(n.Value) == "" && !strings.Contains(n.Value, "("):
		p.fault(pos(n), suggestOr(n.Value, []string{byRecord}, timestampHint), "\"timestamp\" cannot be %q", n.Value)
		return nil
	}
	e := &EventTime{Pos: pos(n)}
	if !p.path(n, &e.Source) {
		return nil
	}
	return e
}

// rawEventTime is a `timestamp:` entry as it is read.
type rawEventTime struct{ from, unit *yaml.Node }

var eventTimeKeys = []key[rawEventTime]{
	{"from", true, func(_ *parser, e *rawEventTime, n *yaml.Node) { e.from = n }},
	{"unit", false, func(_ *parser, e *rawEventTime, n *yaml.Node) { e.unit = n }},
}

func (p *parser) eventTimeEntry(n *yaml.Node) *EventTime {
	var raw rawEventTime
	fields(p, n, "timestamp", &raw, eventTimeKeys)
	if raw.from == nil || !p.scalar(raw.from, "from") {
		return nil
	}
	if raw.from.Value == byRecord {
		p.fault(pos(raw.from), "write `timestamp: record`", "%q is no path", byRecord)
		return nil
	}
	e := p.eventPath(raw.from)
	if e != nil && raw.unit != nil {
		e.Source.Unit, e.unitAt = p.unit(raw.unit), pos(raw.unit)
	}
	return e
}
