package mapping

import (
	"slices"
	"strings"
)

// Unsettled gives a program whose rows tell what a record says by itself: a cell of
// its rows is a Value where the record, or a constant, gives one, a Tombstone where
// it gives null, and Unset where it gives nothing. No default takes their place, and
// the primary key may lack parts, so such rows must not be written. Statements are
// those of p, which is left as it is.
func (p *Program) Unsettled() *Program {
	out := *p
	out.Write, out.Tombstone = p.Write.unsettled(), p.Tombstone.unsettled()
	return &out
}

func (f *Form) unsettled() *Form {
	out := *f
	out.Slots = slices.Clone(f.Slots)
	for i := range out.Slots {
		s := &out.Slots[i]
		s.Key, s.Nulls, s.bind = false, NullsTombstone, nil
		if s.Source.Root != RootConst {
			s.Default = Cell{}
		}
	}
	return &out
}

// Skips says, in words for people, why a record can give no row of a part without
// being poison; empty: it cannot.
func (f *Form) Skips(p *Part) string {
	var reasons []string
	if len(p.records) > 0 {
		names := make([]string, len(p.records))
		for i := range p.records {
			names[i] = p.records[i].Name
		}
		reasons = append(reasons, "its `record:` takes "+strings.Join(names, ", ")+" alone")
	}
	if p.each != nil {
		reasons = append(reasons, f.Slots[p.each.slot].Source.String()+" has no items")
	}
	if f.envelope != nil {
		reasons = append(reasons, "the event is about no row")
	}
	return strings.Join(reasons, ", or ")
}

// Writers gives the parts by whose statements rows of a part are made: itself, and
// what deletes the row before a change.
func (p *Part) Writers() []*Part {
	if p.change == nil {
		return []*Part{p}
	}
	return []*Part{p, &p.change.Part}
}

// Table gives the full name of the part's table.
func (p *Part) Table() string { return p.table() }
