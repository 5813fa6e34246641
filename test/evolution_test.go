//go:build stack

package test

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// evolution are the versions of one subject, oldest first, each with a record of it.
var evolution = []struct {
	schema string
	value  map[string]any
	want   []any // a, n, e, u
}{
	{`{"type": "record", "name": "Row", "fields": [{"name": "a", "type": "string"}, {"name": "n", "type": "int"},
		{"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["RED", "BLUE"]}}, {"name": "u", "type": ["null", "long"]}]}`,
		map[string]any{"a": "one", "n": int32(1), "e": "BLUE", "u": int64(11)}, []any{"one", int64(1), "BLUE", int64(11)}},
	// a field is added in front, n is promoted, the enum and the union are reordered
	{`{"type": "record", "name": "Row", "fields": [{"name": "z", "type": "double"}, {"name": "a", "type": "string"}, {"name": "n", "type": "long"},
		{"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["BLUE", "GREEN", "RED"]}}, {"name": "u", "type": ["long", "null"]}]}`,
		map[string]any{"z": 2.5, "a": "two", "n": int64(1) << 40, "e": "BLUE", "u": nil}, []any{"two", int64(1) << 40, "BLUE", nil}},
	// a is renamed, and u removed
	{`{"type": "record", "name": "Row", "fields": [{"name": "title", "aliases": ["a"], "type": "string"}, {"name": "n", "type": ["null", "long"], "default": null},
		{"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["RED", "BLUE"]}}]}`,
		map[string]any{"title": "three", "n": nil, "e": "RED"}, []any{"three", nil, "RED", nil}},
}

// TestSchemaEvolution: records of all versions of a subject lie mixed in one topic,
// and each is read as what it was written.
func TestSchemaEvolution(t *testing.T) {
	s := newScene(t, "evolution", 1, "CREATE TABLE evolution.rows (k text PRIMARY KEY, a text, n bigint, e text, u bigint)")
	var records []*kgo.Record
	keys := []string{"first", "second", "third"}
	for _, round := range []string{"", "again-"} {
		for i, v := range evolution {
			records = append(records, s.record(round+keys[i], register(t, "evolution-value", v.schema).encode(t, v.value)))
		}
	}
	produce(t, s.client, records...)
	s.catchUp(s.env(simpleMapping("evolution")))
	s.noLetters()
	for _, round := range []string{"", "again-"} {
		for i, v := range evolution {
			var a, e *string
			var n, u *int64
			if !s.scan("SELECT a, n, e, u FROM evolution.rows WHERE k = '"+round+keys[i]+"'", &a, &n, &e, &u) {
				t.Fatalf("no row %s%s", round, keys[i])
			}
			if got := []any{plain(a), plain(n), plain(e), plain(u)}; !slices.Equal(got, v.want) {
				t.Errorf("%s%s: %v, want %v", round, keys[i], got, v.want)
			}
		}
	}
}

func plain[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
