package mapping

import (
	"cmp"
	"slices"
	"strings"

	"ingest/mapping/cql"
)

// custom is an entry's own statement, held against its table.
type custom struct {
	*CQL
	places  []bindPlace // of its binds, in the order of the text
	wide    bool        // it deletes a part of a partition, or all of it
	static  bool        // it writes static columns
	counter bool
	lists   bool // it changes a list in place
	whole   *Pos // of a list that is not frozen and written as a whole; nil: none
	written []writtenColumn
}

// bindPlace is where a bind stands.
type bindPlace struct {
	*cql.Bind
	column int // of the table, which it belongs to
	typ    *Type
	role   role
	feed   *ColumnMapping
}

// writtenColumn is a column that a statement names to write it.
type writtenColumn struct {
	column int
	at     Pos
}

// ownStatement holds the statement of `cql:` against the table: its names, the types
// of its binds and what says which row it is about. It is false when there is a
// fault, after which nothing else can be said of the entry.
func (c *compiler) ownStatement(e *entry) bool {
	before := c.faults
	x := &custom{CQL: e.CQL}
	e.custom = x
	w := &cqlWalk{compiler: c, entry: e, custom: x}
	w.keyspace()
	x.counter = slices.ContainsFunc(e.table.Columns, func(col Column) bool { return col.Type.Kind == TypeCounter })
	for i := range x.Sets {
		w.set(&x.Sets[i])
	}
	if x.Verb == cql.Insert {
		w.insertKey()
	} else {
		w.rows()
	}
	for i := range x.Tests {
		w.test(&x.Tests[i])
	}
	if c.faults > before {
		return false
	}
	slices.SortFunc(x.places, func(a, b bindPlace) int { return cmp.Compare(a.At, b.At) })
	for i := range x.places {
		c.feedBind(e, &x.places[i])
	}
	return c.faults == before
}

// feedBind finds what feeds a bind.
func (c *compiler) feedBind(e *entry, b *bindPlace) {
	at := slices.IndexFunc(e.Columns, func(m ColumnMapping) bool { return m.Name == b.Name })
	if at >= 0 {
		b.feed = &e.Columns[at]
	} else {
		source := Source{Root: e.ColumnsFrom.Root, Path: []Step{{Kind: StepField, Name: b.Name}}, Loose: true}
		b.feed = &ColumnMapping{Name: b.Name, Source: source, Nulls: e.Nulls, Pos: e.ColumnsFrom.Pos, At: e.ColumnsFrom.Pos}
	}
	switch {
	case b.role == roleKey:
		key := *b.feed
		key.Name = e.table.Columns[b.column].Name
		e.feeds[b.column] = &key
	case (b.role == roleOperand || b.role == roleCount) && b.feed.nulls.at != (Pos{}) && b.feed.nulls.nulls == NullsTombstone:
		c.fault(b.feed.nulls.at, "remove it", "a null of :%s changes nothing, so it cannot delete column %q", b.Name, e.table.Columns[b.column].Name)
	}
}

// customMode holds the statement's way to write against its table.
func (c *compiler) customMode(e *entry) bool {
	x := e.custom
	if x.counter && !c.countersOnly(e) {
		return false
	}
	c.needLabel(e, x.counter, LabelCounter, "a record that is written again counts again")
	c.needLabel(e, x.If != cql.Always, LabelLWT, "Cassandra decides, in the order in which rows arrive, which of them are written, with write timestamps of its own")
	c.needLabel(e, !x.counter && !x.Stamped && x.If == cql.Always, LabelServerTimestamp,
		"without USING TIMESTAMP :timestamp Cassandra stamps a row when it is written, so that the one that is written last stays, not that of the last record")
	c.needLabel(e, x.lists, LabelListAppend, "a change of a list in place that is done again changes it again")
	if x.whole != nil && x.Stamped && !e.Accepts(LabelListAppend) {
		c.fault(*x.whole, "make the column frozen, or say `accept: [list_append]` if that may be",
			"a list of %s that is not frozen is written as a whole: when a record is written again, after a crash or a lost answer, the elements are there twice", e.table.FullName())
	}
	c.calls(e)
	c.mixed(e)
	return true
}

