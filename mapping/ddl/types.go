package ddl

import (
	"fmt"
	"slices"
	"strings"

	"ingest/mapping"
)

func (p *parser) createType() {
	unless := p.ifNotExists()
	at := p.peek().at
	space, name, ok := p.qualified("a type")
	if !ok {
		return
	}
	k := p.schema.keyspace(space)
	if k.types[name] != nil {
		if !unless {
			p.fault(at, "remove one of the two statements", "type %s.%s is created twice", space, name)
		}
		return
	}
	t := &mapping.Type{Kind: mapping.TypeUDT, Keyspace: space, Name: name}
	if p.expect("(") && p.list(func() bool { return p.field(t) }) {
		k.types[name] = t
	}
}

// field reads a field of a user-defined type with its type.
func (p *parser) field(t *mapping.Type) bool {
	at := p.peek().at
	name, ok := p.identifier("a field")
	if !ok {
		return false
	}
	if slices.Contains(t.Fields, name) {
		return p.fault(at, "", "type %s has two fields %q", t.Name, name)
	}
	typ, ok := p.columnType(t.Keyspace)
	if ok {
		t.Fields, t.Elems = append(t.Fields, name), append(t.Elems, typ)
	}
	return ok
}

// alterType adds fields. Columns that were made of the type before have them too.
func (p *parser) alterType() {
	p.skip("if", "exists")
	at := p.peek().at
	space, name, ok := p.qualified("a type")
	if !ok {
		return
	}
	t := p.schema.keyspace(space).types[name]
	if t == nil {
		p.fault(at, "name the file that creates it before this one", "no type %s.%s has been created before it is altered", space, name)
		return
	}
	if verb := p.peek(); !p.skip("add") {
		p.say(mapping.Warning, verb.at, "write the type as it is now in its CREATE TYPE", "ALTER TYPE … %s is not read", upper(verb.text))
		return
	}
	if len(p.users(space, name)) > 0 {
		p.say(mapping.Warning, at, "write the type as it is now in its CREATE TYPE", "ALTER TYPE is not read for types that are in use: %s", strings.Join(p.users(space, name), ", "))
		return
	}
	unless := p.ifNotExists()
	p.several(func() bool {
		if unless && slices.Contains(t.Fields, p.peek().text) {
			p.next()
			_, ok := p.columnType(space)
			return ok
		}
		return p.field(t)
	})
}

// users names the tables and types that hold a type. Types are immutable once
// they are part of another.
func (p *parser) users(space, name string) []string {
	var found []string
	k := p.schema.keyspace(space)
	for other, t := range k.types {
		if other != name && holds(t, name) {
			found = append(found, other)
		}
	}
	for _, t := range k.tables {
		if slices.ContainsFunc(t.Columns, func(c mapping.Column) bool { return holds(c.Type, name) }) {
			found = append(found, t.FullName())
		}
	}
	slices.Sort(found)
	return found
}

func holds(t *mapping.Type, udt string) bool {
	if t == nil {
		return false
	}
	return t.Kind == mapping.TypeUDT && t.Name == udt || holds(t.Key, udt) || holds(t.Elem, udt) ||
		slices.ContainsFunc(t.Elems, func(e *mapping.Type) bool { return holds(e, udt) })
}

// columnType takes the type of a column or field of a keyspace.
func (p *parser) columnType(space string) (*mapping.Type, bool) {
	first := p.peek()
	written, ok := p.typeText(space)
	if !ok {
		return nil, p.fault(first.at, "", "expected a type, found %s", first.quote())
	}
	t, err := mapping.ParseType(written, func(name string) (*mapping.Type, error) {
		if t := p.schema.keyspace(space).types[name]; t != nil {
			return t, nil
		}
		return nil, fmt.Errorf("keyspace %s has none of this name so far", space)
	})
	if err != nil {
		return nil, p.fault(first.at, "correct it, or create the type in a statement before", "%v", err)
	}
	return stored(t, false), true
}

// typeText writes a type's tokens as system_schema would. A user-defined type
// may be named with its keyspace, which can only be the table's.
func (p *parser) typeText(space string) (string, bool) {
	var b strings.Builder
	for depth, more := 0, true; more; {
		t := p.next()
		switch {
		case t.kind == name && p.peek().is(".") && t.text == space, t.kind == quoted && p.peek().is(".") && t.text == space:
			p.next()
			continue
		case t.kind == quoted:
			b.WriteString(`"` + strings.ReplaceAll(t.text, `"`, `""`) + `"`)
		case t.kind == name, t.kind == number:
			b.WriteString(t.text)
		case t.is("<"):
			depth++
			b.WriteString("<")
		case t.is(">") && depth > 0:
			depth--
			b.WriteString(">")
		case t.is(",") && depth > 0:
			b.WriteString(", ")
		default:
			return "", false
		}
		more = depth > 0 || p.peek().is("<")
	}
	return b.String(), true
}

// stored gives a type as Cassandra keeps it: tuples are always frozen, and so is
// what is inside of something frozen.
func stored(t *mapping.Type, frozen bool) *mapping.Type {
	if t == nil || t.Kind == mapping.TypeUDT && !frozen {
		return t
	}
	out := *t
	inner := frozen || t.Frozen || t.Kind == mapping.TypeTuple || t.Kind == mapping.TypeVector
	switch t.Kind {
	case mapping.TypeList, mapping.TypeSet, mapping.TypeMap, mapping.TypeUDT:
		out.Frozen = t.Frozen || frozen
	case mapping.TypeTuple:
		out.Frozen = true
	default:
		if t.Kind != mapping.TypeVector {
			return t
		}
	}
	if t.Kind == mapping.TypeUDT {
		return &out // its fields stay as its CREATE TYPE says
	}
	out.Key, out.Elem = stored(t.Key, inner), stored(t.Elem, inner)
	out.Elems = make([]*mapping.Type, len(t.Elems))
	for i, e := range t.Elems {
		out.Elems[i] = stored(e, inner)
	}
	if len(t.Elems) == 0 {
		out.Elems = nil
	}
	return &out
}
