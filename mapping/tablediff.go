package mapping

import (
	"fmt"
	"slices"
)

// Changes says, a sentence each, what of a live table is no longer as a plan was
// made for it: its id, its columns and their types, whether one is another of its name, its
// primary key, its default TTL. now is nil when the table is gone. No changes mean that the plan holds.
func (t *Table) Changes(now *Table) []string {
	if now == nil {
		return []string{fmt.Sprintf("table %s is gone", t.FullName())}
	}
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if t.ID != now.ID {
		say("table %s was dropped and created again", t.FullName())
	}
	for i := range t.Columns {
		was := &t.Columns[i]
		at := now.Column(was.Name)
		switch {
		case at < 0:
			say("column %q of %s is gone", was.Name, t.FullName())
		case !was.Type.Equal(now.Columns[at].Type) && was.Type.String() == now.Columns[at].Type.String():
			say("the type %s of column %q of %s has other fields", was.Type, was.Name, t.FullName())
		case !was.Type.Equal(now.Columns[at].Type) || was.Type.String() != now.Columns[at].Type.String():
			say("column %q of %s was %s and is %s", was.Name, t.FullName(), was.Type, now.Columns[at].Type)
		case was.Kind != now.Columns[at].Kind:
			say("column %q of %s has another part in its table", was.Name, t.FullName())
		case was.Dropped != now.Columns[at].Dropped && t.ID == now.ID:
			say("column %q of %s was dropped and added again", was.Name, t.FullName())
		}
	}
	for i := range now.Columns {
		if t.Column(now.Columns[i].Name) < 0 {
			say("column %q of %s is new", now.Columns[i].Name, t.FullName())
		}
	}
	if !slices.Equal(t.keyNames(), now.keyNames()) {
		say("the primary key of %s has changed", t.FullName())
	}
	if t.DefaultTTL != now.DefaultTTL {
		say("the default_time_to_live of %s was %d s and is %d s", t.FullName(), t.DefaultTTL, now.DefaultTTL)
	}
	return found
}

// keyNames gives the columns of the primary key, those of the partition key
// apart from the others.
func (t *Table) keyNames() []string {
	var names []string
	for _, i := range t.PartitionKey {
		names = append(names, t.Columns[i].Name)
	}
	names = append(names, "")
	for _, i := range t.Clustering {
		names = append(names, t.Columns[i].Name)
	}
	return names
}

// Tables gives the live tables that the program was made for, each once.
func (p *Program) Tables() []*Table {
	var tables []*Table
	for _, form := range []*Form{p.Write, p.Tombstone} {
		for i := range form.Parts {
			if st := form.Parts[i].Statement; st != nil && !slices.Contains(tables, st.Table) {
				tables = append(tables, st.Table)
			}
		}
	}
	return tables
}
