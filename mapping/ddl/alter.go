package ddl

import (
	"slices"

	"ingest/mapping"
)

// alterTable reads what is added to a table, dropped from it and renamed in it, and
// its options.
func (p *parser) alterTable() {
	maybe := p.skip("if", "exists")
	at := p.peek().at
	space, name, ok := p.qualified("a table")
	if !ok {
		return
	}
	t := p.schema.keyspace(space).tables[name]
	if t == nil {
		if !maybe {
			p.fault(at, "name the file that creates it before this one", "no table %s.%s has been created before it is altered", space, name)
		}
		return
	}
	switch verb := p.peek(); {
	case p.skip("add"):
		p.addColumns(t)
		p.counters(t, at)
	case p.skip("drop"):
		p.dropColumns(t)
	case p.skip("rename"):
		perhaps := p.skip("if", "exists")
		p.renames(func(at mapping.Pos, from, to string) bool {
			return perhaps && t.Column(from) < 0 || p.renameColumn(t, at, from, to)
		})
	case verb.is("with"):
		p.options(&t.Table)
		p.counters(t, at)
	case verb.is("alter"): // a mask: types cannot change
	default:
		p.say(mapping.Warning, verb.at, "write the table as it is now in its CREATE TABLE", "ALTER TABLE … %s is not read", upper(verb.text))
	}
}

// several reads one of something or some in parentheses.
func (p *parser) several(item func() bool) {
	if p.skip("(") {
		p.list(item)
		return
	}
	for item() && p.skip(",") {
		continue
	}
}

func (p *parser) addColumns(t *table) {
	unless := p.ifNotExists()
	p.several(func() bool {
		at := p.peek()
		if unless && t.Column(at.text) >= 0 {
			p.next()
			_, _, ok := p.columnType(t.Keyspace)
			return ok
		}
		_, ok := p.column(t, at.at)
		return ok
	})
}

func (p *parser) dropColumns(t *table) {
	p.skip("if", "exists")
	p.several(func() bool {
		at := p.peek().at
		name, ok := p.identifier("a column")
		if !ok {
			return false
		}
		if i := t.Column(name); i >= 0 && t.IsKey(i) {
			return p.fault(at, "", "column %q is part of the primary key of %s and cannot be dropped", name, t.FullName())
		}
		t.Columns = slices.DeleteFunc(t.Columns, func(c mapping.Column) bool { return c.Name == name })
		return true
	})
}

// renames reads a TO b AND c TO d.
func (p *parser) renames(rename func(at mapping.Pos, from, to string) bool) {
	for {
		at := p.peek().at
		from, ok := p.identifier("what is renamed")
		if !ok || !p.expect("to") {
			return
		}
		to, ok := p.identifier("what it becomes")
		if !ok || !rename(at, from, to) || !p.skip("and") {
			return
		}
	}
}

// renameColumn gives a column of the primary key another name. Cassandra renames
// no others.
func (p *parser) renameColumn(t *table, at mapping.Pos, from, to string) bool {
	i := t.Column(from)
	switch {
	case i < 0:
		return p.fault(at, "", "table %s has no column %q to rename", t.FullName(), from)
	case !t.IsKey(i):
		return p.fault(at, "", "column %q is no part of the primary key of %s and cannot be renamed", from, t.FullName())
	case t.Column(to) >= 0:
		return p.fault(at, "", "table %s has a column %q already", t.FullName(), to)
	}
	t.Columns[i].Name = to
	t.texts[to] = t.texts[from]
	delete(t.texts, from)
	for _, key := range [][]string{t.partition, t.clustering} {
		if at := slices.Index(key, from); at >= 0 {
			key[at] = to
		}
	}
	return true
}
