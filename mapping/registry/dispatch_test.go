package registry

import (
	"slices"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/retry"
)

// mapAll maps records with string keys k0, k1, ... and gives what they gave.
func mapAll(t testing.TB, m *Mapper, values ...[]byte) string {
	t.Helper()
	var buf mapping.Buffer
	for i, value := range values {
		rec := mapping.Record{Topic: "events", Key: []byte{'k', '0' + byte(i)}, Value: value, Timestamp: 1_700_000_000_000}
		if err := m.Map(t.Context(), &rec, int64(100+i), int32(i), &buf); err != nil {
			t.Fatal(err)
		}
	}
	return described(&buf)
}

func check(t *testing.T, got string, want ...string) {
	t.Helper()
	if joined := strings.Join(want, "\n") + "\n"; got != joined && got+joined != "\n" {
		t.Errorf("got\n%s\nwant\n%s", got, joined)
	}
}

const eventTables = `
version: 1
topics:
  - topic: events
    key: {format: string}
UNMATCHED    tables:
      - table: shop.clicks
        record: com.acme.Click
        columns: {id: key, url: value.url}
      - table: shop.views
        record: [View, com.acme.Glance]
        columns: {id: key, url: value.page}
      - table: shop.all
        record: [com.acme.Click, View]
        tombstone: ignore
        columns: {id: key}
`

const (
	clickRecord = `{"type":"record","name":"Click","namespace":"com.acme","fields":[{"name":"url","type":"string"}]}`
	viewRecord  = `{"type":"record","name":"View","namespace":"com.acme.web","fields":[{"name":"ms","type":"long"},{"name":"page","type":"string"}]}`
	viewAsInt   = `{"type":"record","name":"View","fields":[{"name":"page","type":"int"}]}`
	orderRecord = `{"type":"record","name":"Order","namespace":"com.acme","fields":[{"name":"qty","type":"int"}]}`
)

func eventsMapper(t *testing.T, w *world, unmatched string) *Mapper {
	return NewMapper(eventsProgram(t, unmatched), w.client)
}

func eventsProgram(t *testing.T, unmatched string) *mapping.Program {
	return compile(t, strings.Replace(eventTables, "UNMATCHED", unmatched, 1),
		table(t, "clicks", 1, "id", "text", "url", "text"), table(t, "views", 1, "id", "text", "url", "text"), table(t, "all", 1, "id", "text"))
}

func seedEvents(w *world) {
	w.seed("events-com.acme.Click", 1, 1, clickRecord)
	w.seed("events-com.acme.web.View", 1, 2, viewRecord)
	w.seed("events-com.acme.Order", 1, 3, orderRecord)
	w.seed("events-value", 1, 4, `["null",`+clickRecord+`,`+viewRecord+`,`+orderRecord+`,"string"]`)
	w.seed("old-view", 1, 5, viewAsInt)
}

// TestMapRecordNames: a table gets the records that its entry names, whether each
// type has a schema of its own or one schema is a union of them.
func TestMapRecordNames(t *testing.T) {
	w := newWorld(t, config())
	seedEvents(w)
	m := eventsMapper(t, w, "")
	click, view := putString(nil, "/a"), putString(putLong(nil, 9), "/b")
	check(t, mapAll(t, m, framed(1, click), framed(2, view), framed(3, putLong(nil, 1)),
		framed(4, append(putLong(nil, 1), click...)), framed(4, append(putLong(nil, 2), view...)), framed(4, putLong(putLong(nil, 3), 1)),
		framed(4, putLong(nil, 0)), framed(4, putString(putLong(nil, 4), "x")), framed(5, putLong(nil, 1)), nil),
		"0: INSERT at 100: id=6b30 url=2f61",
		"0: INSERT at 100: id=6b30",
		"1: INSERT at 101: id=6b31 url=2f62",
		"1: INSERT at 101: id=6b31",
		"3: INSERT at 103: id=6b33 url=2f61",
		"3: INSERT at 103: id=6b33",
		"4: INSERT at 104: id=6b34 url=2f62",
		"4: INSERT at 104: id=6b34",
		"8: INSERT at 108: id=6b38",
		// A tombstone has no name: it is for every table.
		"9: DELETE at 109: id=6b39",
		"9: DELETE at 109: id=6b39",
		"2: unmatched path=value: no table of the topic takes record com.acme.Order",
		"5: unmatched path=value: no table of the topic takes record com.acme.Order",
		"6: unmatched path=value: no table of the topic takes a value that is no record",
		"7: unmatched path=value: no table of the topic takes a value that is no record",
		`8: schema table=shop.views column=url path=value.page type=text: int cannot become text: it fits tinyint, smallint, int, bigint, counter, varint, decimal, float, double and timestamp`)
}

func TestMapUnmatchedSkips(t *testing.T) {
	w := newWorld(t, config())
	seedEvents(w)
	m := eventsMapper(t, w, "    unmatched: skip\n")
	check(t, mapAll(t, m, framed(3, putLong(nil, 1)), framed(4, putLong(nil, 0))))
}

