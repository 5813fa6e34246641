package draft

import (
	"fmt"
	"slices"
	"strings"

	"ingest/mapping"
)

// FromTable drafts a mapping for a table that is there. Of schemas that are known
// each column takes the field of its name, of the key before the value, if its
// type fits; without them the primary key is taken from the key, and the other
// columns from the value's fields of their names.
func FromTable(live *mapping.Table, in *Input) (*Draft, error) {
	f := &fitting{in: in, live: live}
	for i := range live.Columns {
		if live.Columns[i].Type.Kind == mapping.TypeCounter {
			return nil, fmt.Errorf("table %s counts: docs/mapping.md shows how counters are written", live.FullName())
		}
	}
	for _, i := range append(append([]int{}, live.PartitionKey...), live.Clustering...) {
		c := &live.Columns[i]
		from, why := f.source(c)
		if why != "" {
			return nil, fmt.Errorf("column %q of the primary key of %s: %s: name the key columns by hand in a mapping of your own", c.Name, live.FullName(), why)
		}
		f.fromValue = f.fromValue || !isKey(from)
		f.add(c, from)
	}
	for i := range live.Columns {
		if !live.IsKey(i) {
			f.column(&live.Columns[i])
		}
	}
	return &Draft{Mapping: f.mapping(), LeftOut: f.leftOut}, nil
}

// fitting matches a table's columns with fields.
type fitting struct {
	in        *Input
	live      *mapping.Table
	columns   lines
	taken     []string // fields of the key that a key column takes
	fromValue bool     // the primary key needs the value
	lists     bool     // a column is a list that is not frozen
	leftOut   int
}

func isKey(path string) bool { return path == "key" || strings.HasPrefix(path, "key.") }

func (f *fitting) add(c *mapping.Column, from string) {
	f.columns.add(c.Type.String(), "          %s: %s", yamlKey(c.Name), from)
	f.taken = append(f.taken, from)
}

func (f *fitting) column(c *mapping.Column) {
	if c.Kind == mapping.Static {
		f.leave(c, "a static column belongs to all rows of its partition: map it on purpose")
		return
	}
	from, why := f.source(c)
	if why != "" {
		f.leave(c, why)
		return
	}
	f.lists = f.lists || c.Type.Kind == mapping.TypeList && !c.Type.Frozen
	f.columns.add(c.Type.String(), "          %s: %s", yamlKey(c.Name), from)
}

func (f *fitting) leave(c *mapping.Column, why string) {
	f.leftOut++
	f.columns.add("", "          # left out: %s %s: %s", c.Name, c.Type, why)
}

// source finds what feeds a column, or says why nothing does.
func (f *fitting) source(c *mapping.Column) (from, why string) {
	isKeyColumn := c.Kind == mapping.PartitionKey || c.Kind == mapping.Clustering
	if f.in.Value == nil {
		if isKeyColumn {
			return "key." + c.Name, ""
		}
		return "value." + c.Name, ""
	}
	if isKeyColumn && len(f.live.PartitionKey)+len(f.live.Clustering) == 1 {
		switch {
		case f.in.Key == nil && f.in.KeyFormat != "":
			return "key", ""
		case f.in.Key != nil && f.in.Key.NonNull().Kind != mapping.KindRecord:
			return "key", misfit(f.in.Key, c)
		}
	}
	if isKeyColumn && f.in.Key != nil {
		if name, shape := fieldOf(f.in.Key, c.Name); shape != nil {
			return "key." + name, misfit(shape, c)
		}
	}
	name, shape := fieldOf(f.in.Value, c.Name)
	if shape == nil {
		return "", "no field has this name"
	}
	return "value." + name, misfit(shape, c)
}

// fieldOf finds a record's field by its name, or by one of another spelling.
func fieldOf(s *mapping.Shape, name string) (field string, shape *mapping.Shape) {
	record := s.NonNull()
	if record.Kind != mapping.KindRecord {
		return "", nil
	}
	d, err := mapping.Descend(record, mapping.Step{Kind: mapping.StepField, Name: name}, true)
	if err != nil || !d.Found {
		return "", nil
	}
	return record.Fields[d.Field].Name, d.Shape
}

func misfit(s *mapping.Shape, c *mapping.Column) string {
	if _, err := mapping.FitOf(s.NonNull(), c.Type, mapping.UnitNone); err != nil {
		return err.Error()
	}
	return ""
}

// mapping writes the mapping file.
func (f *fitting) mapping() string {
	in, readsKey := f.in, false
	for _, from := range f.taken {
		readsKey = readsKey || isKey(from)
	}
	t := table{in: in, byKey: readsKey}
	if in.Value == nil {
		t.in = &Input{Key: &mapping.Shape{Kind: mapping.KindRecord}, KeySubject: in.KeySubject, ValueSubject: in.ValueSubject}
	}
	var l lines
	l.add("", "# Drafted by `ingest init` from %s.", in.Origin)
	l.add("", "# Check it with `ingest validate`; docs/mapping.md says what else a mapping can do.")
	l.add("", "version: 1")
	l.add("", "topics:")
	l.add("", "  - topic: %s", in.Topic)
	t.formats(&l)
	l.add("", "    tables:")
	l.add("", "      - table: %s", f.live.FullName())
	if f.fromValue {
		l.add("a null value cannot say which row", "        tombstone: ignore")
	} else {
		l.add("a null value deletes the row", "        tombstone: delete")
	}
	if f.live.DefaultTTL > 0 {
		l.add("the table's own, counted from the record", "        ttl: %ds", f.live.DefaultTTL)
	}
	f.accept(&l, readsKey)
	l.add("", "        columns:")
	return l.write("#") + f.columns.write("#")
}

// accept lists the weaker promises that the table asks for, and why.
func (f *fitting) accept(l *lines, readsKey bool) {
	var labels []string
	if readsKey && f.missesKeyParts() {
		l.add("", "        # The primary key does not hold every part of the records' key, so records of")
		l.add("", "        # different keys can meet in one row: the later timestamp wins.")
		labels = append(labels, string(mapping.LabelCrossPartition))
	}
	if f.lists {
		l.add("", "        # A list that is not frozen has its elements twice when a record is written again.")
		labels = append(labels, string(mapping.LabelListAppend))
	}
	if len(labels) > 0 {
		l.add("", "        accept: [%s]", strings.Join(labels, ", "))
	}
}

// missesKeyParts reports whether a part of the key is in no column of the primary
// key.
func (f *fitting) missesKeyParts() bool {
	if f.in.Key == nil || f.in.Key.NonNull().Kind != mapping.KindRecord {
		return false
	}
	for _, field := range f.in.Key.NonNull().Fields {
		if !slices.Contains(f.taken, "key."+field.Name) {
			return true
		}
	}
	return false
}
