package mapping

import (
	"cmp"
	"slices"
)

// mode holds an entry's way to write against its table. It is false where nothing
// else can be said of the entry.
func (c *compiler) mode(e *entry) bool {
	if e.custom != nil {
		return c.customMode(e)
	}
	counters := slices.ContainsFunc(e.table.Columns, func(col Column) bool { return col.Type.Kind == TypeCounter })
	switch {
	case counters && e.Write != WriteCounter:
		c.fault(e.modeAt(), "say `write: counter` and `accept: [counter]`, which adds the values", "table %s has counter columns, and %s cannot write them", e.table.FullName(), e.Write)
		return false
	case !counters && e.Write == WriteCounter:
		c.fault(e.writeAt, "say `write: upsert` or `write: update`", "table %s has no counter columns", e.table.FullName())
		return false
	}
	c.needLabel(e, e.Write == WriteCounter, LabelCounter, "a record that is written again counts again")
	c.needLabel(e, e.Write == WriteInsertIfAbsent, LabelLWT, "of two records of one row the one that is written first stays, with a write timestamp of Cassandra's own")
	c.mixed(e)
	return true
}

// modeAt is where the file says how the entry writes.
func (t *TableMapping) modeAt() Pos {
	if t.cqlAt != (Pos{}) {
		return t.cqlAt
	}
	if t.writeAt != (Pos{}) {
		return t.writeAt
	}
	return t.Pos
}

// needLabel refuses what cannot be replayed unless the entry accepts it.
func (c *compiler) needLabel(e *entry, needed bool, label Label, why string) {
	if needed && !e.Accepts(label) {
		c.fault(e.modeAt(), "if that may be, say `accept: ["+string(label)+"]`", "reading the topic again does not give the rows of %s as they were: %s", e.table.FullName(), why)
	}
}

// mixed refuses that one table is written with and without write timestamps: the
// stamps of Cassandra's own clock hide those of records, and the other way round.
func (c *compiler) mixed(e *entry) {
	for i := range len(c.file.Topics) + len(c.file.Patterns) {
		other := c.file.entry(i)
		for j := range other.Tables {
			m := &other.Tables[j]
			same := m.Table == e.table.Name && cmp.Or(m.Keyspace, c.cat.Default) == e.table.Keyspace
			stamped, other := m, e.TableMapping
			if e.stamped() {
				stamped, other = other, stamped
			}
			if !same || !stamped.stamped() || other.stamped() || !c.tells(e, m) {
				continue
			}
			c.fault(e.modeAt(), "use one way for both", "line %d writes %s with write timestamps of records, and line %d with those of Cassandra: they hide each other",
				stamped.Pos.Line, e.table.FullName(), other.modeAt().Line)
			return
		}
	}
}

// tells reports whether an entry is the one to say that it cannot be mixed with
// another. Each of two topics does, since either may run alone; of one topic's
// entries the conditional one does.
func (c *compiler) tells(e *entry, other *TableMapping) bool {
	inTopic := slices.ContainsFunc(c.topic.Tables, func(m TableMapping) bool { return m.Pos == other.Pos })
	return !inTopic || !e.stamped()
}

// deletesPartitions reports whether records with a value delete whole partitions.
func (e *entry) deletesPartitions() bool { return e.Write == WriteDelete && e.Delete.Partition }

// staticOnly reports whether the entry feeds static columns and nothing of a row.
func (e *entry) staticOnly() bool {
	static := false
	for i, m := range e.feeds {
		switch kind := e.table.Columns[i].Kind; {
		case kind == Static && e.Write == WriteDelete:
		case m != nil && (kind == Regular || kind == Clustering):
			return false
		case m != nil && kind == Static:
			static = true
		}
	}
	return static
}

// inKey reports whether the entry's writes need column i to find what they write.
func (e *entry) inKey(i int) bool {
	switch e.table.Columns[i].Kind {
	case PartitionKey:
		return true
	case Clustering:
		return !e.deletesPartitions() && !e.staticOnly() && (e.Write != WriteDelete || !e.deletesStatic())
	}
	return false
}

// deletesStatic reports whether deletes remove static columns and nothing of a row.
func (e *entry) deletesStatic() bool {
	return len(e.Delete.Columns) > 0 && !slices.ContainsFunc(e.Delete.Columns, func(n namedColumn) bool {
		at := e.table.Column(n.name)
		return at >= 0 && e.table.Columns[at].Kind != Static
	})
}

// writing makes the statement for records with a value.
func (c *compiler) writing(e *entry) *Statement {
	if e.custom != nil {
		return c.customWriting(e)
	}
	var keys, columns []int
	for i, m := range e.feeds {
		switch {
		case m == nil:
		case e.inKey(i):
			keys = append(keys, i)
		default:
			columns = append(columns, i)
		}
	}
	if e.Write == WriteDelete {
		for _, i := range columns {
			c.fault(e.feeds[i].Pos, "remove it", "a delete of %s has no use for column %q: it only needs to know what to delete", e.table.FullName(), e.table.Columns[i].Name)
		}
		return c.deletion(e, keys)
	}
	op := e.Write.op()
	if op != Update && op != Counter {
		all := append(keys, columns...)
		slices.Sort(all)
		return e.statement(op, all)
	}
	if len(columns) == 0 {
		c.fault(e.modeAt(), "feed a column beside the primary key, or say `write: upsert`, which writes a row of its key alone", "%s writes nothing to %s", e.Write, e.table.FullName())
	}
	st := e.statement(op, append(columns, keys...))
	if op == Update {
		st.Cells = c.cellOps(e, st)
	}
	return st
}

