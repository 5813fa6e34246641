package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// NamedShape is what one registered version of a schema holds. Its name is what
// diagnostics call it, for example "subject orders-value version 3 (id 17)".
type NamedShape struct {
	Name  string
	Shape *Shape
}

// CheckShapes holds a program, of Compile or Examine, against all registered
// versions of its topic's key and value schemas, the newest last. Without any
// version of one of them, nothing is said about what it feeds.
func CheckShapes(p *Program, key, value []NamedShape) Diagnostics {
	c := &shapeChecker{reporter: reporter{file: p.file, topic: p.Topic.Name}}
	c.check(p, key, value)
	return c.done()
}

func (c *shapeChecker) check(p *Program, key, value []NamedShape) {
	value = c.events(p, value)
	for i := range p.Write.Parts {
		part, m := &p.Write.Parts[i], &p.Topic.Tables[i]
		c.table = part.Statement.Table
		c.about = c.table.FullName()
		values := c.ofRecords(part, value)
		var items []NamedShape
		if part.each != nil && len(values) > 0 {
			items = c.each(p.Write, part, values)
		}
		keys := key
		if shape := p.Topic.Key.Kind.Shape(); shape != nil {
			keys = []NamedShape{{Name: "the key", Shape: shape}}
		}
		c.formulas(p.Write, part, keys, c.unwrapped(p.Write, RootValue, values), items)
		for j := range p.Write.slotsOf(part) {
			s := &p.Write.Slots[part.First+j]
			switch {
			case s.Source.Root == RootItem, s.each, s.old:
			case s.Source.payload() == RootValue && len(values) > 0:
				c.slot(s, c.unwrapped(p.Write, s.Source.Root, values))
			case s.Source.Root == RootKey && p.Topic.Key.Kind == FormatAvro && len(key) > 0:
				c.slot(s, key)
			}
		}
		c.replica(p.Write, part, m, key)
		if p.Topic.Key.Kind == FormatAvro && !m.Accepts(LabelCrossPartition) && !part.keyless {
			c.keyParts(p, part, m, key)
		}
	}
}

// shapeChecker is the state of one CheckShapes.
type shapeChecker struct {
	reporter
	table *Table
	visit func(s *Slot, versions []NamedShape) // hears of each slot that is checked; may be nil
}

// slot checks one column against every version that may feed it.
func (c *shapeChecker) slot(s *Slot, versions []NamedShape) {
	if c.visit != nil {
		c.visit(s, versions)
	}
	var refused, null, floored group
	found := 0
	for _, v := range versions {
		shape, ok, err := ResolvePath(v.Shape, s.Source.Path, s.Source.Loose)
		if err != nil {
			refused.add(v.Name, err)
			found++
			continue
		}
		if !ok {
			if s.Default.State != Value {
				null.add(v.Name, nil)
			}
			continue
		}
		found++
		fit, err := FitOf(shape, s.Type, s.Source.Unit)
		if err != nil {
			refused.add(v.Name, err)
		}
		if shape.Nullable() && (s.Nulls != NullsDefault || s.Default.State != Value) {
			null.add(v.Name, nil)
		}
		if fit == Floored {
			floored.add(v.Name, nil)
		}
	}
	if found == 0 {
		c.missing(s, versions)
		return
	}
	if refused.count > 0 {
		c.fault(s.at, conversionHint(refused.err, s.Source.String()), "%s cannot feed %s in %s: %v", &s.Source, s.feeds(), refused.names(), refused.err)
	}
	switch {
	case s.Key:
		c.keySlot(s, &null, &floored)
	case s.bind != nil && null.count > 0 && (s.bind.role == roleElement || s.bind.role == roleInner || s.bind.role == roleOrder):
		c.add(Warning, s.at, "such records become dead letters; `default:` with `nulls: default` gives them a value",
			"%s can be null or absent in %s, and %s needs a value where it stands", &s.Source, null.names(), s.feeds())
	case s.event && null.count > 0:
		c.add(Warning, s.at, "such records become dead letters", "%s can be null or absent in %s, and the rows of %s take their write timestamps from it", &s.Source, null.names(), c.table.FullName())
	}
}

// keySlot warns of what a primary key column loses records to.
func (c *shapeChecker) keySlot(s *Slot, null, floored *group) {
	if null.count > 0 {
		c.add(Warning, s.at, "such records become dead letters; `default:` with `nulls: default` gives them a key",
			"%s can be null or absent in %s, and primary key column %q of %s needs a value", &s.Source, null.names(), s.Column, c.table.FullName())
	}
	if floored.count > 0 && s.Type.Kind != TypeDate { // a date is a bucket on purpose
		c.add(Warning, s.at, "use a bigint column to keep all digits",
			"%s is finer than a millisecond in %s, and primary key column %q is not: records that differ in the rest meet in one row", &s.Source, floored.names(), s.Column)
	}
}

