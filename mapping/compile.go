package mapping

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"ingest/retry"
)

// Compile holds one topic of a file, by its index in File.Topics, against the
// live tables. It finds all faults of the topic at once; the Program is nil
// when one of them is an Error. What needs schemas is left to CheckShapes.
func Compile(file *File, topic int, cat *Catalog) (*Program, Diagnostics) {
	p, found := Examine(file, topic, cat)
	if found.Err() != nil {
		return nil, found
	}
	return p, found
}

// Examine is Compile that, in spite of faults, gives what CheckShapes can look
// at: the tables that are there and those of their columns that are fed. A
// program with faults must not run.
func Examine(file *File, topic int, cat *Catalog) (*Program, Diagnostics) {
	return examine(file, &file.Topics[topic], cat)
}

func examine(file *File, topic *Topic, cat *Catalog) (*Program, Diagnostics) {
	c := &compiler{
		reporter: reporter{file: file.Name, topic: topic.Name}, file: file, topic: topic, cat: cat,
		write: &Form{}, tombstone: &Form{},
	}
	c.contest()
	for i := range c.topic.Tables {
		c.table(&c.topic.Tables[i])
	}
	c.dispatch()
	c.wrap()
	p := &Program{Topic: *c.topic, Write: c.write, Tombstone: c.tombstone, file: file.Name}
	p.Topic.Tables = c.tables
	return p, c.done()
}

// compiler is the state of one Compile.
type compiler struct {
	reporter
	file             *File
	topic            *Topic
	cat              *Catalog
	write, tombstone *Form
	seen             []*entry
	tables           []TableMapping // those that have a part in write, in its order
}

// entry is one table of the topic with what feeds its columns.
type entry struct {
	*TableMapping
	table   *Table
	feeds   []*ColumnMapping // by the index of the table's column; nil: nothing
	deletes bool             // a record without a value deletes its row
	custom  *custom          // of `cql:`; nil: Write says how
}

func (c *compiler) table(m *TableMapping) {
	c.about = ""
	t := c.live(m)
	if t == nil {
		return
	}
	c.about = t.FullName()
	e := &entry{TableMapping: m, table: t, feeds: make([]*ColumnMapping, len(t.Columns))}
	c.twice(e)
	if e.CQL != nil && !c.ownStatement(e) || !c.mode(e) {
		return
	}
	c.feed(e)
	c.deleteColumns(e)
	c.droppedOnce(e)
	c.elements(e)
	before := c.faults
	c.keys(e)
	keyless := c.faults > before
	c.writePart(e, keyless)
	c.life(e)
	c.wholeLists(e)
	c.ties(e)
	if !keyless {
		c.meetings(e)
		c.tombstonePart(e)
	}
}

// live finds an entry's table in the cluster.
func (c *compiler) live(m *TableMapping) *Table {
	keyspace := cmp.Or(m.Keyspace, c.cat.Default)
	if keyspace == "" {
		c.fault(m.Pos, "write keyspace.table, or give `keyspace:` here or under `defaults:`", "nothing says which keyspace table %q is in", m.Table)
		return nil
	}
	tables, ok := c.cat.Keyspaces[keyspace]
	if !ok {
		c.fault(m.Pos, suggest(keyspace, c.cat.Names, "the cluster has"), "the cluster has no keyspace %q", keyspace)
		return nil
	}
	t := tables[m.Table]
	if t == nil {
		c.fault(m.Pos, suggest(m.Table, slices.Sorted(maps.Keys(tables)), "it has"), "keyspace %q has no table %q", keyspace, m.Table)
	}
	return t
}

// feed says for each column of the table what feeds it.
func (c *compiler) feed(e *entry) {
	if e.custom != nil { // whose binds are fed
		return
	}
	for i := range e.Columns {
		m := &e.Columns[i]
		at := e.table.Column(m.Name)
		if at < 0 {
			c.fault(m.Pos, suggest(m.Name, columnNames(e.table), "it has"), "table %s has no column %q", e.table.FullName(), m.Name)
			continue
		}
		e.feeds[at] = m
	}
	if e.ColumnsFrom == nil {
		return
	}
	for i, col := range e.table.Columns {
		if e.feeds[i] == nil && col.Kind != Static && (e.Write != WriteDelete || e.inKey(i)) {
			source := Source{Root: e.ColumnsFrom.Root, Path: []Step{{Kind: StepField, Name: col.Name}}, Loose: true}
			e.feeds[i] = &ColumnMapping{Name: col.Name, Source: source, Nulls: e.Nulls, Pos: e.ColumnsFrom.Pos, At: e.ColumnsFrom.Pos}
		}
	}
}

