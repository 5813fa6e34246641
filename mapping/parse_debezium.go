package mapping

import "strconv"

// nullsUnstated is what a null becomes where nothing says it.
func (t *Topic) nullsUnstated() Nulls {
	if t.Debezium {
		return NullsChange
	}
	return NullsUnset
}

// checkEnvelope refuses what an envelope does not have, or what a topic without
// one has not.
func (p *parser) checkEnvelope(t *Topic) {
	if !t.Debezium && t.truncateAt != (Pos{}) {
		p.fault(t.truncateAt, "add `envelope: debezium`, or remove it", "\"truncate\" is about the events of Debezium's envelopes")
	}
	for i := range t.Tables {
		m := &t.Tables[i]
		if t.Debezium {
			p.checkEnveloped(m)
			continue
		}
		for _, u := range m.uses() {
			if u.source.ofEnvelope() {
				p.fault(u.at, "add `envelope: debezium` to the topic, or write a path of the value, as in value."+u.source.Root.String()+"; for a constant text write {const: …}",
					"%s is of Debezium's envelopes, and the topic does not say that it has them", u.source)
			}
		}
	}
}

func (p *parser) checkEnveloped(m *TableMapping) {
	if m.ForEach != nil {
		p.fault(m.ForEach.Pos, "let ExtractNewRecordState flatten the records, and remove `envelope:`",
			"\"for_each\" is not for Debezium's envelopes: an event does not say which items its row had before")
	}
	if at := m.EventTime; at != nil && (at.Source.Root == RootValue || at.Source.Root == RootBefore) {
		p.fault(at.Pos, "take the time of the change, source.ts_ms, or meta.timestamp",
			"%s cannot be the write timestamp: the event of a deleted row has no value", strconv.Quote(at.Source.String()))
	}
}