// missing says that no version has what a slot wants.
func (c *shapeChecker) missing(s *Slot, versions []NamedShape) {
	if len(versions) == 0 { // no envelope has the field
		c.fault(s.at, "", "%s is in no registered schema of this topic's value", &s.Source)
		return
	}
	newest := versions[len(versions)-1]
	root := s.Source.rootOf()
	switch {
	case !s.Source.Loose:
		c.fault(s.at, suggestStep(newest.Shape, s.Source.Path), "%s is in no registered schema of this topic's %s (looked in %d, up to %s)", &s.Source, root, len(versions), newest.Name)
	case s.Key:
		c.fault(s.at, suggestStep(newest.Shape, s.Source.Path), "no field of the %s has the name of primary key %s of %s", root, s.feeds(), c.table.FullName())
	default:
		c.add(Warning, s.at, suggestStep(newest.Shape, s.Source.Path), "nothing fills %s of %s: no field of the %s has its name", s.feeds(), c.table.FullName(), root)
	}
}

// suggestStep names what could stand at the step where a path leaves a schema.
func suggestStep(s *Shape, path []Step) string {
	for i, step := range path {
		next, err := Descend(s, step, false)
		if err != nil || next.Found {
			if err != nil {
				return ""
			}
			s = next.Shape
			continue
		}
		inner := s.NonNull()
		if len(inner.Fields)+len(inner.Branches) == 0 {
			prefix := Source{Path: path[:i]}
			return fmt.Sprintf("%s is %s, which has no fields", strings.TrimPrefix(prefix.String(), "value."), inner)
		}
		return suggest(step.Name, stepNames(inner), "there are")
	}
	return ""
}

// stepNames gives the fields of a record, or the branches of a union.
func stepNames(s *Shape) []string {
	var names []string
	for _, f := range s.Fields {
		names = append(names, f.Name)
	}
	for _, b := range s.Branches {
		if b.Kind != KindNull {
			names = append(names, b.label())
		}
	}
	return names
}

// group gathers the versions that something holds for.
type group struct {
	newest string
	count  int
	err    error // of the newest
}

func (g *group) add(name string, err error) {
	g.newest, g.err = name, err
	g.count++
}

func (g *group) names() string {
	if g.count == 1 {
		return g.newest
	}
	return fmt.Sprintf("%s and %d more", g.newest, g.count-1)
}

// keyParts checks that the primary key contains every part of a key's schema.
func (c *shapeChecker) keyParts(p *Program, part *Part, m *TableMapping, versions []NamedShape) {
	identity, what := part.identity(p.Write)
	if slices.ContainsFunc(identity, func(s *Source) bool { return s.Root == RootMeta && s.Name == "partition" }) {
		return
	}
	var missing []string
	for _, v := range versions {
		var parts keyWalk
		parts.walk(v.Shape, nil)
		for _, leaf := range parts.leaves {
			name := (&Source{Root: RootKey, Path: leaf}).String()
			if !slices.ContainsFunc(identity, func(s *Source) bool {
				return s.touches(v.Shape, leaf) || p.Topic.Debezium && s.inKey().touches(v.Shape, leaf)
			}) && !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
		}
	}
	if len(missing) > 0 {
		c.fault(m.Pos, "add it to the primary key, or, "+acceptCross,
			"%s of %s does not contain %s, so records of different keys can meet in one row", what, c.table.FullName(), strings.Join(missing, ", "))
	}
}

// identity gives the sources of the columns that tell rows apart, as
// entry.identity does.
func (part *Part) identity(f *Form) (sources []*Source, what string) {
	st := part.Statement
	kind := func(i int) ColumnKind { return st.Table.Columns[st.Columns[i]].Kind }
	static := false
	for i := range st.Columns {
		static = static || kind(i) == Static
	}
	static = static || st.Custom != nil && st.Custom.static
	for i := range st.Columns {
		if kind(i) == PartitionKey || kind(i) == Clustering && !static && !part.wide {
			sources = append(sources, &f.Slots[part.First+i].Source)
		}
	}
	switch {
	case part.wide:
		return sources, wideKey
	case static:
		return sources, staticKey
	}
	return sources, "the primary key"
}

// maxKeyVisits bounds how many fields of a key's schema are looked at. Schemas
// can nest so that they unfold without end.
const maxKeyVisits = 1000

// keyWalk gathers the paths of what is no record in a key: its parts.
type keyWalk struct {
	leaves [][]Step
	visits int
}

func (w *keyWalk) walk(s *Shape, path []Step) {
	if w.visits++; w.visits > maxKeyVisits || s.Kind == KindNull {
		return
	}
	if s.Kind != KindRecord || len(path) == maxPathSteps {
		w.leaves = append(w.leaves, path)
		return
	}
	for _, f := range s.Fields {
		w.walk(f.Shape, append(slices.Clip(path), Step{Kind: StepField, Name: f.Name}))
	}
}

// touches reports whether a source takes a part of the key, the whole that it
// is in, or something inside it.
func (s *Source) touches(key *Shape, leaf []Step) bool {
	if s.Root != RootKey {
		return false
	}
	path := s.Path
	if s.Loose {
		i, err := key.NonNull().field(path[0].Name, true)
		if err != nil || i < 0 {
			return false
		}
		path = []Step{{Kind: StepField, Name: key.NonNull().Fields[i].Name}}
	}
	n := min(len(path), len(leaf))
	return slices.Equal(path[:n], leaf[:n])
}
