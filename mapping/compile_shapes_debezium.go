package mapping

import (
	"slices"
	"strings"
)

// unwrapped gives what a root stands for in the versions of an envelope.
func (c *shapeChecker) unwrapped(f *Form, root Root, versions []NamedShape) []NamedShape {
	name, ok := wraps[root]
	if f.envelope == nil || !ok {
		return versions
	}
	var out []NamedShape
	for _, v := range versions {
		shape, found, err := ResolvePath(v.Shape, []Step{{Kind: StepField, Name: name}}, false)
		if err == nil && found {
			out = append(out, NamedShape{Name: v.Name, Shape: shape.NonNull()})
		}
	}
	return out
}

// events gives the versions that are events, of a topic with Debezium's envelopes,
// and refuses a topic without any.
func (c *shapeChecker) events(p *Program, versions []NamedShape) []NamedShape {
	if p.Write.envelope == nil || len(versions) == 0 {
		return versions
	}
	var out []NamedShape
	for _, v := range versions {
		if slices.ContainsFunc(v.Shape.records(), isEvent) {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		c.fault(p.Topic.Pos, "remove `envelope: debezium` where ExtractNewRecordState has flattened the records",
			"no registered schema of this topic's values is a Debezium envelope: none has the field op (looked in %d)", len(versions))
	}
	return out
}

func isEvent(record *Shape) bool {
	op, _ := record.field("op", false)
	return op >= 0 && !isDebeziumOther(record.Name)
}

// replica warns of primary keys that an event tells only where the source's table
// sends its whole rows.
func (c *shapeChecker) replica(f *Form, part *Part, m *TableMapping, keys []NamedShape) {
	if part.change == nil {
		return
	}
	var names []string
	for i := range part.change.keys {
		s := &f.Slots[part.change.First+i].Source
		if s.Root == RootBefore && !inKeys(s, keys) {
			names = append(names, s.String())
		}
	}
	if len(names) > 0 {
		c.add(Warning, m.Pos, "set REPLICA IDENTITY FULL on the PostgreSQL table; MySQL's binlog_row_image is to be FULL",
			"the primary key of %s needs %s to find the row that an event deletes or moves, and a source sends that only with its whole rows", c.table.FullName(), strings.Join(names, ", "))
	}
}

// inKeys reports whether every version of the record's key has the field that a
// source names: a source's table always sends it.
func inKeys(s *Source, keys []NamedShape) bool {
	return len(keys) > 0 && len(s.Path) == 1 && !slices.ContainsFunc(keys, func(k NamedShape) bool {
		_, found, err := ResolvePath(k.Shape, s.Path, s.Loose)
		return err != nil || !found
	})
}

// inKey gives a source of a Debezium topic's value as if it were of the key: the
// key holds fields of the row, and of one name they are the same.
func (s *Source) inKey() *Source {
	if s.Root != RootValue {
		return s
	}
	out := *s
	out.Root = RootKey
	return &out
}
