package verify

import (
	"slices"

	"ingest/mapping"
)

// Table is one live table with the columns of it that mappings feed.
type Table struct {
	*mapping.Table
	Columns []int // indexes into Table.Columns, ascending; those of the key and static ones are not among them
	odd     bool  // some write is of a kind that the fold does not know, so that none of its rows can be judged
	Static  bool  // mappings feed static columns, which are not judged
	Own     bool  // some write is a statement of the mapping file's, which is not judged
	key     []int // indexes into Table.Columns, in the order of the primary key
	number  uint16
	events  []*mapping.Statement // whose rows take their write timestamps from the record
}

// Tables gives the tables that programs write, each once, but for those that take
// refuses.
func Tables(programs []*mapping.Program, take func(*mapping.Table) bool) []*Table {
	var tables []*Table
	for _, p := range programs {
		for _, form := range []*mapping.Form{p.Write, p.Tombstone} {
			for i := range form.Parts {
				if st := form.Parts[i].Statement; st != nil && take(st.Table) {
					tables = addStatement(tables, st, form.Parts[i].EventTime())
				}
			}
		}
	}
	return tables
}

func addStatement(tables []*Table, st *mapping.Statement, event bool) []*Table {
	at := slices.IndexFunc(tables, func(t *Table) bool { return t.FullName() == st.Table.FullName() })
	if at < 0 {
		at = len(tables)
		tables = append(tables, &Table{Table: st.Table, number: uint16(at), key: slices.Concat(st.Table.PartitionKey, st.Table.Clustering)})
	}
	t := tables[at]
	for _, column := range st.Columns {
		switch kind := st.Table.Columns[column].Kind; {
		case kind == mapping.Static:
			t.Static = true
		case kind == mapping.Regular && !slices.Contains(t.Columns, column):
			t.Columns = append(t.Columns, column)
		}
	}
	t.odd, t.Own = t.odd || !foldable(st), t.Own || st.Custom != nil
	slices.Sort(t.Columns)
	if event {
		t.events = append(t.events, st)
	}
	return tables
}

// layout says where a statement's cells belong.
type layout struct {
	table *Table // nil: the table is not looked at
	key   []int  // positions of the primary key's parts, in the key's order
	slots []int  // by position: the index in Table.Columns, -1 for what is not judged
	event bool   // write timestamps come from the record
	known bool   // the statement is of a kind that the fold knows
}

func newLayout(tables []*Table, st *mapping.Statement) *layout {
	at := slices.IndexFunc(tables, func(t *Table) bool { return t.FullName() == st.Table.FullName() })
	if at < 0 {
		return &layout{}
	}
	l := &layout{table: tables[at], known: foldable(st) && !tables[at].odd}
	l.event = slices.Contains(l.table.events, st)
	for _, column := range l.table.key {
		l.key = append(l.key, slices.Index(st.Columns, column))
	}
	l.known = l.known && !slices.Contains(l.key, -1) && !slices.ContainsFunc(l.table.key, func(i int) bool { return loose(st.Table.Columns[i].Type) })
	for _, column := range st.Columns {
		l.slots = append(l.slots, slices.Index(l.table.Columns, column))
	}
	return l
}

// foldable reports whether the fold knows what a statement does to one row.
func foldable(st *mapping.Statement) bool {
	return st.Custom == nil && (st.Op == mapping.Insert || st.Op == mapping.DeleteRow)
}

// loose reports whether one value of a type has several spellings, so that its
// bytes are no identity.
func loose(t *mapping.Type) bool {
	return t != nil && (t.Kind == mapping.TypeSet || t.Kind == mapping.TypeMap || t.Kind == mapping.TypeTuple || t.Kind == mapping.TypeUDT ||
		loose(t.Elem) || loose(t.Key))
}
