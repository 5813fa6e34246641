//go:build stack

package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// letterScene is a topic that feeds two tables, a and b, and whose mapping to a is
// wrong: longs go into an int. They fit column wide, which the mended one names.
type letterScene struct {
	*scene
	value *subject
	env   []string // of the mended mapping
}

const letterSchema = `{"type": "record", "name": "Row", "fields": [{"name": "n", "type": "long"}]}`

func letterMapping(name, column, more string) string {
	return fmt.Sprintf(`version: 1
topics:
  - topic: %[1]s
    key:
      format: string
    tables:
      - table: %[1]s.a
        tombstone: delete
        columns:
          k: key
          %[2]s: value.n
      - table: %[1]s.b
        tombstone: delete
        columns:
          k: key
          n: value.n
%[3]s`, name, column, more)
}

// tooWide fits a bigint and no int.
const tooWide = 1 << 40

func newLetterScene(t *testing.T, name string) *letterScene {
	t.Helper()
	s := &letterScene{scene: newScene(t, name, 2,
		"CREATE TABLE "+name+".a (k text PRIMARY KEY, n int, wide bigint)",
		"CREATE TABLE "+name+".b (k text PRIMARY KEY, n bigint, note text)")}
	s.value = register(t, name+"-value", letterSchema)
	// The mended mapping also fills b's note: whatever writes to b again shows.
	s.env = s.scene.env(letterMapping(name, "wide", "          note:\n            const: again\n"), "INGEST_POISON_SHARE=0")
	return s
}

// put produces records with the keys "bad-0" and so on that do not fit, and good
// ones among them.
func (s *letterScene) put(bad, good int) {
	s.t.Helper()
	var records []*kgo.Record
	for i := range max(bad, good) {
		if i < bad {
			records = append(records, s.record(fmt.Sprint("bad-", i), s.value.encode(s.t, map[string]any{"n": int64(tooWide + i)})))
		}
		if i < good {
			records = append(records, s.record(fmt.Sprint("good-", i), s.value.encode(s.t, map[string]any{"n": int64(i)})))
		}
	}
	for i, r := range records {
		r.Partition = int32(i % 2)
	}
	produce(s.t, s.client, records...)
}

// fail runs the worker with the wrong mapping.
func (s *letterScene) fail() {
	s.t.Helper()
	s.catchUp(s.scene.env(letterMapping(s.name, "n", ""), "INGEST_POISON_SHARE=0"))
}

// run runs `ingest deadletter` with the mended mapping.
func (s *letterScene) run(code int, args ...string) string {
	s.t.Helper()
	w := startWorker(s.t, s.env, append([]string{"deadletter"}, args...)...)
	if got := w.Wait(2 * time.Minute); got != code {
		s.t.Fatalf("%q: exit code %d, want %d\n%s", args, got, code, w.Tail())
	}
	return w.Output()
}

// replayed is the summary of a replay in JSON.
type replayed struct {
	Complete bool             `json:"complete"`
	Letters  map[string]int64 `json:"letters"`
	Rows     map[string]int64 `json:"rows"`
	Reasons  []struct{ Outcome, Reason, First string }
}

func parseReplayed(t *testing.T, text string) *replayed {
	t.Helper()
	r := &replayed{}
	_, text, _ = strings.Cut(text, "{\n")
	if err := json.NewDecoder(strings.NewReader("{" + text)).Decode(r); err != nil { // an error's line may follow
		t.Fatalf("%v in\n%s", err, text)
	}
	maps.DeleteFunc(r.Letters, func(_ string, n int64) bool { return n == 0 })
	return r
}

// replay replays and holds the summary to the outcomes named, and to no others.
func (s *letterScene) replay(code int, want map[string]int64, args ...string) *replayed {
	s.t.Helper()
	r := parseReplayed(s.t, s.run(code, append([]string{"replay", "--json"}, args...)...))
	if !maps.Equal(r.Letters, want) || !r.Complete {
		s.t.Errorf("%q: %v, complete %v, want %v; %v", args, r.Letters, r.Complete, want, r.Reasons)
	}
	return r
}

// marks counts the marks in the dead-letter topic, by the offset of the record
// whose letter is marked.
func (s *letterScene) marks() []string {
	s.t.Helper()
	var out []string
	for _, r := range readAll(s.t, s.admin, s.letterTopic()) {
		for _, h := range r.Headers {
			if h.Key == "ingest.replayed" {
				out = append(out, string(h.Value))
			}
		}
	}
	return out
}

// wide gives table a: what column wide holds and when it was written, by key.
func (s *letterScene) wide() map[string][2]int64 {
	s.t.Helper()
	out := map[string][2]int64{}
	iter := s.session.Query("SELECT k, wide, writetime(wide) FROM " + s.name + ".a").WithContext(s.t.Context()).Iter()
	var k string
	var wide, stamp *int64
	for iter.Scan(&k, &wide, &stamp) {
		if wide != nil {
			out[k] = [2]int64{*wide, *stamp}
		}
	}
	if err := iter.Close(); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// with runs something with one more setting; the last one of a name counts.
func (s *letterScene) with(setting string, run func()) {
	s.t.Helper()
	before := s.env
	defer func() { s.env = before }()
	s.env = append(slices.Clone(before), setting)
	run()
}
