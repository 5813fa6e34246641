package main

import (
	"testing"
	"testing/synctest"
	"time"
)

// A table that refuses writes holds its topic, and that alone, for a while; a
// change of the table has it tried before.
func TestARefusedTopicRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c, s := newWatch(t)
		look := func() {
			t.Helper()
			if err := w.look(t.Context()); err != nil {
				t.Error(err)
			}
		}
		refuse := func() { w.refused.add("shop.orders", "grant MODIFY on it") }
		refuse()
		look()
		demand(t, s, "hold orders: Cassandra refuses writes to table shop.orders: grant MODIFY on it")
		refuse() // by what was still in flight
		look()
		time.Sleep(lookInterval - time.Millisecond)
		look()
		demand(t, s)
		time.Sleep(time.Millisecond)
		look()
		demand(t, s, "replace orders")
		look()
		demand(t, s)
		refuse()
		look()
		demand(t, s, "hold orders: ")
		c.tables["orders"] = newTable("orders", "1", "id", "note", "more")
		look()
		demand(t, s, "replace orders")
	})
}

// A table that nobody's topic feeds, or that does not fit anyway, holds nothing.
func TestARefusalOfNoTopicHoldsNothing(t *testing.T) {
	w, c, s := newWatch(t)
	w.refused.add("shop.others", "grant MODIFY on it")
	_ = w.look(t.Context())
	demand(t, s)
	delete(c.tables, "orders")
	w.refused.add("shop.orders", "grant MODIFY on it")
	_ = w.look(t.Context())
	_ = w.look(t.Context())
	if told := s.take(); len(told) == 0 || len(told) > 2 {
		t.Errorf("the consumer was told %q", told)
	}
}
