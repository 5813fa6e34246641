//go:build stack

package test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

const dispatchMapping = `version: 1
topics:
  - topic: dispatch
    key: {format: string}
    tables:
      - table: dispatch.clicks
        record: Click
        columns_from: value
        columns: {k: key}
      - table: dispatch.lines
        record: com.acme.Order
        for_each: value.items
        tombstone: ignore
        columns: {k: key, line: item_index, sku: item.sku}
      - table: dispatch.skus
        record: com.acme.Order
        for_each: value.items
        tombstone: ignore
        columns: {k: key, sku: item.sku, n: item.n}
      - table: dispatch.marks
        record: com.acme.Order
        for_each: value.marks
        tombstone: ignore
        columns: {k: key, name: item_key, mark: item}
`

const (
	clickType = `{"type": "record", "name": "Click", "namespace": "com.acme", "fields": [{"name": "url", "type": "string"}]}`
	orderType = `{"type": "record", "name": "Order", "namespace": "com.acme", "fields": [
		{"name": "items", "type": ["null", {"type": "array", "items": {"type": "record", "name": "Item", "fields": [
			{"name": "sku", "type": ["null", "string"]}, {"name": "n", "type": "int"}]}}]},
		{"name": "marks", "type": {"type": "map", "values": "int"}}]}`
	otherType = `{"type": "record", "name": "Other", "namespace": "com.acme", "fields": [{"name": "url", "type": "string"}]}`
)

// stamped gives records timestamps of 10 ms each, from which their rows have their
// write timestamps.
func stamped(records []*kgo.Record) (stamp func(record int) int64) {
	base := time.Now().Add(-time.Minute).UnixMilli()
	for i, r := range records {
		r.Timestamp = time.UnixMilli(base + 10*int64(i))
	}
	return func(record int) int64 { return (base + 10*int64(record)) * 1000 }
}

// cells reads a query of text, number and WRITETIME.
func (s *scene) cells(query string) map[string]string {
	s.t.Helper()
	out := map[string]string{}
	iter := s.session.Query(query).WithContext(s.t.Context()).Iter()
	var text string
	var number, stamp *int64
	for iter.Scan(&text, &number, &stamp) {
		out[text] = number64(number) + "@" + number64(stamp)
	}
	if err := iter.Close(); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return out
}

func number64(v *int64) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(*v)
}

func demandCells(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s holds %v, want %v", what, got, want)
	}
}

// TestDispatch has several record types in one topic, by schemas of their own and by
// a union, and gives one row for each item. The topic's offset waits for all of them.
func TestDispatch(t *testing.T) {
	s := newScene(t, "dispatch", 1,
		"CREATE TABLE dispatch.clicks (k text PRIMARY KEY, url text)",
		"CREATE TABLE dispatch.lines (k text, line bigint, sku text, PRIMARY KEY (k, line))",
		"CREATE TABLE dispatch.skus (k text, sku text, n bigint, PRIMARY KEY (k, sku))",
		"CREATE TABLE dispatch.marks (k text, name text, mark bigint, PRIMARY KEY (k, name))")
	click, order := register(t, "dispatch-com.acme.Click", clickType), register(t, "com.acme.Order", orderType)
	other, union := register(t, "dispatch-com.acme.Other", otherType), register(t, "dispatch-value", "["+clickType+","+orderType+"]")
	url := func(text string) map[string]any { return map[string]any{"url": text} }
	items := func(skus ...any) map[string]any {
		var list []any
		for i, sku := range skus {
			list = append(list, map[string]any{"sku": sku, "n": i})
		}
		return map[string]any{"items": list, "marks": map[string]any{"m": len(skus)}}
	}
	records := []*kgo.Record{
		s.record("a", click.encode(t, url("/a"))),
		s.record("b", union.encode(t, map[string]any{"com.acme.Click": url("/b")})),
		s.record("c", order.encode(t, items("x", "y", "x"))),
		s.record("d", union.encode(t, map[string]any{"com.acme.Order": items("z")})),
		s.record("e", other.encode(t, url("/e"))),
		s.record("f", order.encode(t, items("x", nil))),
		s.record("g", order.encode(t, map[string]any{"items": nil, "marks": map[string]any{}})),
		s.record("a", nil),
	}
	at := stamped(records)
	produce(t, s.client, records...)
	env := s.env(dispatchMapping, "INGEST_POISON_SHARE=0")
	s.catchUp(env)

	demandCells(t, "clicks", s.cells("SELECT url, blobasbigint(bigintasblob(1)), writetime(url) FROM dispatch.clicks"), map[string]string{"/b": fmt.Sprint("1@", at(1))})
	demandCells(t, "lines", s.cells("SELECT sku, line, writetime(sku) FROM dispatch.lines WHERE k = 'c' AND line > 0"),
		map[string]string{"y": fmt.Sprint("1@", at(2)), "x": fmt.Sprint("2@", at(2))})
	demandCells(t, "skus", s.cells("SELECT sku, n, writetime(n) FROM dispatch.skus"),
		map[string]string{"x": fmt.Sprint("2@", at(2)), "y": fmt.Sprint("1@", at(2)), "z": fmt.Sprint("0@", at(3))})
	demandCells(t, "marks", s.cells("SELECT k, mark, writetime(mark) FROM dispatch.marks"),
		map[string]string{"c": fmt.Sprint("3@", at(2)), "d": fmt.Sprint("1@", at(3)), "f": fmt.Sprint("2@", at(5))})
	if n := s.count("dispatch.lines"); n != 6 {
		t.Errorf("%d lines, want 6", n)
	}
	s.demandLetters(map[string]string{place(records[4]): "unmatched *", place(records[5]): "null_key dispatch.skus"})
	s.verify(env).demand(t, nil)
	code, output := validate(t, harness.WriteMapping(t, dispatchMapping))
	if code != 0 || !strings.Contains(output, "rows of dispatch.lines stay when a later record of the same key has fewer items") {
		t.Errorf("validate: exit code %d and\n%s", code, output)
	}
}

// demandLetters wants these dead letters, by the place of their records: the
// reason and the tables.
func (s *scene) demandLetters(want map[string]string) {
	s.t.Helper()
	got := map[string]string{}
	for at, l := range s.letters() {
		got[at] = l.headers["ingest.class"] + " " + l.headers["ingest.tables"]
	}
	if !maps.Equal(got, want) {
		s.t.Errorf("dead letters %v, want %v", got, want)
	}
}
