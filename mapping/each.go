package mapping

import (
	"errors"
	"fmt"
	"slices"

	"ingest/retry"
)

// MaxItems bounds how many rows for_each makes of one record for one table. A
// payload of a few bytes can hold very many items, and rows are larger than that.
const MaxItems = 10_000

// ForEach is `for_each:`.
type ForEach struct {
	Source Source // of an array or a map
	Pos    Pos    // of the path
}

// each is how a part makes one row of each item.
type each struct {
	slot     int   // of the array or map
	keys     []int // positions in Statement.Columns of the primary key
	distinct bool  // no two items of a record have the same primary key, or each of them counts
}

func (e *each) moved(by int) *each {
	out := *e
	out.slot += by
	return &out
}

// Each asks a decoder for the items of an array or map, with Frame.Enter.
type Each struct {
	First, Size int      // the cells of an item: those of its part of the form
	Items       []Target // what is wanted of each item; their slots count from First
}

// eachOf says what the decoder does with the array or map of a slot.
func (f *Form) eachOf(slot int) *Each {
	i := slices.IndexFunc(f.Parts, func(p Part) bool { return p.each != nil && p.each.slot == slot })
	p := &f.Parts[i]
	out := &Each{First: p.First, Size: p.size()}
	for j := range f.slotsOf(p) {
		if f.Slots[p.First+j].Source.Root == RootItem {
			t := f.target(p.First + j)
			t.Slot, t.Records = j, nil
			out.Items = append(out.Items, t)
		}
	}
	return out
}

// Item is one element of an array or map, with cells for its part of the form.
type Item struct {
	Slot  int    // of the array or map
	Index int    // from 0
	Key   []byte // of a map's
	Cells []Cell
}

// entered is what a frame needs to know while a decoder is within an item.
type entered struct {
	first, number int    // number 0: it is within none
	outer         []Cell // the record's
}

var errItems = fmt.Errorf("it has more than %d items, which is as many rows as one record can give", MaxItems)

// Enter begins an item of an array or map: until Leave the frame's cells are
// those of the item. It is false when there are too many, which is a Fault of the
// slot.
func (f *Frame) Enter(slot, index int, key []byte, e *Each) bool {
	if index >= MaxItems {
		f.Fail(slot, errItems)
		return false
	}
	f.Items = append(f.Items, Item{Slot: slot, Index: index, Key: key, Cells: f.take(e.Size)})
	f.item = entered{first: e.First, number: len(f.Items), outer: f.Cells}
	f.Cells = f.Items[len(f.Items)-1].Cells
	return true
}

// Leave ends an item.
func (f *Frame) Leave() { f.Cells, f.item = f.item.outer, entered{} }

// Begin begins an array or map anew: of a map's key that comes twice the last
// value counts.
func (f *Frame) Begin(slot int) {
	if slices.ContainsFunc(f.Items, func(it Item) bool { return it.Slot == slot }) {
		f.forget(slot)
	}
	f.Cells[slot] = Cell{State: Value}
}

// forget drops the items of a slot with their faults. Those of the others get new
// numbers.
func (f *Frame) forget(slot int) {
	numbers := make([]int, len(f.Items)) // of what stays, from 1
	kept := 0
	for i := range f.Items {
		if f.Items[i].Slot != slot {
			kept++
			numbers[i] = kept
		}
	}
	f.Faults = slices.DeleteFunc(f.Faults, func(fault Fault) bool { return fault.Item > 0 && numbers[fault.Item-1] == 0 })
	for i := range f.Faults {
		if n := f.Faults[i].Item; n > 0 {
			f.Faults[i].Item = numbers[n-1]
		}
	}
	f.Items = slices.DeleteFunc(f.Items, func(it Item) bool { return it.Slot == slot })
}

// eachRow appends one row for each item. A record of which one item gives no row
// gives none: its error names the first such item.
func (f *Form) eachRow(p *Part, in rowIn, b *Buffer) error {
	switch c := &in.frame.Cells[p.each.slot]; c.State {
	case Bad:
		return f.faulty(retry.ReasonValue, p, p.each.slot, in.frame, 0)
	case Value:
	default: // null or absent
		return nil
	}
	in.frame.evaluator.begin()
	first := len(b.Rows)
	for i := range in.frame.Items {
		item := &in.frame.Items[i]
		if item.Slot != p.each.slot {
			continue
		}
		f.fillItem(p, in.frame, i)
		if err := f.row(p, in, item.Cells, i+1, b); err != nil {
			clear(b.Rows[first:])
			b.Rows = b.Rows[:first]
			return within(err, item.Index)
		}
	}
	if !p.each.distinct {
		b.lastOfEach(first, p.each.keys)
	}
	return nil
}

// within says at which item of a record poison was found.
func within(err error, index int) error {
	poison, ok := errors.AsType[*retry.Poison](err)
	if !ok {
		return err
	}
	poison.Err = fmt.Errorf("item %d: %w", index, poison.Err)
	return poison
}

// fillItem completes the cells of an item with those of its record.
func (f *Form) fillItem(p *Part, frame *Frame, at int) {
	item := &frame.Items[at]
	for j := range item.Cells {
		s := &f.Slots[p.First+j]
		switch {
		case s.Source.Root == RootItem:
		case s.place != nil:
			start := len(frame.Arena)
			arena, err := s.place(frame.Arena, item)
			if err != nil {
				item.Cells[j].State = Bad
				frame.Faults = append(frame.Faults, Fault{Slot: p.First + j, Item: at + 1, Err: err})
				continue
			}
			frame.Arena = arena
			item.Cells[j].Data = arena[start:len(arena):len(arena)]
			item.Cells[j].State = Value
		default:
			item.Cells[j] = frame.Cells[p.First+j]
		}
	}
}

var errNoItemKey = errors.New("the items of an array have no key")

// placer puts what an item's place is called into a cell.
type placer func(arena []byte, item *Item) ([]byte, error)

// place makes the placer of a column that is fed by item_index or item_key.
func (c *compiler) place(s *Slot, m *ColumnMapping) {
	var err error
	if s.Source.Root == RootItemKey {
		s.place, err = keyPlacer(s.Type)
	} else {
		s.place, err = indexPlacer(s.Type, s.Source.Unit)
	}
	if err != nil {
		c.fault(m.At, "", "%s cannot feed %s: %v", &s.Source, s.feeds(), err)
	}
}

func indexPlacer(t *Type, u Unit) (placer, error) {
	encode, err := IntEncoderFor(&Shape{Kind: KindInt}, t, u)
	if err != nil {
		return nil, err
	}
	return func(arena []byte, item *Item) ([]byte, error) { return encode(arena, int64(item.Index)) }, nil
}

func keyPlacer(t *Type) (placer, error) {
	encode, err := BytesEncoderFor(&Shape{Kind: KindString}, t)
	if err != nil {
		return nil, err
	}
	return func(arena []byte, item *Item) ([]byte, error) {
		if item.Key == nil {
			return arena, errNoItemKey
		}
		return encode(arena, item.Key)
	}, nil
}

// Iterable gives why for_each cannot go through values of a shape, nil when it can.
func Iterable(s *Shape) error {
	switch s.NonNull().Kind {
	case KindArray, KindMap, KindNull:
		return nil
	}
	return fmt.Errorf("%s has no items", s)
}