// countersOnly refuses what Cassandra does not do with counters.
func (c *compiler) countersOnly(e *entry) bool {
	x := e.custom
	at := e.cqlAt
	switch {
	case x.Verb != cql.Update:
		c.fault(at, "write UPDATE … SET hits = hits + :hits", "table %s has counter columns, which only an UPDATE writes: a counter that is deleted cannot be counted on again", e.table.FullName())
	case x.Stamped:
		c.fault(at, "remove USING TIMESTAMP", "Cassandra takes no write timestamp with counters")
	case x.TTL != cql.NoTTL:
		c.fault(x.place(x.TTLAt), "remove it", "counters do not expire")
	case x.If != cql.Always:
		c.fault(at, "remove it", "Cassandra takes no condition with counters")
	default:
		return true
	}
	return false
}

// calls refuses what replays differently, and notes what cannot be known.
func (c *compiler) calls(e *entry) {
	for _, call := range e.custom.Calls {
		name := strings.ReplaceAll(strings.TrimPrefix(call.Text, "system."), "_", "")
		switch {
		case slices.Contains([]string{"now", "uuid", "currenttimestamp", "currentdate", "currenttime", "currenttimeuuid"}, name):
			if !e.Accepts(LabelNow) {
				c.fault(e.custom.place(call.At), "say `accept: [now]` if that may be, or bind what the record says", "%s() differs each time that a record is written, so reading the topic again gives other rows", call.Text)
			}
		case !knownCalls(name):
			c.add(Note, e.custom.place(call.At), "", "what %s() gives is not known here: reading the topic again gives the same rows only where it always gives the same", call.Text)
		}
	}
}

// knownCalls reports whether a function of Cassandra's own always gives the same.
// Its name is without underscores.
func knownCalls(name string) bool {
	known := []string{"todate", "totimestamp", "tounixtimestamp", "dateof", "unixtimestampof", "mintimeuuid", "maxtimeuuid", "abs", "exp", "log", "log10", "round",
		"tojson", "fromjson", "mapkeys", "mapvalues"}
	return slices.Contains(known, name) || strings.HasSuffix(name, "asblob") || strings.HasPrefix(name, "blobas")
}

// customLife checks how long what the statement writes lives.
func (c *compiler) customLife(e *entry) {
	x := e.custom
	switch {
	case x.Verb == cql.Delete || x.counter || e.Accepts(LabelTTLFromWrite) || x.TTL == cql.BindTTL:
	case x.TTL == cql.LiteralTTL:
		c.fault(x.place(x.TTLAt), "write USING TTL :ttl and `ttl:` for the table, which counts from the record's time, or say `accept: [ttl_from_write]`",
			"a constant TTL counts from each write: reading the topic again lengthens the life of the rows of %s", e.table.FullName())
	case e.table.DefaultTTL > 0:
		c.fault(e.Pos, "write USING TTL :ttl and `ttl:` (the table's is "+seconds(e.table.DefaultTTL)+"), which counts from the record's time, or `accept: [ttl_from_write]`",
			"table %s has a default_time_to_live, which counts from each write: reading the topic again lengthens the life of its rows", e.table.FullName())
	}
}

// customWriting makes the statement for records with a value.
func (c *compiler) customWriting(e *entry) *Statement {
	x := e.custom
	st := &Statement{Table: e.table, Op: x.op(), Consistency: e.Consistency, Custom: &Custom{
		Pieces: x.Pieces, Stamped: x.Stamped, Conditional: x.If != cql.Always, Fixed: x.fixed(), static: x.static,
	}}
	for i := range x.places {
		b := &x.places[i]
		st.Columns = append(st.Columns, b.column)
		st.Custom.Binds = append(st.Custom.Binds, Bind{Name: b.Name, Type: b.typ, Operand: b.role == roleOperand})
	}
	for _, part := range e.table.PartitionKey {
		st.Routing = append(st.Routing, slices.IndexFunc(x.places, func(b bindPlace) bool { return b.column == part && b.role == roleKey }))
	}
	return st
}

// op gives the operation that the statement is.
func (x *custom) op() Op {
	switch {
	case x.counter:
		return Counter
	case x.Verb == cql.Insert:
		return Insert
	case x.Verb == cql.Update:
		return Update
	case len(x.Sets) > 0:
		return DeleteColumns
	case x.wide:
		return DeletePartition
	}
	return DeleteRow
}

