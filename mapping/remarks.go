package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Remarks says what is worth knowing about a program that fits: digits that are
// cut off (a Warning), and as Notes the columns that nothing fills, the tombstones
// that writes leave, and what keeps the tables from being replayed exactly. key and
// value are as for CheckShapes.
func Remarks(p *Program, key, value []NamedShape) Diagnostics {
	r := newRemarks(p)
	r.eachNarrowed(p, key, value, r.cut)
	for i := range p.Write.Parts {
		part, m := &p.Write.Parts[i], &p.Topic.Tables[i]
		r.about = part.table()
		r.unfed(part.Statement, m)
		r.tombstones(part.Statement, p.Write.Slots[part.First:part.First+len(part.Statement.Columns)], m)
		r.labels(m)
		r.outgrown(part, m)
	}
	return r.done()
}

// outgrown notes that a change of a source's row can make it one that `when` does
// not take, and leave it as it was.
func (r *remarks) outgrown(part *Part, m *TableMapping) {
	if part.change == nil || m.When == nil || !slices.ContainsFunc(m.When.Inputs, func(in Input) bool { return in.Source.Root == RootValue }) {
		return
	}
	r.add(Note, m.When.at(0), "say `delete_when:` with the opposite condition in place of `when:`, which deletes such a row",
		"a row of %s stays as it was when a change makes the condition untrue", part.table())
}

// Narrowing notes each column whose values are checked one by one, because its
// type does not hold all that its source can give.
func Narrowing(p *Program, key, value []NamedShape) Diagnostics {
	r := newRemarks(p)
	r.eachNarrowed(p, key, value, func(s *Slot, n narrowed) {
		if n.checked.count > 0 {
			r.add(Note, s.at, "", "%s (%s) into column %q (%s) is checked with each value: one that does not fit makes its record a dead letter", &s.Source, n.from, s.Column, s.Type)
		}
	})
	return r.done()
}

type remarks struct{ reporter }

func newRemarks(p *Program) *remarks {
	return &remarks{reporter: reporter{file: p.file, topic: p.Topic.Name}}
}

// eachNarrowed visits the columns with what happens to values on their way there.
func (r *remarks) eachNarrowed(p *Program, key, value []NamedShape, visit func(*Slot, narrowed)) {
	c := &shapeChecker{} // whose own findings are CheckShapes' to tell
	c.visit = func(s *Slot, versions []NamedShape) {
		if s.Column != "" {
			r.about = c.about
			visit(s, narrowing(s, versions))
		}
	}
	c.check(p, key, value)
	shape := plainShapes[p.Topic.Key.Kind]
	if shape == nil {
		return
	}
	for i := range p.Write.Parts {
		part := &p.Write.Parts[i]
		r.about = part.table()
		for j := range part.Statement.Columns {
			if s := &p.Write.Slots[part.First+j]; s.Source.Root == RootKey {
				visit(s, narrowing(s, []NamedShape{{Name: "the key", Shape: shape}}))
			}
		}
	}
}

// narrowed is what happens to values on their way into a column.
type narrowed struct {
	checked, floored group  // the versions of which
	from             *Shape // of one of them
}

func narrowing(s *Slot, versions []NamedShape) (n narrowed) {
	for _, v := range versions {
		shape, ok, err := ResolvePath(v.Shape, s.Source.Path, s.Source.Loose)
		if err != nil || !ok {
			continue
		}
		fit, err := FitOf(shape, s.Type, s.Source.Unit)
		if err != nil || fit == Lossless || s.Type.Kind == TypeText && shape.NonNull().Kind == KindString { // checked to be UTF-8, which Avro promises
			continue
		}
		n.from = shape
		if fit == Floored {
			n.floored.add(v.Name, nil)
		} else {
			n.checked.add(v.Name, nil)
		}
	}
	return n
}

// cut warns of digits that are lost. CheckShapes speaks of the primary key.
func (r *remarks) cut(s *Slot, n narrowed) {
	if n.floored.count > 0 && !s.Key {
		r.add(Warning, s.at, "use a bigint column to keep all digits", "%s is finer than a millisecond in %s, and column %q is not: the rest is cut off", &s.Source, n.floored.names(), s.Column)
	}
}

