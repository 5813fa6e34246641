package verify

import (
	"slices"

	"ingest/mapping"
)

// Table is one live table with the columns of it that mappings feed.
type Table struct {
	*mapping.Table
	Columns []int          // indexes into Table.Columns, ascending; those of the key and static ones are not among them
	odd     string         // why none of its rows can be judged; empty: they can
	opaque  map[int]string // columns, as indexes into Table.Columns, of which the log does not tell what is in them, and why
	Static  bool           // mappings feed static columns, which are not judged
	key     []int          // indexes into Table.Columns, in the order of the primary key
	number  uint16
	events  []*mapping.Statement // whose rows take their write timestamps from the record
}

// Why a column's value, or a whole table, cannot be told from the log.
const (
	becauseChanged     = "they are changed in place, and what was in them before counts too"
	becauseNow         = "now() feeds them"
	becauseNowDecides  = "now() decides which rows there are, or how long they live"
	becauseCounters    = "counters have no write timestamp, and a record that is written again counts again"
	becauseConditional = "the row that was inserted first stays, with a write timestamp of Cassandra's own"
	becausePartition   = "records delete whole partitions"
	becauseOwn         = "a statement of the mapping file (`cql:`) writes them"
	becauseStrange     = "what their statement does is not known here"
	becauseKey         = "sets, maps, tuples or user-defined types in the primary key have several spellings"
)

// Tables gives the tables that programs write, each once, but for those that take
// refuses.
func Tables(programs []*mapping.Program, take func(*mapping.Table) bool) []*Table {
	var tables []*Table
	for _, p := range programs {
		for _, form := range []*mapping.Form{p.Write, p.Tombstone} {
			for i := range form.Parts {
				part := &form.Parts[i]
				if part.Statement == nil || !take(part.Statement.Table) {
					continue
				}
				var t *Table
				for _, st := range part.Statements() {
					tables, t = addStatement(tables, st, part.EventTime())
				}
				t.unrepeatable(form.Unrepeatable(part))
			}
		}
	}
	return tables
}

func addStatement(tables []*Table, st *mapping.Statement, event bool) ([]*Table, *Table) {
	at := slices.IndexFunc(tables, func(t *Table) bool { return t.FullName() == st.Table.FullName() })
	if at < 0 {
		at = len(tables)
		tables = append(tables, newTable(st.Table, at))
	}
	t := tables[at]
	for i, column := range st.Columns {
		switch kind := st.Table.Columns[column].Kind; {
		case kind == mapping.Static:
			t.Static = true
		case kind == mapping.Regular && !slices.Contains(t.Columns, column):
			t.Columns = append(t.Columns, column)
		}
		if st.Cell(i) != mapping.OpSet {
			t.opaque[column] = becauseChanged
		}
	}
	if why := unknown(st); why != "" {
		t.odd = why
	}
	slices.Sort(t.Columns)
	if event {
		t.events = append(t.events, st)
	}
	return tables, t
}

func newTable(live *mapping.Table, number int) *Table {
	t := &Table{Table: live, number: uint16(number), opaque: map[int]string{}, key: slices.Concat(live.PartitionKey, live.Clustering)}
	if slices.ContainsFunc(t.key, func(i int) bool { return loose(live.Columns[i].Type) }) {
		t.odd = becauseKey
	}
	return t
}

// unrepeatable notes what differs each time that a record is read.
func (t *Table) unrepeatable(columns []int, whole bool) {
	if whole {
		t.odd = becauseNowDecides
	}
	for _, column := range columns {
		t.opaque[column] = becauseNow
	}
}

// layout says where a statement's cells belong.
type layout struct {
	table   *Table // nil: the rows are not looked at
	key     []int  // positions of the primary key's parts, in the key's order
	slots   []int  // by position: the index in Table.Columns, -1 for what is not judged
	opaque  []bool // by the index in Table.Columns
	deleted []int  // of DeleteColumns: indexes in Table.Columns
	event   bool   // write timestamps come from the record
	known   bool   // the fold knows what becomes of the table's rows
}

func newLayout(tables []*Table, st *mapping.Statement) *layout {
	at := slices.IndexFunc(tables, func(t *Table) bool { return t.FullName() == st.Table.FullName() })
	if at < 0 || aboutStatic(st) {
		return &layout{}
	}
	l := &layout{table: tables[at], known: tables[at].odd == ""}
	l.event = slices.Contains(l.table.events, st)
	for _, column := range l.table.key {
		l.key = append(l.key, slices.Index(st.Columns, column))
	}
	for _, column := range st.Columns {
		l.slots = append(l.slots, slices.Index(l.table.Columns, column))
	}
	for _, column := range st.Deleted {
		if slot := slices.Index(l.table.Columns, column); slot >= 0 {
			l.deleted = append(l.deleted, slot)
		}
	}
	for _, column := range l.table.Columns {
		l.opaque = append(l.opaque, l.table.opaque[column] != "")
	}
	return l
}

// unknown says why the fold does not know what a statement does to one row; empty
// when it does.
func unknown(st *mapping.Statement) string {
	if st.Custom != nil {
		return becauseOwn
	}
	switch st.Op {
	case mapping.Insert, mapping.Update, mapping.DeleteRow, mapping.DeleteColumns:
		return ""
	case mapping.Counter:
		return becauseCounters
	case mapping.InsertIfAbsent:
		return becauseConditional
	case mapping.DeletePartition:
		if len(st.Table.Clustering) > 0 {
			return becausePartition
		}
		return ""
	}
	return becauseStrange
}

// aboutStatic reports whether a statement is about static columns alone, and so
// about no row.
func aboutStatic(st *mapping.Statement) bool {
	return st.Op != mapping.DeletePartition && slices.ContainsFunc(st.Table.Clustering, func(i int) bool { return !slices.Contains(st.Columns, i) })
}

// loose reports whether one value of a type has several spellings, so that its
// bytes are no identity.
func loose(t *mapping.Type) bool {
	return t != nil && (t.Kind == mapping.TypeSet || t.Kind == mapping.TypeMap || t.Kind == mapping.TypeTuple || t.Kind == mapping.TypeUDT ||
		loose(t.Elem) || loose(t.Key))
}