// TestMapOnlyOneTable: a record that another table takes is no poison for the
// program of one table, one that no table takes still is.
func TestMapOnlyOneTable(t *testing.T) {
	w := newWorld(t, config())
	seedEvents(w)
	only, err := eventsProgram(t, "").Only("shop.clicks")
	if err != nil {
		t.Fatal(err)
	}
	check(t, mapAll(t, NewMapper(only, w.client), framed(2, putString(putLong(nil, 9), "/b")), framed(3, putLong(nil, 1)), framed(1, putString(nil, "/a"))),
		"2: INSERT at 102: id=6b32 url=2f61",
		"1: unmatched path=value: no table of the topic takes record com.acme.Order")
}

const itemTables = `
version: 1
topics:
  - topic: events
    key: {format: string}
    tables:
      - table: shop.lines
        for_each: value.items
        tombstone: ignore
        columns: {id: key, line: item_index, sku: item.sku, note: value.note}
      - table: shop.skus
        for_each: value.items
        tombstone: ignore
        columns: {id: key, sku: item.sku, n: item.n}
      - table: shop.labels
        for_each: value.labels
        tombstone: ignore
        columns: {id: key, name: item_key, label: item}
`

const itemsRecord = `{"type":"record","name":"Order","fields":[
	{"name":"note","type":"string"},
	{"name":"items","type":["null",{"type":"array","items":{"type":"record","name":"Item","fields":[{"name":"n","type":"long"},{"name":"sku","type":["null","string"]}]}}]},
	{"name":"labels","type":{"type":"map","values":"string"}}]}`

func itemsMapper(t testing.TB, w *world) *Mapper {
	w.seed("events-value", 1, 1, itemsRecord)
	w.seed("events-value", 2, 2, `{"type":"record","name":"Order","fields":[{"name":"note","type":"string"}]}`)
	w.seed("events-value", 3, 3, `{"type":"record","name":"Order","fields":[{"name":"items","type":"string"}]}`)
	w.seed("events-value", 4, 4, `{"type":"record","name":"Order","fields":[{"name":"note","type":"string"},{"name":"items","type":{"type":"array","items":"null"}}]}`)
	return NewMapper(compile(t, itemTables,
		table(t, "lines", 2, "id", "text", "line", "int", "sku", "text", "note", "text"),
		table(t, "skus", 2, "id", "text", "sku", "text", "n", "int"),
		table(t, "labels", 2, "id", "text", "name", "text", "label", "text")), w.client)
}

// anOrder writes an order of numbered items; an empty sku is null.
func anOrder(note string, labels []string, items ...string) []byte {
	b := putLong(putString(nil, note), 1)
	b = putLong(b, int64(len(items)))
	for i, sku := range items {
		b = putLong(b, int64(i))
		if sku == "" {
			b = putLong(b, 0)
			continue
		}
		b = putString(putLong(b, 1), sku)
	}
	if len(items) > 0 {
		b = putLong(b, 0)
	}
	if len(labels) > 0 {
		b = putLong(b, int64(len(labels)/2))
		for _, text := range labels {
			b = putString(b, text)
		}
	}
	return framed(1, putLong(b, 0))
}

// TestMapForEach: one row for each item, and of items with one primary key the last.
func TestMapForEach(t *testing.T) {
	w := newWorld(t, config())
	got := mapAll(t, itemsMapper(t, w), anOrder("n", []string{"a", "1", "b", "2", "a", "3"}, "x", "y", "x"))
	check(t, got,
		"0: INSERT at 100: id=6b30 line=00000000 sku=78 note=6e",
		"0: INSERT at 100: id=6b30 line=00000001 sku=79 note=6e",
		"0: INSERT at 100: id=6b30 line=00000002 sku=78 note=6e",
		"0: INSERT at 100: id=6b30 sku=79 n=00000001",
		"0: INSERT at 100: id=6b30 sku=78 n=00000002",
		"0: INSERT at 100: id=6b30 name=62 label=32",
		"0: INSERT at 100: id=6b30 name=61 label=33")
}

// TestMapForEachCounts: each item counts, also two of one counter.
func TestMapForEachCounts(t *testing.T) {
	w := newWorld(t, config())
	w.seed("events-value", 1, 1, itemsRecord)
	src := "version: 1\ntopics:\n  - topic: events\n    key: {format: string}\n    tables:\n      - table: shop.sold\n        write: counter\n" +
		"        accept: [counter, cross_partition]\n        for_each: value.items\n        tombstone: ignore\n        columns: {sku: item.sku, n: item.n}\n"
	m := NewMapper(compile(t, src, table(t, "sold", 1, "sku", "text", "n", "counter")), w.client)
	check(t, mapAll(t, m, anOrder("n", nil, "x", "y", "x")),
		"0: UPDATE at 100: n=0000000000000000 sku=78",
		"0: UPDATE at 100: n=0000000000000001 sku=79",
		"0: UPDATE at 100: n=0000000000000002 sku=78")
}

