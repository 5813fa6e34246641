package mapping

// stamp gives a part of a form its write timestamps, where the entry takes them
// from the record: one more slot behind those of the columns.
func (c *compiler) stamp(e *entry, f *Form, part *Part) {
	if e.EventTime == nil {
		return
	}
	part.event = &eventTime{slot: len(f.Slots), ahead: c.file.MaxFuture.Microseconds(), generation: int64(c.file.Generation)}
	f.Slots = append(f.Slots, c.eventSlot(e.EventTime))
}

// eventSlot makes the slot, and checks what can be known of its type without
// schemas.
func (c *compiler) eventSlot(e *EventTime) Slot {
	s := Slot{Source: e.Source, Type: &Type{Kind: typeEventTime}, event: true, at: e.Pos}
	switch e.Source.Root {
	case RootHeader:
		c.fault(e.Pos, "take it from value, key or meta.timestamp", "%s cannot be the write timestamp: a header is text", &e.Source)
	case RootMeta:
		if e.Source.Name != "timestamp" {
			c.fault(e.Pos, "meta.timestamp is the time of the record", "%s cannot be the write timestamp: it is no time", &e.Source)
			return s
		}
		if e.unitAt != (Pos{}) {
			c.fault(e.unitAt, "remove it", "meta.timestamp counts milliseconds")
		}
		s.fill, _ = metaFiller(e.Source.Name, s.Type, UnitNone) // milliseconds always can be one
	case RootKey:
		if shape := plainShapes[c.topic.Key.Kind]; shape != nil {
			if _, err := FitOf(shape, s.Type, e.Source.Unit); err != nil {
				c.fault(e.Pos, "", "the key cannot be the write timestamp: %v", err)
			}
		}
	}
	return s
}

// ties says what write timestamps from records cannot promise.
func (c *compiler) ties(e *entry) {
	at := e.EventTime
	if at == nil {
		return
	}
	if !e.Accepts(LabelEventTimeTies) {
		c.fault(at.Pos, "say `accept: [event_time_ties]` if that may be, or `timestamp: record`",
			"records of one row of %s that have the same %s tie: the larger value wins, whichever record came later", e.table.FullName(), &at.Source)
	}
	if c.file.Floor > 0 {
		c.add(Note, at.Pos, "", "the file's floor does not lift the write timestamps of %s: they are what %s says", e.table.FullName(), &at.Source)
	}
}
