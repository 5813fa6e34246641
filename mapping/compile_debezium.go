package mapping

// changes makes a part follow the events of Debezium's envelopes: slots behind its
// own for the primary key of the row that was there before.
func (c *compiler) changes(e *entry, part *Part) {
	if !c.topic.Debezium || part.keyless || part.Statement.Op.Deletes() {
		return
	}
	if e.staticOnly() {
		c.fault(e.Pos, "feed the clustering columns and a column of the row too, or let ExtractNewRecordState flatten the records, and remove `envelope:`",
			"the columns of %s that are fed belong to a partition, which is more than the row that an event deletes", e.table.FullName())
		return
	}
	old := *e
	old.feeds = make([]*ColumnMapping, len(e.feeds))
	var keys []int
	ch := &change{}
	for i, at := range part.Statement.Columns {
		if !e.table.IsKey(at) {
			continue
		}
		keys, ch.keys = append(keys, at), append(ch.keys, i)
		m := *e.feeds[at]
		if m.Source.Root == RootValue {
			m.Source.Root = RootBefore
		}
		if m.Source.Root == RootBefore {
			ch.before = append(ch.before, len(keys)-1)
		}
		old.feeds[at] = &m
	}
	slots := c.slots(&old, keys)
	for i := range slots {
		slots[i].old = true
	}
	ch.Part = Part{Statement: e.statement(DeleteRow, keys), First: len(c.write.Slots)}
	c.write.Slots = append(c.write.Slots, slots...)
	c.stamp(e, c.write, &ch.Part)
	part.change = ch
}

// wrap gives the form the slots of an envelope.
func (c *compiler) wrap() {
	if c.topic.Debezium && len(c.write.Parts) > 0 {
		c.write.wrapped(&envelope{skipTruncate: c.topic.SkipTruncate, unavailable: c.topic.Unavailable})
	}
}

// wrapped gives a form slots of its own for what an event says of itself.
func (f *Form) wrapped(e *envelope) {
	out := *e
	out.op, out.after, out.before = len(f.Slots), len(f.Slots)+1, len(f.Slots)+2
	var records []RecordName // of a union of envelopes each has its own
	if f.dispatch != nil {
		records = f.dispatch.names
	}
	f.Slots = append(f.Slots, Slot{Source: Source{Root: RootOp}, Type: &Type{Kind: TypeText}, records: records},
		Slot{Source: Source{Root: RootValue}, records: records}, Slot{Source: Source{Root: RootBefore}, records: records})
	f.envelope = &out
}