// fixed reports whether the statement writes something whatever its binds are.
func (x *custom) fixed() bool {
	return x.Verb != cql.Update || slices.ContainsFunc(x.Sets, func(s cql.Set) bool { return s.Value.Kind != cql.BindTerm })
}

// bindSlots makes the slots of a statement's binds.
func (c *compiler) bindSlots(e *entry) []Slot {
	slots := make([]Slot, len(e.custom.places))
	for i := range e.custom.places {
		b := &e.custom.places[i]
		s := Slot{Column: e.table.Columns[b.column].Name, Type: b.typ, bind: &bound{name: b.Name, role: b.role}}
		s.Key = b.role == roleKey || b.role == roleRange
		s.where = s.Key || b.role == roleElement || b.role == roleTest || b.role == roleOrder
		c.fed(&s, b.feed)
		if b.role == roleOperand || b.role == roleCount {
			s.Nulls = NullsUnset // nothing is added or removed
		}
		slots[i] = s
	}
	return slots
}

// customItems says which of the rows that for_each makes of one record write the
// same, of which the last counts; and refuses those of which two would write one cell
// with one timestamp. Counters, conditions and lists need no such care: what they do
// is done for each item.
func (c *compiler) customItems(e *entry, part *Part) {
	x := e.custom
	if x.Stamped && x.ofItem(func(b *bindPlace) bool { return b.role == roleKey && e.table.Columns[b.column].Kind == Clustering }) {
		c.staticTies(e)
	}
	if !x.Stamped || x.ofItem(func(b *bindPlace) bool { return b.role == roleKey && b.feed.Source.Root == RootItemIndex }) {
		part.each.distinct = true
		return
	}
	for _, kind := range []role{roleKey, roleRange, roleElement, roleOperand} {
		part.each.keys = append(part.each.keys, x.inOrder(kind)...)
	}
	part.each.distinct = x.lists
	parts := x.ofItem(func(b *bindPlace) bool { return b.role == roleOperand })
	elements := x.ofItem(func(b *bindPlace) bool { return b.role == roleElement })
	values := x.ofItem(func(b *bindPlace) bool { return b.role == roleValue })
	const hint = "put item_index into the primary key, or remove it"
	switch {
	case parts && values, elements && x.ofItem(x.wholly):
		c.fault(e.ForEach.Pos, hint, "items of one record can have one row of %s, and each would write the same cell of it: of two writes with one timestamp the larger value stays", e.table.FullName())
	case e.DeleteWhen != nil && (parts || elements):
		c.fault(e.DeleteWhen.at(0), hint, "items of one record can have one row of %s, which \"delete_when\" of one would delete for all of them", e.table.FullName())
	}
}

// staticTies refuses a static column that items of one partition would each write.
func (c *compiler) staticTies(e *entry) {
	for i := range e.custom.places {
		b := &e.custom.places[i]
		col := &e.table.Columns[b.column]
		if col.Kind == Static && (b.role == roleValue || b.role == rolePart || b.role == roleInner) && b.feed.Source.ofItem() {
			c.fault(e.custom.place(b.At), "feed it from the record", "the items of a record are rows of one partition of %s, and each would write its static column %q: of two writes with one timestamp the larger value stays", e.table.FullName(), col.Name)
		}
	}
}

// ofItem reports whether an item feeds a bind of some kind.
func (x *custom) ofItem(is func(*bindPlace) bool) bool {
	return slices.ContainsFunc(x.places, func(b bindPlace) bool { return is(&b) && b.feed.Source.ofItem() })
}

// wholly reports whether a bind is in the value of a column or field as a whole.
func (x *custom) wholly(b *bindPlace) bool {
	return (b.role == roleValue || b.role == rolePart || b.role == roleInner) && slices.ContainsFunc(x.Sets, func(s cql.Set) bool {
		return (s.Change == cql.Assign || s.Change == cql.AssignField) && s.Value.Holds(b.Bind)
	})
}

// inOrder gives the positions of a kind, in the order of the table's columns: as a
// delete of a row has its key.
func (x *custom) inOrder(kind role) []int {
	var at []int
	for i := range x.places {
		if x.places[i].role == kind {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(x.places[a].column, x.places[b].column) })
	return at
}
