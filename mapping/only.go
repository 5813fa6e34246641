package mapping

import (
	"fmt"
	"slices"
)

// Only gives the program that feeds the tables named, as keyspace.table, and no
// other: what a record does to them is what p does to them. Nothing that only
// other tables want is decoded any more. p is left as it is. It is an error to
// name no table, or one that p does not feed.
func (p *Program) Only(tables ...string) (*Program, error) {
	if len(tables) == 0 {
		return nil, fmt.Errorf("no table of topic %q is named", p.Topic.Name)
	}
	fed := p.fed()
	for _, name := range tables {
		if !slices.Contains(fed, name) {
			return nil, fmt.Errorf("%s does not feed table %s from topic %q: %s", p.file, name, p.Topic.Name, suggest(name, fed, "it feeds"))
		}
	}
	only := &Program{Topic: p.Topic, Write: p.Write.only(tables), Tombstone: p.Tombstone.only(tables), file: p.file}
	only.Topic.Tables = nil
	for i := range p.Write.Parts { // Topic.Tables has one for each, in their order
		if slices.Contains(tables, p.Write.Parts[i].table()) {
			only.Topic.Tables = append(only.Topic.Tables, p.Topic.Tables[i])
		}
	}
	return only, nil
}

// fed gives the full names of the tables that records with a value go to: those
// without one go to none else.
func (p *Program) fed() []string {
	names := make([]string, len(p.Write.Parts))
	for i := range p.Write.Parts {
		names[i] = p.Write.Parts[i].table()
	}
	return names
}

// only gives the form's parts for some tables, with slots of their own.
func (f *Form) only(tables []string) *Form {
	out := &Form{dispatch: f.dispatch} // a record that only other tables take is still taken
	for _, part := range f.Parts {
		if !slices.Contains(tables, part.table()) {
			continue
		}
		var slots []Slot
		if part.Statement != nil {
			slots = f.slotsOf(&part)
		}
		moved := len(out.Slots) - part.First
		part.First += moved
		part.event = part.event.moved(moved)
		if part.each != nil {
			part.each = part.each.moved(moved)
		}
		if part.change != nil {
			part.change = part.change.moved(moved)
		}
		out.Parts, out.Slots = append(out.Parts, part), append(out.Slots, slots...)
	}
	if f.envelope != nil {
		out.wrapped(f.envelope)
	}
	return out
}

// table gives the full name of the table that a part is about.
func (part *Part) table() string {
	if part.Statement == nil {
		return part.Refuse.Table
	}
	return part.Statement.Table.FullName()
}
