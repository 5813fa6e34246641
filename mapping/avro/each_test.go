package avro_test

import (
	"bytes"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// eachOf asks for the items of the value as a whole, and of each for its value as a
// blob, or that of its field.
func eachOf(field string) []mapping.Target {
	item := mapping.Target{Type: &mapping.Type{Kind: mapping.TypeBlob}, Unavailable: mapping.Unavailable}
	if field != "" {
		item.Path = []mapping.Step{{Kind: mapping.StepField, Name: field}}
	}
	return []mapping.Target{{Slot: 1, Each: &mapping.Each{First: 0, Size: 1, Items: []mapping.Target{item}}}}
}

// eachSchemas are arrays and maps whose items, or a field of theirs, can be a blob.
var eachSchemas = []struct{ schema, field string }{
	{`{"type":"array","items":"string"}`, ""},
	{`["null",{"type":"array","items":["null","bytes"]}]`, ""},
	{`{"type":"array","items":"null"}`, ""},
	{`{"type":"map","values":"string"}`, ""},
	{`{"type":"array","items":{"type":"record","name":"I","fields":[{"name":"n","type":"long"},{"name":"s","type":"string"},{"name":"more","type":{"type":"array","items":"I"}}]}}`, "s"},
}

// FuzzEach: reading the items of an array or map accepts what skipping it does, and
// the item of an index is what a path with that index gives.
func FuzzEach(f *testing.F) {
	for i := range eachSchemas {
		for _, seed := range []string{"", "\x00", "\x04\x02a\x02b\x00", "\x02\x04\x02\x02a\x00\x00", "\x03\x08\x02a\x02b\x00", "\x04\x02a\x02b\x02a\x02c\x00", "\x04\x02\x02a\x00\x04\x02b\x02\x06\x02c\x00\x00\x00", "\xff\xff\xff\xff\x0f\x00"} {
			f.Add(byte(i), []byte(seed))
		}
	}
	type pair struct{ each, none, picks mapping.Decoder }
	var pairs []pair
	for _, c := range eachSchemas {
		s := parse(f, c.schema)
		each, problems := avro.Compile(s, eachOf(c.field))
		if problems != nil {
			f.Fatal(c.schema, problems)
		}
		none, _ := avro.Compile(s, nil)
		var picked []mapping.Target
		for i := range 2 {
			path := []mapping.Step{{Kind: mapping.StepIndex, Index: i}}
			if c.field != "" {
				path = append(path, mapping.Step{Kind: mapping.StepField, Name: c.field})
			}
			picked = append(picked, mapping.Target{Slot: i, Path: path, Type: &mapping.Type{Kind: mapping.TypeBlob}, Unavailable: mapping.Unavailable})
		}
		picks, _ := avro.Compile(s, picked)
		pairs = append(pairs, pair{each, none, picks})
	}
	f.Fuzz(func(t *testing.T, which byte, payload []byte) {
		p := pairs[int(which)%len(pairs)]
		var buffer, other mapping.Buffer
		frame := buffer.Frame(2)
		err := p.each.Decode(payload, frame)
		if none := p.none.Decode(payload, other.Frame(0)); (none == nil) != (err == nil) {
			t.Fatalf("with items %v, without %v", err, none)
		}
		if err != nil {
			return
		}
		if len(frame.Items) > mapping.MaxItems {
			t.Fatalf("%d items", len(frame.Items))
		}
		picks := other.Frame(2)
		if err := p.picks.Decode(payload, picks); err != nil {
			t.Fatal(err)
		}
		for i, picked := range picks.Cells {
			if int(which)%len(pairs) == 3 || i >= len(frame.Items) {
				continue // a map has no indexes
			}
			item := frame.Items[i]
			if cell := item.Cells[0]; item.Index != i || cell.State != picked.State || !bytes.Equal(cell.Data, picked.Data) {
				t.Fatalf("item %d is %+v, and the path gives %+v", i, cell, picked)
			}
		}
	})
}
