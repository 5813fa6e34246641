package mapping

import (
	"errors"
	"testing"
)

// TestItemsThatComeTwice: of a map's key that comes twice the last value counts,
// and what was wrong with the items of the first is forgotten.
func TestItemsThatComeTwice(t *testing.T) {
	bad := errors.New("bad")
	var b Buffer
	f := b.Frame(2)
	item := func(slot int, fails bool) {
		f.Enter(slot, 0, nil, &Each{Size: 1})
		if fails {
			f.Fail(0, bad)
		}
		f.Leave()
	}
	f.Begin(0)
	item(0, true)
	f.Begin(1)
	item(1, false)
	item(1, true)
	f.Begin(0)
	item(0, false)
	if len(f.Items) != 3 || f.Items[0].Slot != 1 || f.Items[2].Slot != 0 {
		t.Fatalf("items %+v", f.Items)
	}
	if len(f.Faults) != 1 || f.Faults[0].Item != 2 {
		t.Errorf("faults %+v, want one about the second item", f.Faults)
	}
}
