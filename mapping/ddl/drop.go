package ddl

import (
	"maps"
	"slices"

	"ingest/mapping"
)

// What no statement has created may be dropped: it may be there before the files run.

func (p *parser) dropKeyspace() {
	p.skip("if", "exists")
	if name, ok := p.identifier("a keyspace"); ok {
		delete(p.schema.keyspaces, name)
	}
}

func (p *parser) dropTable() {
	p.skip("if", "exists")
	space, name, ok := p.qualified("a table")
	if k := p.schema.keyspaces[space]; ok && k != nil {
		delete(k.tables, name)
	}
}

// dropType refuses what something is made of, as Cassandra does.
func (p *parser) dropType() {
	p.skip("if", "exists")
	at := p.peek().at
	space, name, ok := p.qualified("a type")
	k := p.schema.keyspaces[space]
	if !ok || k == nil || k.types[name] == nil {
		return
	}
	dropped := k.types[name]
	delete(k.types, name)
	clear(k.parsed)
	if user := k.broken(); user != "" {
		k.types[name] = dropped
		p.say(mapping.Error, at, "drop what is made of it before", "type %s.%s cannot be dropped: %s is made of it", space, name, user)
	}
}

// broken names a table or type that is made of a type that is not there; empty:
// none is.
func (k *keyspace) broken() string {
	for _, name := range slices.Sorted(maps.Keys(k.types)) {
		if _, err := k.resolve(name); err != nil {
			return "type " + name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.tables)) {
		for _, written := range k.tables[name].texts {
			if _, err := k.parse(written); err != nil {
				return "table " + name
			}
		}
	}
	return ""
}
