package ddl

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"ingest/mapping"
)

// defaultGCGrace is Cassandra's, in seconds: ten days.
const defaultGCGrace = 864_000

// table is a table whose columns are not in order yet.
type table struct {
	mapping.Table
	texts                 map[string]string // of the columns' types, by column
	partition, clustering []string          // of the primary key, in its order
}

// finish gives the table as system_schema tells of it: columns by name, of their
// types as they are now.
func (t *table) finish(k *keyspace) *mapping.Table {
	out := t.Table
	out.Columns = slices.Clone(t.Columns)
	for i := range out.Columns {
		c := &out.Columns[i]
		if typ, err := k.parse(t.texts[c.Name]); err == nil { // it parsed before
			c.Type = typ
		}
	}
	slices.SortFunc(out.Columns, func(a, b mapping.Column) int { return cmp.Compare(a.Name, b.Name) })
	for _, name := range t.partition {
		out.PartitionKey = append(out.PartitionKey, out.Column(name))
	}
	for _, name := range t.clustering {
		out.Clustering = append(out.Clustering, out.Column(name))
	}
	return &out
}

func (p *parser) createTable() {
	unless := p.ifNotExists()
	at := p.peek().at
	space, name, ok := p.qualified("a table")
	if !ok {
		return
	}
	k := p.schema.keyspace(space)
	if k.tables[name] != nil {
		if !unless {
			p.fault(at, "remove one of the two statements", "table %s.%s is created twice", space, name)
		}
		return
	}
	t := &table{Table: mapping.Table{Keyspace: space, Name: name, GCGrace: defaultGCGrace}, texts: map[string]string{}}
	if !p.expect("(") || !p.list(func() bool { return p.definition(t) }) {
		return
	}
	if len(t.partition) == 0 {
		p.fault(at, "add `PRIMARY KEY (…)`", "table %s has no primary key", t.FullName())
		return
	}
	if p.markKey(t, at) && p.options(&t.Table) && p.counters(t, at) {
		k.tables[name] = t
	}
}

// list reads what is separated by commas, up to the closing parenthesis.
func (p *parser) list(item func() bool) bool {
	for {
		if p.skip(")") {
			return true
		}
		if !item() {
			return false
		}
		if p.skip(")") {
			return true
		}
		if !p.expect(",") {
			return false
		}
	}
}

// definition reads a column, or the primary key.
func (p *parser) definition(t *table) bool {
	at := p.peek().at
	if p.skip("primary", "key") {
		if len(t.partition) > 0 {
			return p.fault(at, "name it once", "table %s has two primary keys", t.FullName())
		}
		return p.primaryKey(t)
	}
	name, ok := p.column(t, at)
	if ok && p.skip("primary", "key") {
		if len(t.partition) > 0 {
			return p.fault(at, "name it once", "table %s has two primary keys", t.FullName())
		}
		t.partition = []string{name}
	}
	return ok
}

// column reads a column with its type and adds it.
func (p *parser) column(t *table, at mapping.Pos) (name string, ok bool) {
	if name, ok = p.identifier("a column"); !ok {
		return "", false
	}
	typ, written, ok := p.columnType(t.Keyspace)
	if !ok {
		return "", false
	}
	c := mapping.Column{Name: name, Type: typ}
	if p.skip("static") {
		c.Kind = mapping.Static
	}
	p.mask()
	if t.Column(name) >= 0 {
		return "", p.fault(at, "", "table %s has two columns %q", t.FullName(), name)
	}
	t.Columns = append(t.Columns, c)
	t.texts[name] = written
	return name, true
}

// mask passes over what hides a column's values from readers.
func (p *parser) mask() {
	if !p.skip("masked", "with") {
		return
	}
	for depth := 0; p.peek().kind != end; p.next() {
		t := p.peek()
		switch {
		case depth == 0 && (t.is(",") || t.is(")") || t.is(";") || t.is("primary")):
			return
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
	}
}

// primaryKey reads (a, b) or ((a, b), c).
func (p *parser) primaryKey(t *table) bool {
	if !p.expect("(") {
		return false
	}
	take := func(into *[]string) func() bool {
		return func() bool {
			name, ok := p.identifier("a column of the primary key")
			*into = append(*into, name)
			return ok
		}
	}
	if p.skip("(") {
		if !p.list(take(&t.partition)) {
			return false
		}
	} else if !take(&t.partition)() {
		return false
	}
	if p.skip(")") {
		return true
	}
	return p.expect(",") && p.list(take(&t.clustering))
}

// markKey says which columns are the key's. Their values are frozen, whatever the
// statement says.
func (p *parser) markKey(t *table, at mapping.Pos) bool {
	seen := map[string]bool{}
	mark := func(names []string, kind mapping.ColumnKind) bool {
		for _, name := range names {
			i := t.Column(name)
			if i < 0 || seen[name] {
				return p.fault(at, "", "the primary key of %s names %q, which is no column or is named twice", t.FullName(), name)
			}
			seen[name] = true
			t.Columns[i].Kind = kind
		}
		return true
	}
	return mark(t.partition, mapping.PartitionKey) && mark(t.clustering, mapping.Clustering)
}

// counters refuses what Cassandra does of a table with counters: other columns beside
// its key, a counter in the key, a time to live.
func (p *parser) counters(t *table, at mapping.Pos) bool {
	var counter, other string
	for _, c := range t.Columns {
		switch key := c.Kind == mapping.PartitionKey || c.Kind == mapping.Clustering; {
		case key && c.Type.Kind == mapping.TypeCounter:
			return p.fault(at, "", "column %q is a counter in the primary key of %s, and Cassandra takes none there", c.Name, t.FullName())
		case key:
		case c.Type.Kind == mapping.TypeCounter:
			counter = c.Name
		default:
			other = c.Name
		}
	}
	switch {
	case counter == "":
	case other != "":
		return p.fault(at, "put them into tables of their own", "table %s has a counter (%q) and a column that is none (%q), and Cassandra takes only counters beside the primary key then", t.FullName(), counter, other)
	case t.DefaultTTL > 0:
		return p.fault(at, "leave it out", "table %s has counters and a default_time_to_live, and counters do not expire", t.FullName())
	}
	return true
}

// options reads WITH, for what says how long rows and tombstones live.
func (p *parser) options(t *mapping.Table) bool {
	for t := p.peek(); t.kind != end && !t.is(";") && !t.is("with"); t = p.peek() {
		return p.fault(t.at, "", "expected WITH or \";\", found %s", t.quote())
	}
	if !p.skip("with") {
		return true
	}
	for p.peek().kind != end && !p.peek().is(";") {
		option := p.next()
		if !p.skip("=") || p.peek().kind != number {
			continue
		}
		into := map[string]*int{"default_time_to_live": &t.DefaultTTL, "gc_grace_seconds": &t.GCGrace}[strings.ToLower(option.text)]
		if into == nil || option.kind != name {
			continue
		}
		value := p.next()
		seconds, err := strconv.Atoi(value.text)
		if err != nil {
			return p.fault(value.at, "", "%s takes a number of seconds", option.text)
		}
		*into = seconds
	}
	return true
}

func upper(s string) string { return strings.ToUpper(s) }
