package mapping

import (
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// records reads `record:`, a name or a list of names.
func (p *parser) records(n *yaml.Node) []RecordName {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = p.items(n, "record")
	}
	var names []RecordName
	for _, item := range items {
		text := p.word(item, "record")
		switch {
		case text == "":
		case !isRecordName(text):
			p.fault(pos(item), "write its full name, as in com.acme.Order, or the last part of it", "%q cannot be the name of an Avro record", text)
		case slices.ContainsFunc(names, func(o RecordName) bool { return o.Name == text }):
			p.fault(pos(item), "remove it", "record %q is named twice", text)
		default:
			names = append(names, RecordName{Name: text, Pos: pos(item)})
		}
	}
	return names
}

// isRecordName: Avro names, with dots between them.
func isRecordName(text string) bool {
	for name := range strings.SplitSeq(text, ".") {
		s := pathScanner{text: name}
		if name == "" || s.name() != name {
			return false
		}
	}
	return true
}

// forEach reads `for_each:`, a path to an array or map of the value.
func (p *parser) forEach(n *yaml.Node) *ForEach {
	const hint = "write the path of an array or map, as in value.items"
	if !p.scalar(n, "for_each") {
		return nil
	}
	if pathRootOf(n.Value) != "value" {
		p.fault(pos(n), hint, "\"for_each\" cannot be %q", n.Value)
		return nil
	}
	e := &ForEach{Pos: pos(n)}
	if !p.path(n, &e.Source) {
		return nil
	}
	return e
}

// checkDispatch holds the entries of a topic against what says which rows its
// records give.
func (p *parser) checkDispatch(t *Topic) {
	if t.unmatchedAt != (Pos{}) && !t.byRecord() {
		p.fault(t.unmatchedAt, "say `record:` at each table, or remove it", "a table without `record:` takes every record, so none is left for \"unmatched\"")
	}
	for i := range t.Tables {
		p.checkItems(&t.Tables[i])
	}
}

// byRecord reports whether every table says which records it takes.
func (t *Topic) byRecord() bool {
	return len(t.Tables) > 0 && !slices.ContainsFunc(t.Tables, func(m TableMapping) bool { return len(m.Records) == 0 })
}

// checkItems refuses items where there are none.
func (p *parser) checkItems(t *TableMapping) {
	if e := t.EventTime; e != nil && t.ForEach != nil && (e.Source.Root == RootItemIndex || e.Source.Root == RootItemKey) {
		p.fault(e.Pos, "take it from item, value, key or meta.timestamp", "%s cannot be the write timestamp: it is no time", &e.Source)
	}
	if t.ForEach != nil {
		return
	}
	const hint = "add `for_each:` with the path of an array or map, as in `for_each: value.items`"
	for _, u := range t.uses() {
		if u.source.ofItem() {
			p.fault(u.at, hint, "%s is of the items of an array, and this table has no `for_each`", u.source)
		}
	}
	if from := t.ColumnsFrom; from != nil && from.Root == RootItem {
		p.fault(from.Pos, hint, "item is of the items of an array, and this table has no `for_each`")
	}
}

// ofItem reports whether a source differs between the items of a record.
func (s *Source) ofItem() bool {
	return s.Root == RootExpr && s.Expr.ofItem() || s.Root == RootItem || s.Root == RootItemIndex || s.Root == RootItemKey
}

// inValue reports whether only a record with a value has what the source says.
func (s *Source) inValue() bool {
	return s.Root == RootValue || s.ofItem() || s.ofEnvelope() || s.Root == RootExpr && s.Expr.inValue()
}
