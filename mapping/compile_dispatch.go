package mapping

import (
	"slices"
	"strings"
)

// twice refuses two entries of one table, unless no record is for both.
func (c *compiler) twice(e *entry) {
	for _, other := range c.seen {
		if other.table == e.table && !other.disjoint(e) {
			c.fault(e.Pos, "merge the two entries, or tell their records apart with `record:`", "table %s is already fed by this topic in line %d", e.table.FullName(), other.Pos.Line)
			break
		}
	}
	c.seen = append(c.seen, e)
}

// disjoint reports whether no record is for both entries.
func (e *entry) disjoint(other *entry) bool {
	if len(e.Records) == 0 || len(other.Records) == 0 {
		return false
	}
	for i := range e.Records {
		if slices.ContainsFunc(other.Records, func(n RecordName) bool { return n.meets(&e.Records[i]) }) {
			return false
		}
	}
	return true
}

// deletesAlready reports whether a record without a value deletes the same row
// through an entry before this one: such a record has no name, so it is for both.
func (c *compiler) deletesAlready(e *entry) bool {
	return slices.ContainsFunc(c.seen, func(other *entry) bool {
		return other != e && other.table == e.table && other.deletes && other.keySources() == e.keySources() && other.deletesLike(e)
	})
}

// deletesLike reports whether a record without a value deletes the same through both
// entries, if it does through the first. Conditions are not compared.
func (e *entry) deletesLike(other *entry) bool {
	return e.When == nil && e.EventTime == nil && other.EventTime == nil &&
		e.Delete.Partition == other.Delete.Partition && len(e.Delete.Columns) == 0 && len(other.Delete.Columns) == 0
}

func (e *entry) keySources() string {
	var names []string
	for i, m := range e.feeds {
		if e.table.IsKey(i) && m != nil {
			names = append(names, m.Source.String()+m.Source.Const.Text)
		}
	}
	return strings.Join(names, "\n")
}

// only makes a part that of the records that its entry names.
func (c *compiler) only(e *entry, part *Part) {
	part.records = e.Records
	slots := c.write.slotsOf(part)
	for i := range slots {
		slots[i].records = e.Records
	}
}

// dispatch says what becomes of records that no part takes.
func (c *compiler) dispatch() {
	byRecord := false
	d := &dispatch{skip: c.topic.SkipUnmatched}
	for i := range c.topic.Tables {
		m := &c.topic.Tables[i]
		byRecord = byRecord || len(m.Records) > 0
		d.names = append(d.names, m.Records...)
	}
	if !byRecord {
		return
	}
	if !c.topic.byRecord() {
		d.names = nil
	}
	c.write.dispatch = d
}

// forEach makes a part give one row for each item: one more slot behind the
// others, for the array or map.
func (c *compiler) forEach(e *entry, part *Part) {
	if e.ForEach == nil {
		return
	}
	part.each = &each{slot: len(c.write.Slots)}
	if e.custom != nil {
		c.customItems(e, part)
	} else {
		e.items(part)
		c.itemTies(e)
	}
	c.write.Slots = append(c.write.Slots, Slot{Source: e.ForEach.Source, each: true, at: e.ForEach.Pos})
}

// items says which of a record's rows are one row: those of one primary key.
// Of a counter's each counts.
func (e *entry) items(part *Part) {
	part.each.distinct = e.Write == WriteCounter
	for i, at := range part.Statement.Columns {
		if e.table.IsKey(at) {
			part.each.keys = append(part.each.keys, i)
			part.each.distinct = part.each.distinct || e.feeds[at].Source.Root == RootItemIndex
		}
	}
}

// itemTies refuses what items of one record would do to each other: their writes
// have one timestamp, and of two writes of one cell the larger value stays, of a
// write and a delete the delete (Cassandra, "Cells.reconcile").
func (c *compiler) itemTies(e *entry) {
	if e.DeleteWhen != nil && e.deletesWide() && e.DeleteWhen.ofItem() {
		c.fault(e.DeleteWhen.at(0), "ask the record and not its items, or delete rows", "an item that deletes a partition of %s would delete what other items of its record write there", e.table.FullName())
	}
	if !slices.ContainsFunc(e.table.Clustering, func(i int) bool { return e.feeds[i] != nil && e.feeds[i].Source.ofItem() }) {
		return
	}
	for i, m := range e.feeds {
		if m != nil && e.table.Columns[i].Kind == Static && m.Source.ofItem() && m.Op == OpSet && e.Write != WriteCounter {
			c.fault(m.At, "feed it from the record, or in an entry of its own", "the items of a record are rows of one partition of %s, and each would write its static column %q: of two writes with one timestamp the larger value stays", e.table.FullName(), m.Name)
		}
	}
}

// elements notes what becomes of the rows of items that a later record no longer
// has.
func (c *compiler) elements(e *entry) {
	if e.ForEach == nil {
		return
	}
	for i, m := range e.feeds {
		if m != nil && e.table.IsKey(i) && m.Source.ofItem() {
			c.add(Note, e.ForEach.Pos, "", "rows of %s stay when a later record of the same key has fewer items: %s is in the primary key", e.table.FullName(), &m.Source)
			return
		}
	}
}
