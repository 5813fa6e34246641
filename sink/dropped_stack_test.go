//go:build stack

package sink

import (
	"fmt"
	"testing"
)

// A column that is dropped and added again hides what is older than the drop,
// and the catalog says when that was.
func TestADroppedColumnHidesOlderWrites(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	tab := table(t, s, "hiding", "pk int PRIMARY KEY, v int, w int")
	if at := tab.Columns[tab.Column("v")].Dropped; at != 0 {
		t.Errorf("dropped at %d before it was", at)
	}
	execute(t, "ALTER TABLE sink.hiding DROP v")
	execute(t, "ALTER TABLE sink.hiding ADD v int")
	tab = live(t, s, "hiding")
	dropped := tab.Columns[tab.Column("v")].Dropped
	if other := tab.Columns[tab.Column("w")].Dropped; dropped == 0 || other != 0 {
		t.Fatalf("v was dropped at %d, w at %d", dropped, other)
	}
	st := insert(tab, "pk", "v", "w")
	const second = 1_000_000
	if o := write(t, w, row(st, dropped-second, intBytes(1), intBytes(7), intBytes(7)),
		row(st, dropped+second, intBytes(2), intBytes(7), intBytes(7))); len(o.acked) != 2 {
		t.Fatalf("%d acknowledged, want 2", len(o.acked))
	}
	for pk, want := range map[int]string{1: "null 7", 2: "7 7"} {
		var v, other *int
		if err := server.admin.Query("SELECT v, w FROM sink.hiding WHERE pk = ?", pk).Scan(&v, &other); err != nil {
			t.Fatal(err)
		}
		text := func(n *int) string {
			if n == nil {
				return "null"
			}
			return fmt.Sprint(*n)
		}
		if got := text(v) + " " + text(other); got != want {
			t.Errorf("row %d reads %s, want %s", pk, got, want)
		}
	}
}
