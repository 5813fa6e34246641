package mapping

import "slices"

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
	out := &Form{Parts: f.Parts, Slots: slices.Clone(f.Slots)}
	for i := range out.Slots {
		s := &out.Slots[i]
		s.Key, s.Nulls = false, NullsTombstone
		if s.Source.Root != RootConst {
			s.Default = Cell{}
		}
	}
	return out
}
