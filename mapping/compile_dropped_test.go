package mapping

import (
	"strings"
	"testing"
	"time"
)

func TestDroppedColumns(t *testing.T) {
	const src = "topics:\n  - topic: o\n    key: {format: long}\n    tables:\n      - table: shop.orders\n        columns:\n          id: key\n          note: value.note\n"
	dropped := time.Date(2026, 3, 4, 5, 6, 7, 8_000_000, time.UTC)
	compile := func(head, column string, more ...string) Diagnostics {
		cat := shop(t)
		orders := cat.Keyspaces["shop"]["orders"]
		orders.Columns[orders.Column(column)].Dropped = dropped.UnixMicro()
		_, found := Compile(mustParse(t, head+src+strings.Join(more, "")), 0, cat)
		return found
	}
	found := compile("version: 1\n", "note")
	if len(found) != 1 || found.Err() != nil || found[0].Severity != Warning || found[0].Line != 9 {
		t.Fatalf("found %v, want one warning in line 9", found)
	}
	if text := found[0].String() + found[0].Hint; !strings.Contains(text, "dropped at 2026-03-04T05:06:07Z") || !strings.Contains(text, "`floor: 2026-03-04T05:06:08Z`") {
		t.Errorf("the warning does not say when, or what to do: %s", text)
	}
	for _, quiet := range []Diagnostics{
		compile("version: 1\nfloor: 2026-03-04T05:06:08Z\n", "note"), // as the hint says
		compile("version: 1\n", "trace"),                             // nothing feeds it
	} {
		if len(quiet) > 0 {
			t.Errorf("found %v, want nothing", quiet)
		}
	}
	if found := compile("version: 1\nfloor: 2026-03-04\n", "note"); len(found) != 1 {
		t.Errorf("found %v with too early a floor, want the warning", found)
	}
	// No floor raises write timestamps that the records give.
	event := compile("version: 1\nfloor: 2026-03-04T05:06:08Z\n", "note", "        timestamp: meta.timestamp\n        accept: [event_time_ties]\n")
	if len(event) == 0 || event[0].Severity != Warning || strings.Contains(event[0].Hint, "floor") || !strings.Contains(event[0].Hint, "another name") {
		t.Errorf("found %v for a table with an event time, want first a warning whose hint names no floor", event)
	}
}
