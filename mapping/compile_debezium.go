package mapping

// changes makes a part follow the events of Debezium's envelopes: slots behind its
// own for the primary key of the row that was there before.
func (c *compiler) changes(e *entry, part *Part) {
	if !c.topic.Debezium || part.keyless || part.Statement.Op.Deletes() {
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
		c.write.wrapped(&envelope{skipTruncate: c.topic.SkipTruncate})
	}
}

// wrapped gives a form slots of its own for what an event says of itself.
func (f *Form) wrapped(e *envelope) {
	out := *e
	out.op, out.after, out.before = len(f.Slots), len(f.Slots)+1, len(f.Slots)+2
	f.Slots = append(f.Slots, Slot{Source: Source{Root: RootOp}, Type: &Type{Kind: TypeText}},
		Slot{Source: Source{Root: RootValue}}, Slot{Source: Source{Root: RootBefore}})
	f.envelope = &out
}
