package ddl

import (
	"errors"
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
	t := &udt{}
	if p.expect("(") && p.list(func() bool { return p.field(space, name, t) }) {
		k.types[name] = t
	}
}

// udt is a user-defined type, whose fields' types are text until somebody needs
// them: types that they are made of can change.
type udt struct {
	fields, texts []string
	busy          bool
}

// resolve gives a user-defined type as it is now.
func (k *keyspace) resolve(name string) (*mapping.Type, error) {
	u := k.types[name]
	switch {
	case k.parsed[name] != nil:
		return k.parsed[name], nil
	case u == nil:
		return nil, fmt.Errorf("keyspace %s has none of this name so far", k.name)
	case u.busy:
		return nil, errors.New("it contains itself")
	}
	u.busy = true
	defer func() { u.busy = false }()
	t := &mapping.Type{Kind: mapping.TypeUDT, Keyspace: k.name, Name: name, Fields: u.fields}
	for _, written := range u.texts {
		elem, err := k.parse(written)
		if err != nil {
			return nil, err
		}
		t.Elems = append(t.Elems, elem)
	}
	k.parsed[name] = t
	return t, nil
}

// parse gives a type as Cassandra keeps it.
func (k *keyspace) parse(written string) (*mapping.Type, error) {
	t, err := mapping.ParseType(written, k.resolve)
	if err != nil {
		return nil, err
	}
	return stored(t, false), nil
}

// field reads a field of a user-defined type with its type.
func (p *parser) field(space, name string, t *udt) bool {
	at := p.peek().at
	field, ok := p.identifier("a field")
	if !ok {
		return false
	}
	if slices.Contains(t.fields, field) {
		return p.fault(at, "", "type %s has two fields %q", name, field)
	}
	_, written, ok := p.columnType(space)
	if ok {
		t.fields, t.texts = append(slices.Clip(t.fields), field), append(t.texts, written)
	}
	return ok
}

// alterType adds fields and renames them. What is made of the type has them too.
func (p *parser) alterType() {
	p.skip("if", "exists")
	at := p.peek().at
	space, name, ok := p.qualified("a type")
	if !ok {
		return
	}
	k := p.schema.keyspace(space)
	t := k.types[name]
	if t == nil {
		p.fault(at, "name the file that creates it before this one", "no type %s.%s has been created before it is altered", space, name)
		return
	}
	before := *t
	switch verb := p.peek(); {
	case p.skip("add"):
		p.addFields(space, name, t)
	case p.skip("rename"):
		perhaps := p.skip("if", "exists")
		p.renames(func(at mapping.Pos, from, to string) bool {
			return perhaps && !slices.Contains(t.fields, from) || p.renameField(name, t, at, from, to)
		})
	default:
		p.say(mapping.Warning, verb.at, "write the type as it is now in its CREATE TYPE", "ALTER TYPE … %s is not read", upper(verb.text))
		return
	}
	clear(k.parsed)
	if _, err := k.resolve(name); err != nil {
		*t = before
		clear(k.parsed)
		p.fault(at, "", "type %s.%s: %v", space, name, err)
	}
}

func (p *parser) addFields(space, name string, t *udt) {
	unless := p.ifNotExists()
	p.several(func() bool {
		if unless && slices.Contains(t.fields, p.peek().text) {
			p.next()
			_, _, ok := p.columnType(space)
			return ok
		}
		return p.field(space, name, t)
	})
}

func (p *parser) renameField(name string, t *udt, at mapping.Pos, from, to string) bool {
	i := slices.Index(t.fields, from)
	switch {
	case i < 0:
		return p.fault(at, "", "type %s has no field %q to rename", name, from)
	case slices.Contains(t.fields, to):
		return p.fault(at, "", "type %s has a field %q already", name, to)
	}
	t.fields = slices.Clone(t.fields) // types that were resolved before share it
	t.fields[i] = to
	return true
}

// columnType takes the type of a column or field of a keyspace, with its text.
func (p *parser) columnType(space string) (t *mapping.Type, written string, ok bool) {
	first := p.peek()
	if written, ok = p.typeText(space); !ok {
		return nil, "", p.fault(first.at, "", "expected a type, found %s", first.quote())
	}
	t, err := p.schema.keyspace(space).parse(written)
	if err != nil {
		return nil, "", p.fault(first.at, "correct it, or create the type in a statement before", "%v", err)
	}
	return t, written, true
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