// TestMapForEachWithoutItems: no items, no rows; what has no items is poison.
func TestMapForEachWithoutItems(t *testing.T) {
	w := newWorld(t, config())
	m := itemsMapper(t, w)
	none := framed(1, putLong(putLong(putString(nil, "n"), 0), 0))
	check(t, mapAll(t, m, none, anOrder("n", nil), framed(2, putString(nil, "n"))))
	check(t, mapAll(t, m, framed(3, putString(nil, "n"))),
		"0: schema table=shop.lines path=value.items: string has no items",
		"0: schema table=shop.skus path=value.items: string has no items")
}

// TestMapForEachBadItem: an item that gives no row costs its record that table,
// and no other.
func TestMapForEachBadItem(t *testing.T) {
	w := newWorld(t, config())
	got := mapAll(t, itemsMapper(t, w), anOrder("n", nil, "x", ""))
	check(t, got,
		"0: INSERT at 100: id=6b30 line=00000000 sku=78 note=6e",
		"0: INSERT at 100: id=6b30 line=00000001 sku=?3 note=6e",
		"0: null_key table=shop.skus column=sku path=item.sku: item 1: a primary key column must have a value")
}

// TestMapForEachTooMany: items that take no bytes give no flood of rows.
func TestMapForEachTooMany(t *testing.T) {
	w := newWorld(t, config())
	m := itemsMapper(t, w)
	many := func(n int64) []byte { return framed(4, putLong(putLong(putString(nil, "n"), n), 0)) }
	var buf mapping.Buffer
	rec := mapping.Record{Key: []byte("k"), Value: many(mapping.MaxItems)}
	if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
		t.Fatal(err)
	}
	if n := len(buf.Rows); n != mapping.MaxItems {
		t.Errorf("%d rows of as many items as a record may have", n)
	}
	buf.Reset()
	rec.Value = many(mapping.MaxItems + 1)
	if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
		t.Fatal(err)
	}
	if len(buf.Rows) > 0 || len(buf.Poison) != 2 {
		t.Fatalf("%d rows and poison %v", len(buf.Rows), buf.Poison)
	}
	wantReason(t, buf.Poison[0].Err, retry.ReasonValue)
}

// TestMapForEachAllocatesNothing once its buffer has grown.
func TestMapForEachAllocatesNothing(t *testing.T) {
	w := newWorld(t, config())
	m := itemsMapper(t, w)
	var buf mapping.Buffer
	rec := mapping.Record{Key: []byte("k"), Value: anOrder("n", []string{"a", "1", "b", "2"}, "x", "y", "x", "z")}
	one := func() {
		if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil || len(buf.Poison) > 0 {
			t.Fatal(err, buf.Poison)
		}
		buf.Reset()
	}
	one()
	if n := testing.AllocsPerRun(100, one); n > 0 {
		t.Errorf("%v allocations for each record", n)
	}
}

// TestCheckFindsRecordSubjects: each record's versions are found under its own
// subject, or within the union of the topic's, and only they have to fit.
func TestCheckFindsRecordSubjects(t *testing.T) {
	for _, tt := range []struct {
		name string
		seed func(w *world)
		want []string
	}{
		{"subjects of records", func(w *world) {
			w.seed("events-com.acme.Click", 1, 1, clickRecord)
			w.seed("com.acme.web.View", 1, 2, viewRecord)
			w.seed("com.acme.Glance", 1, 3, strings.Replace(viewRecord, `"View","namespace":"com.acme.web"`, `"Glance","namespace":"com.acme"`, 1))
			w.seed("others-com.acme.web.View", 1, 4, viewAsInt)
		}, nil},
		{"a union", func(w *world) { w.seed("events-value", 1, 1, "["+clickRecord+","+viewRecord+","+orderRecord+"]") },
			[]string{`error: no registered schema of this topic's values holds a record "com.acme.Glance" (looked in 1)`}},
		{"a type that does not fit", func(w *world) {
			w.seed("com.acme.Glance", 1, 1, strings.Replace(viewRecord, `"View","namespace":"com.acme.web"`, `"Glance","namespace":"com.acme"`, 1))
			w.seed("com.acme.Click", 1, 2, strings.Replace(clickRecord, `"type":"string"`, `"type":"int"`, 1))
			w.seed("events-View", 1, 3, viewAsInt)
		}, []string{
			"error: value.url cannot feed column \"url\" in subject com.acme.Click version 1 (id 2): int cannot become text: it fits tinyint, smallint, int, bigint, counter, varint, decimal, float, double and timestamp",
			"error: value.page cannot feed column \"url\" in subject events-View version 1 (id 3): int cannot become text: it fits tinyint, smallint, int, bigint, counter, varint, decimal, float, double and timestamp",
		}},
		{"nothing", func(*world) {}, []string{`warning: the schema registry knows no subject of the records of topic "events": what they feed is not checked`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, config())
			tt.seed(w)
			ds, err := checked(t.Context(), w.client, eventsProgram(t, ""))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range ds {
				got = append(got, d.Severity.String()+": "+d.Message)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