// cellOps says what an update does with each of its columns.
func (c *compiler) cellOps(e *entry, st *Statement) []CellOp {
	ops := make([]CellOp, len(st.Columns))
	lists := false
	for i, at := range st.Columns {
		m, col := e.feeds[at], &e.table.Columns[at]
		if m.Op == OpSet {
			continue
		}
		ops[i] = m.Op
		if e.table.IsKey(at) || !col.Type.Cells() || !slices.Contains(opsOf[col.Type.Kind], m.Op) {
			c.fault(m.opAt, opHint(col, e.table.IsKey(at)), "\"op: %s\" is not for column %q, which is %s", m.Op, col.Name, col.Type)
			continue
		}
		lists = lists || col.Type.Kind == TypeList
	}
	c.needLabel(e, lists, LabelListAppend, "an operation on a list that is done again changes it again")
	return ops
}

// opsOf says what can be done to a collection.
var opsOf = map[TypeKind][]CellOp{
	TypeList: {OpAppend, OpPrepend, OpRemove},
	TypeSet:  {OpAppend, OpRemove},
	TypeMap:  {OpPut, OpRemove},
}

func opHint(col *Column, key bool) string {
	ops := opsOf[col.Type.Kind]
	if key || len(ops) == 0 || !col.Type.Cells() {
		return "remove it: only a list, set or map that is not frozen can be changed in place"
	}
	names := make([]string, len(ops))
	for i, op := range ops {
		names[i] = op.String()
	}
	return "it can be " + quoteList(names)
}

// deletion makes the statement that deletes what the entry says; keys are what is
// needed to find it.
func (c *compiler) deletion(e *entry, keys []int) *Statement {
	switch {
	case e.Delete.Partition:
		return e.statement(DeletePartition, slices.DeleteFunc(slices.Clone(keys), func(i int) bool { return e.table.Columns[i].Kind != PartitionKey }))
	case len(e.Delete.Columns) == 0:
		return e.statement(DeleteRow, keys)
	}
	if e.deletesStatic() {
		keys = slices.DeleteFunc(slices.Clone(keys), func(i int) bool { return e.table.Columns[i].Kind != PartitionKey })
	}
	st := e.statement(DeleteColumns, keys)
	for _, n := range e.Delete.Columns {
		if at := e.table.Column(n.name); at >= 0 { // deleteColumns has said it
			st.Deleted = append(st.Deleted, at)
		}
	}
	return st
}

// deleteColumns checks the names under `delete:`.
func (c *compiler) deleteColumns(e *entry) {
	for _, n := range e.Delete.Columns {
		switch at := e.table.Column(n.name); {
		case at < 0:
			c.fault(n.at, suggest(n.name, columnNames(e.table), "it has"), "table %s has no column %q", e.table.FullName(), n.name)
		case e.table.IsKey(at):
			c.fault(n.at, "say `delete: row`, or leave it out", "column %q is part of the primary key of %s, which only goes with its row", n.name, e.table.FullName())
		}
	}
}

// deletedKeys gives the columns that a delete needs to find what it deletes.
func (e *entry) deletedKeys() []int {
	var keys []int
	for i, col := range e.table.Columns {
		if col.Kind == PartitionKey || col.Kind == Clustering && !e.Delete.Partition && !e.deletesStatic() {
			keys = append(keys, i)
		}
	}
	return keys
}

// operand gives the column as its values have to be made: what is removed from a
// map is a set of keys.
func (m *ColumnMapping) operand(col *Column) *Column {
	if m.Op != OpRemove || col.Type.Kind != TypeMap {
		return col
	}
	out := *col
	out.Type = &Type{Kind: TypeSet, Elem: col.Type.Key, Frozen: true}
	return &out
}

// tombstoneDeletes reports whether a record without a value deletes.
func (e *entry) tombstoneDeletes() bool {
	return e.Tombstone == TombstoneUnstated || e.Tombstone == TombstoneDelete
}

// wholeLists refuses, without its label, lists that are written as a whole, cell by cell. Cassandra
// gives each element a place of its own at each write, and deletes what was there
// before with a timestamp just below the write's own: written again with the same
// timestamp, as a retry and a replay do, the elements are there twice.
func (c *compiler) wholeLists(e *entry) {
	if e.Accepts(LabelListAppend) || e.Write == WriteDelete || e.Write == WriteInsertIfAbsent || e.custom != nil {
		return
	}
	for i, m := range e.feeds {
		col := &e.table.Columns[i]
		if m == nil || m.Op != OpSet || col.Type.Kind != TypeList || col.Type.Frozen || e.table.IsKey(i) {
			continue
		}
		c.fault(m.At, "make it frozen<"+col.Type.String()+">, or say `accept: [list_append]` if that may be",
			"column %q of %s is a list that is not frozen: when a record is written again, after a crash or a lost answer, the elements are there twice", col.Name, e.table.FullName())
	}
}
