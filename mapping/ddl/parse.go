package ddl

import (
	"fmt"
	"slices"

	"ingest/mapping"
)

// maxFaults bounds what is said of one file.
const maxFaults = 100

// Schema is what files have said so far. Files are read in the order in which
// they would be run.
type Schema struct {
	keyspaces map[string]*keyspace
	current   string // of USE
}

// keyspace is what one keyspace holds.
type keyspace struct {
	name   string
	tables map[string]*table
	types  map[string]*udt
	parsed map[string]*mapping.Type // of types, until one changes
}

// Read takes a file of statements. name is what the diagnostics call it.
func (s *Schema) Read(name string, src []byte) mapping.Diagnostics {
	p := &parser{schema: s, file: name}
	p.tokens = lex(string(src), func(at mapping.Pos, message string) { p.say(mapping.Error, at, "close it", "%s", message) })
	s.current = "" // each file is a session of its own
	for p.peek().kind != end && len(p.found) < maxFaults {
		p.statement()
	}
	p.found.Sort()
	return p.found
}

// keyspace gives what is known of a keyspace. One that no statement creates is
// there once something in it is.
func (s *Schema) keyspace(name string) *keyspace {
	if s.keyspaces == nil {
		s.keyspaces = map[string]*keyspace{}
	}
	k := s.keyspaces[name]
	if k == nil {
		k = &keyspace{name: name, tables: map[string]*table{}, types: map[string]*udt{}, parsed: map[string]*mapping.Type{}}
		s.keyspaces[name] = k
	}
	return k
}

// Catalog gives what a cluster would have after running the files. Tables have no
// ID, since the cluster makes it up.
func (s *Schema) Catalog() *mapping.Catalog {
	catalog := &mapping.Catalog{Keyspaces: map[string]map[string]*mapping.Table{}}
	for name, k := range s.keyspaces {
		catalog.Names = append(catalog.Names, name)
		tables := map[string]*mapping.Table{}
		for _, t := range k.tables {
			tables[t.Name] = t.finish(k)
		}
		catalog.Keyspaces[name] = tables
	}
	slices.Sort(catalog.Names)
	return catalog
}

// parser is the state of one Read.
type parser struct {
	schema *Schema
	file   string
	tokens []token
	pos    int
	found  mapping.Diagnostics
}

func (p *parser) say(s mapping.Severity, at mapping.Pos, hint, format string, args ...any) {
	p.found = append(p.found, mapping.Diagnostic{Severity: s, File: p.file, Line: at.Line, Col: at.Col, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// fault says what is wrong with a statement; the rest of it is passed over.
func (p *parser) fault(at mapping.Pos, hint, format string, args ...any) bool {
	p.say(mapping.Error, at, hint, format, args...)
	return false
}

func (p *parser) peek() *token { return &p.tokens[p.pos] }

func (p *parser) next() *token {
	t := p.peek()
	if t.kind != end {
		p.pos++
	}
	return t
}

// skip takes words if they come next, all of them.
func (p *parser) skip(words ...string) bool {
	for i, word := range words {
		if at := p.pos + i; at >= len(p.tokens) || !p.tokens[at].is(word) {
			return false
		}
	}
	p.pos += len(words)
	return true
}

// expect takes a word that must come next.
func (p *parser) expect(word string) bool {
	if p.skip(word) {
		return true
	}
	t := p.peek()
	return p.fault(t.at, "", "expected %q, found %s", word, t.quote())
}

func (t *token) quote() string {
	switch t.kind {
	case end:
		return "the end of the file"
	case text:
		return "a text"
	}
	return fmt.Sprintf("%q", t.text)
}

// rest passes over what is left of a statement.
func (p *parser) rest() {
	for p.peek().kind != end && !p.skip(";") {
		p.next()
	}
}

// statement reads one statement.
func (p *parser) statement() {
	defer p.rest()
	start := p.peek()
	switch {
	case start.is(";"):
	case p.skip("use"):
		if name, ok := p.identifier("a keyspace"); ok {
			p.schema.current = name
		}
	case p.skip("create", "keyspace"):
		p.ifNotExists()
		if name, ok := p.identifier("a keyspace"); ok {
			p.schema.keyspace(name)
		}
	case p.skip("create", "table"), p.skip("create", "columnfamily"):
		p.createTable()
	case p.skip("create", "type"):
		p.createType()
	case p.skip("alter", "table"), p.skip("alter", "columnfamily"):
		p.alterTable()
	case p.skip("alter", "type"):
		p.alterType()
	case p.skip("drop", "table"), p.skip("drop", "columnfamily"):
		p.dropTable()
	case p.skip("drop", "keyspace"):
		p.dropKeyspace()
	case p.skip("drop", "type"):
		p.dropType()
	default:
		p.say(mapping.Note, start.at, "", "%s is passed over: it does not change how rows are bound", p.verb())
	}
}

// verb names a statement by its first words.
func (p *parser) verb() string {
	verb := p.peek()
	if verb.kind != name {
		return "a statement that begins with " + verb.quote()
	}
	words := upper(verb.text)
	if next := p.tokens[p.pos+1]; next.kind == name && (verb.is("create") || verb.is("alter") || verb.is("drop")) {
		words += " " + upper(next.text)
	}
	return words
}

func (p *parser) ifNotExists() bool { return p.skip("if", "not", "exists") }

// identifier takes a name.
func (p *parser) identifier(what string) (string, bool) {
	t := p.peek()
	if t.kind != name && t.kind != quoted || t.text == "" {
		return "", p.fault(t.at, "", "expected the name of %s, found %s", what, t.quote())
	}
	return p.next().text, true
}

// qualified takes a name that may stand behind its keyspace's.
func (p *parser) qualified(what string) (keyspace, name string, ok bool) {
	at := p.peek().at
	if name, ok = p.identifier(what); !ok {
		return "", "", false
	}
	if p.skip(".") {
		keyspace = name
		name, ok = p.identifier(what)
		return keyspace, name, ok
	}
	if p.schema.current == "" {
		return "", "", p.fault(at, "write keyspace."+name+", or `USE keyspace;` before it", "nothing says which keyspace %q is in", name)
	}
	return p.schema.current, name, true
}
