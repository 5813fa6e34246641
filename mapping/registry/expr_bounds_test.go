package registry

import (
	"strings"
	"testing"

	"ingest/mapping"
)

// TestAnExpressionOfAllItems: what all items of a record share is read once, and an
// expression over all of them for each of them stays within the record's bounds.
func TestAnExpressionOfAllItems(t *testing.T) {
	rows := func(total string, items int) string {
		return itemRows(t, "        columns: {id: key, line: item_index, total: \""+total+"\"}\n",
			table(t, "lines", 2, "id", "text", "line", "int", "total", "int"), strings.Split(strings.Repeat("s ", items-1)+"s", " ")...)
	}
	if got := strings.Count(rows("len(value.items)", mapping.MaxItems), "total=00002710"); got != mapping.MaxItems {
		t.Errorf("%d rows say how many items there are", got)
	}
	if got := strings.Count(rows("count(value.items, .n >= 0)", 1000), "total=000003e8"); got != 1000 {
		t.Errorf("%d rows count the items", got)
	}
	if got := rows("count(value.items, .n >= 0)", mapping.MaxItems); !strings.Contains(got, "too often") || strings.Contains(got, "INSERT") {
		t.Errorf("a hundred million steps give %.300s", got)
	}
}

// TestAnExpressionThatReadsAgain: a text that is read for each of many items.
func TestAnExpressionThatReadsAgain(t *testing.T) {
	w := newWorld(t, config())
	w.seed("events-value", 1, 1, `{"type":"record","name":"O","fields":[{"name":"tags","type":{"type":"array","items":"string"}},{"name":"body","type":"string"}]}`)
	value := putLong(nil, 2000)
	for range 2000 {
		value = putString(value, "t")
	}
	value = framed(1, putString(putLong(value, 0), strings.Repeat("xy", 400_000)))
	for _, condition := range []string{
		"any(value.tags, value.body matches 'x+y+z$')", "any(value.tags, value.body contains 'xyz')", "any(value.tags, value.body == value.body + 'x')",
		"any(value.tags, sha256(value.body) == '')", "any(value.tags, len(value.body) == 1)", "any(value.tags, regex_find(value.body, 'x+z') == 'x')",
		"any(value.tags, value.body in [value.body + '1'])",
	} {
		m := NewMapper(compile(t, "version: 1\ntopics:\n  - topic: events\n    key: {format: string}\n    tables:\n      - table: shop.lines\n        tombstone: ignore\n        when: \""+condition+"\"\n        columns: {id: key}\n",
			table(t, "lines", 1, "id", "text")), w.client)
		if got := mapAll(t, m, value); !strings.Contains(got, "too often") && !strings.Contains(got, "makes more than") {
			t.Errorf("%s: %.300s", condition, got)
		}
	}
}

// TestTheDefaultOfAnExpression is that of a path: a field that the record's schema
// lacks is absent, one that is null is not.
func TestTheDefaultOfAnExpression(t *testing.T) {
	w := newWorld(t, config())
	w.seed("events-value", 1, 1, `{"type":"record","name":"O","fields":[{"name":"name","type":["null","string"]}]}`)
	w.seed("events-value", 2, 2, `{"type":"record","name":"O","fields":[{"name":"other","type":["null","string"]}]}`)
	m := NewMapper(compile(t, "version: 1\ntopics:\n  - topic: events\n    key: {format: string}\n    tables:\n      - table: shop.t\n        tombstone: ignore\n        columns:\n          id: key\n          p: {from: value.name, default: none}\n          e: {from: lower(value.name), default: none}\n",
		table(t, "t", 1, "id", "text", "p", "text", "e", "text")), w.client)
	got := mapAll(t, m, framed(1, putLong(nil, 0)), framed(2, putLong(nil, 0)))
	for line := range strings.Lines(got) {
		fields := strings.Fields(line)
		if p, e := fields[len(fields)-2], fields[len(fields)-1]; p[1:] != e[1:] {
			t.Errorf("the path gives %s, the expression %s", p, e)
		}
	}
	if strings.Count(got, "e=6e6f6e65") != 1 {
		t.Errorf("got\n%s", got)
	}
}
