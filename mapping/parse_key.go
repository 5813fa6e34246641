package mapping

import (
	"slices"
	"strconv"
)

// use is one path of an entry.
type use struct {
	source *Source
	at     Pos
	feeds  string // what the path is for, in messages
}

// uses gives the paths that an entry names.
func (t *TableMapping) uses() []use {
	var uses []use
	for i := range t.Columns {
		c := &t.Columns[i]
		uses = append(uses, use{&c.Source, c.At, "column " + strconv.Quote(c.Name)})
	}
	if e := t.ForEach; e != nil {
		uses = append(uses, use{&e.Source, e.Pos, "for_each"})
	}
	if e := t.EventTime; e != nil {
		uses = append(uses, use{&e.Source, e.Pos, eventTimeName})
	}
	uses = slices.DeleteFunc(uses, func(u use) bool { return u.source.Root == RootExpr })
	for _, e := range t.expressions() {
		for i := range e.Inputs {
			uses = append(uses, use{&e.Inputs[i].Source, e.Inputs[i].At, "an expression"})
		}
	}
	return uses
}

// eventTimeName is what messages call what `timestamp:` is for.
const eventTimeName = "the write timestamp"

// inferKey: fields can only be had from an Avro key, and a key that nothing
// reads needs no format. A whole key could be anything, so the file must say.
func (p *parser) inferKey(t *Topic) {
	t.Key.Kind = FormatNone
	if t.Debezium { // its connectors encode keys as they do values
		t.Key.Kind = FormatAvro
	}
	for i := range t.Tables {
		table := &t.Tables[i]
		from := table.ColumnsFrom
		if from != nil && from.Root == RootKey || slices.ContainsFunc(table.uses(), func(u use) bool { return u.source.Root == RootKey && len(u.source.Path) > 0 }) {
			t.Key.Kind = FormatAvro
		}
	}
	if t.Key.Kind == FormatAvro {
		return
	}
	if u, ok := t.wholeKey(); ok {
		p.fault(u.at, "add `key: {format: avro}` to the topic, or string, or long", "%s takes the whole key, and the topic does not say how keys are encoded", u.feeds)
		t.Key.Kind = FormatAvro
	}
}

// wholeKey gives the first path that is the key as a whole.
func (t *Topic) wholeKey() (use, bool) {
	for i := range t.Tables {
		for _, u := range t.Tables[i].uses() {
			if u.source.Root == RootKey && len(u.source.Path) == 0 {
				return u, true
			}
		}
	}
	return use{}, false
}

// checkKeyPaths refuses what a key that is not Avro cannot give.
func (p *parser) checkKeyPaths(t *Topic, table *TableMapping) {
	hint := "write `key` for the whole of it, or give the key's format as avro"
	if t.Key.Kind == FormatNone {
		hint = "give the key's format: avro, string or long"
	}
	if from := table.ColumnsFrom; from != nil && from.Root == RootKey {
		p.fault(from.Pos, hint, "a key of format %s has no fields", t.Key.Kind)
	}
	for _, u := range table.uses() {
		switch {
		case u.source.Root != RootKey:
		case t.Key.Kind == FormatNone:
			p.fault(u.at, hint, "the topic's key has format none, so %s cannot be read", u.source)
		case len(u.source.Path) > 0:
			p.fault(u.at, hint, "a key of format %s has no fields", t.Key.Kind)
		}
	}
}
