package replay

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ingest/mapping"
	"ingest/pipeline/deadletter"
	"ingest/sink/sinktest"
)

// Whichever records became letters, and however often and in whatever order those
// are replayed: in the end the table is what the records give in the order of the
// log, deletes too.
func TestTheTableIsTheFoldOfTheLogAfterAReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tbl := table("b")
		fake := sinktest.NewFake()
		defer fake.Close()
		fake.Reorder(rapid.Uint64().Draw(t, "order"))
		deps := Deps{
			Plan: func(string, []string) (Mapper, error) { return newMapper(tbl), nil },
			Sink: fake, Mark: func(context.Context, []*deadletter.Stored) error { return nil },
			Now: time.Now,
		}
		last := map[string]string{} // what the latest record of a key says; empty: deleted
		var written, letters []*deadletter.Stored
		for i := range rapid.IntRange(1, 40).Draw(t, "records") {
			l := &deadletter.Stored{At: time.Now(), Envelope: deadletter.Envelope{WriteTimestamp: int64(1000 + i)}}
			key := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "key")
			l.Record = mapping.Record{Key: []byte(key), Value: fmt.Append(nil, "v", i)}
			last[key] = string(l.Record.Value)
			if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
				l.Record.Value, last[key] = nil, ""
			}
			if rapid.Bool().Draw(t, "fails") {
				letters = append(letters, l)
			} else {
				written = append(written, l)
			}
		}
		replayAll(t, deps, written)
		again := slices.Concat(letters, rapid.SliceOfN(rapid.SampledFrom(slices.Concat(letters, written)), 0, 10).Draw(t, "again"))
		replayAll(t, deps, rapid.Permutation(again).Draw(t, "letters"))

		for key, want := range last {
			cells, found := fake.Row(tbl, []byte(key))
			if found != (want != "") || found && string(cells["v"].Data) != want {
				t.Errorf("%s is %q (there: %v), want %q", key, cells["v"].Data, found, want)
			}
		}
	})
}

func replayAll(t *rapid.T, deps Deps, letters []*deadletter.Stored) {
	t.Helper()
	r := New(deps, Options{})
	for _, l := range letters {
		if err := r.Add(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.Summary().Letters[Replayed]; n != int64(len(letters)) {
		t.Fatalf("%d of %d letters were replayed: %v", n, len(letters), r.Summary().Reasons())
	}
}