// unfed names the columns that stay as they are. columns_from asks for all, so
// that what it does not find is a warning of CheckShapes.
func (r *remarks) unfed(st *Statement, m *TableMapping) {
	if st.Custom != nil { // whose author has named what is written
		return
	}
	var names []string
	for i, c := range st.Table.Columns {
		if !slices.Contains(st.Columns, i) && (m.ColumnsFrom == nil || c.Kind == Static) {
			names = append(names, c.Name)
		}
	}
	if len(names) > 0 {
		r.add(Note, m.Pos, "", "nothing fills %s of %s: %s", plural(len(names), "column"), st.Table.FullName(), quoteList(names))
	}
}

// manyTombstones is how many columns of one row may turn into tombstones before
// that is a warning.
const manyTombstones = 10

// tombstones says which writes leave tombstones, that reads have to step over
// until the table's gc_grace_seconds are over and they are compacted away.
func (r *remarks) tombstones(st *Statement, slots []Slot, m *TableMapping) {
	if st.Op != Insert && st.Op != Update {
		return
	}
	var nulls, collections []string
	for i := range slots {
		column := &st.Table.Columns[st.Columns[i]]
		if slots[i].where || slots[i].bind != nil && slots[i].bind.role != roleValue {
			continue
		}
		if slots[i].Nulls == NullsTombstone && slots[i].Source.Root != RootConst {
			nulls = appendMissing(nulls, column.Name)
		}
		if st.TypeOf(i).Cells() && st.Cell(i) == OpSet {
			collections = appendMissing(collections, column.Name)
		}
	}
	severity, hint := Note, ""
	if len(nulls) > manyTombstones {
		severity, hint = Warning, "use `nulls: unset` where a null need not delete what is there"
	}
	if len(nulls) > 0 {
		r.add(severity, m.Pos, hint, "each null leaves a tombstone in %s, in up to %s of a row: %s", st.Table.FullName(), plural(len(nulls), "column"), quoteList(nulls))
	}
	if len(collections) > 0 {
		r.add(Note, m.Pos, "a frozen column is written without one", "each write replaces the whole of %s in %s, which leaves a tombstone each time", quoteList(collections), st.Table.FullName())
	}
}

// labels says what reading the topic again does not give as it was.
func (r *remarks) labels(m *TableMapping) {
	if len(m.Accept) == 0 {
		return
	}
	names := make([]string, len(m.Accept))
	for i := range m.Accept {
		names[i] = string(m.Accept[i].Label)
	}
	r.add(Note, m.Accept[0].Pos, "", "reading the topic again need not give the rows of %s as they were: %s", r.about, strings.Join(names, ", "))
}

// UnusedLabels warns of labels under `accept:` that accept nothing: without them
// the topic has the same findings. They hide what a later change brings.
func UnusedLabels(file *File, topic int, cat *Catalog, key, value []NamedShape) Diagnostics {
	findings := func(f *File) int {
		p, found := Examine(f, topic, cat)
		return len(found) + len(CheckShapes(p, key, value))
	}
	r := &reporter{file: file.Name, topic: file.Topics[topic].Name}
	with := findings(file)
	for i := range file.Topics[topic].Tables {
		m := &file.Topics[topic].Tables[i]
		r.about = cmp.Or(m.Keyspace, cat.Default) + "." + m.Table
		for j := range m.Accept {
			if m.Accept[j].Label == LabelCrossPartition && file.Topics[topic].Key.Kind == FormatAvro && len(key) == 0 {
				continue // nothing is known of the key
			}
			if findings(without(file, topic, i, j)) == with {
				r.add(Warning, m.Accept[j].Pos, "remove it", "table %s accepts %q, and there is nothing of it to accept", r.about, m.Accept[j].Label)
			}
		}
	}
	return r.done()
}

// without gives the file with one label less.
func without(file *File, topic, table, label int) *File {
	out := *file
	out.Topics = slices.Clone(file.Topics)
	t := &out.Topics[topic]
	t.Tables = slices.Clone(t.Tables)
	m := &t.Tables[table]
	m.Accept = slices.Delete(slices.Clone(m.Accept), label, label+1)
	return &out
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
