package mapping

import yaml "go.yaml.in/yaml/v4"

// writeMode reads `write:`.
func (p *parser) writeMode(t *TableMapping, n *yaml.Node) {
	t.writeAt = pos(n)
	t.Write = WriteMode(max(p.choice(n, "write", writeModes), 0))
}

// deleteScope reads `delete:`, a word or a list of columns.
func (p *parser) deleteScope(n *yaml.Node) DeleteScope {
	s := DeleteScope{At: pos(n)}
	if n.Kind != yaml.SequenceNode {
		s.Partition = p.choice(n, "delete", []string{"row", "partition"}) == 1
		return s
	}
	for _, item := range p.items(n, "delete") {
		if name := p.word(item, "delete"); name != "" {
			s.Columns = append(s.Columns, namedColumn{name, pos(item)})
		}
	}
	return s
}

// cellOp reads `op:`.
func (p *parser) cellOp(c *ColumnMapping, n *yaml.Node) {
	c.opAt = pos(n)
	c.Op = CellOp(1 + p.choice(n, "op", cellOps))
}

// checkWrite holds what an entry says of its writes against itself.
func (p *parser) checkWrite(topic *Topic, t *TableMapping) {
	if t.cqlAt != (Pos{}) {
		p.checkCQL(topic, t)
		return
	}
	if topic.Debezium {
		p.checkChanges(t)
	}
	if t.Write == WriteDelete || !t.Write.stamped() {
		p.checkUnstamped(t)
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		switch {
		case c.Op == OpSet:
		case t.Write != WriteUpdate:
			p.fault(c.opAt, "say `write: update` for the table", "\"op\" changes what is in a collection, and %s does not", t.Write)
		case c.nulls.at != (Pos{}) && c.nulls.nulls == NullsTombstone:
			p.fault(c.nulls.at, "remove it", "with \"op: %s\" a null changes nothing, so it cannot delete column %q", c.Op, c.Name)
		}
	}
}

// checkUnstamped refuses the keys that say when a value is written and how long
// it lives, and the deletes, where a mode knows none.
func (p *parser) checkUnstamped(t *TableMapping) {
	if t.DeleteWhen != nil {
		p.fault(t.DeleteWhen.at(0), "say `when:` to choose records", "%s cannot be mixed with deletes, which \"delete_when\" chooses", t.Write)
	}
	if (t.TTL > 0 || t.TTLFrom != nil) && t.Write != WriteInsertIfAbsent {
		p.fault(t.ttlAt, "remove it", "%s writes nothing that could expire: \"ttl\" is for upsert, update and insert_if_absent", t.Write)
	}
	if t.Write.stamped() {
		return
	}
	if t.EventTime != nil {
		p.fault(t.EventTime.Pos, "remove it", "Cassandra takes no write timestamp with %s", t.Write)
	}
	if t.Delete.At != (Pos{}) {
		p.fault(t.Delete.At, "remove it", "%s cannot be mixed with deletes", t.Write)
	}
	if t.Tombstone == TombstoneUnstated || t.Tombstone == TombstoneDelete {
		p.fault(t.writeAt, "say `tombstone: ignore` or `tombstone: dead_letter`", "%s cannot be mixed with deletes, and a record without a value would delete", t.Write)
	}
}

// checkChanges: the events of Debezium say themselves what is deleted.
func (p *parser) checkChanges(t *TableMapping) {
	if t.Write != WriteUpsert && t.Write != WriteUpdate {
		p.fault(t.writeAt, "say `write: upsert` or `write: update`", "%s cannot follow the events of an envelope, which change and delete rows", t.Write)
	}
	if t.Delete.At != (Pos{}) {
		p.fault(t.Delete.At, "remove it", "the events of an envelope delete rows, and nothing else")
	}
}