func columnNames(t *Table) []string {
	names := make([]string, len(t.Columns))
	for i := range t.Columns {
		names[i] = t.Columns[i].Name
	}
	return names
}

// keys: a row needs its whole primary key.
func (c *compiler) keys(e *entry) {
	for i, col := range e.table.Columns {
		if e.custom == nil && e.inKey(i) && e.feeds[i] == nil {
			c.fault(e.Pos, "add it under `columns:`, for example `"+col.Name+": key."+col.Name+"`",
				"column %q is part of the primary key of %s, and nothing feeds it", col.Name, e.table.FullName())
		}
	}
}

// writePart adds the statement for records with a value.
func (c *compiler) writePart(e *entry, keyless bool) {
	st, slots := c.writing(e), []Slot(nil)
	st.TTL, st.RowTTL = e.TTL, e.TTLFrom != nil
	if e.custom != nil {
		slots = c.bindSlots(e)
	} else {
		slots = c.slots(e, st.Columns)
	}
	part := c.write.add(st, slots)
	part.keyless, part.wide = keyless, e.deletesWide()
	c.stamp(e, c.write, part)
	c.forEach(e, part)
	c.changes(e, part)
	c.formulas(e, c.write, part, keyless)
	c.only(e, part)
	c.tables = append(c.tables, *e.TableMapping)
}

// statement makes the statement that binds these columns.
func (e *entry) statement(op Op, columns []int) *Statement {
	st := &Statement{Table: e.table, Op: op, Columns: columns, Consistency: e.Consistency}
	for _, part := range e.table.PartitionKey {
		st.Routing = append(st.Routing, slices.Index(columns, part))
	}
	return st
}

func (f *Form) add(st *Statement, slots []Slot) *Part {
	f.Parts = append(f.Parts, Part{Statement: st, First: len(f.Slots)})
	f.Slots = append(f.Slots, slots...)
	return &f.Parts[len(f.Parts)-1]
}

var errTombstone = errors.New("the record has no value, and the mapping sends such records of this table to the dead-letter topic")

// tombstonePart adds what a record without a value does to the table.
func (c *compiler) tombstonePart(e *entry) {
	switch e.Tombstone {
	case TombstoneUnstated:
		if c.topic.Debezium { // the event before it has deleted the row
			return
		}
	case TombstoneIgnore:
		return
	case TombstoneDeadLetter:
		poison := &retry.Poison{Reason: retry.ReasonTombstone, Table: e.table.FullName(), Err: errTombstone}
		c.tombstone.Parts = append(c.tombstone.Parts, Part{First: len(c.tombstone.Slots), Refuse: poison})
		return
	}
	keys := e.deletedKeys()
	for _, i := range keys {
		m := e.feeds[i]
		if m == nil {
			hint := "say `tombstone: ignore` or `tombstone: dead_letter`, or what to `delete:`"
			if e.custom != nil {
				hint = "say `tombstone: ignore` or `tombstone: dead_letter`"
			}
			c.fault(e.Pos, hint,
				"a record without a value cannot say which row of %s to delete: nothing feeds key column %q", e.table.FullName(), e.table.Columns[i].Name)
			return
		}
		if m.Source.inValue() {
			c.fault(e.Pos, "say `tombstone: ignore` or `tombstone: dead_letter`, or feed the column from key, header or meta",
				"a record without a value cannot say which row of %s to delete: key column %q is fed by %s", e.table.FullName(), m.Name, &m.Source)
			return
		}
	}
	if at := e.EventTime; at != nil && at.Source.inValue() {
		c.fault(e.Pos, "say `tombstone: ignore` or `tombstone: dead_letter`, or take the timestamp from key or meta",
			"a record without a value cannot say when it deletes a row of %s: the write timestamp is %s", e.table.FullName(), &at.Source)
		return
	}
	if c.deletesAlready(e) {
		return
	}
	e.deletes = true
	part := c.tombstone.add(c.deletion(e, keys), c.slots(e, keys))
	c.stamp(e, c.tombstone, part)
	c.formulas(e, c.tombstone, part, false)
}

// life checks how long rows live.
func (c *compiler) life(e *entry) {
	if e.custom != nil {
		c.customLife(e)
		return
	}
	t := e.table
	if e.TTL == 0 && e.TTLFrom == nil && t.DefaultTTL > 0 && e.Write != WriteDelete && !e.Accepts(LabelTTLFromWrite) {
		c.fault(e.Pos, "say `ttl:` (the table's is "+seconds(t.DefaultTTL)+"), which counts from the record's time, or `accept: [ttl_from_write]`",
			"table %s has a default_time_to_live, which counts from each write: reading the topic again lengthens the life of its rows", t.FullName())
	}
}
