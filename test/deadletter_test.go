//go:build stack

package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
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

// TestDeadLetters lists, shows and replays letters: from the fault, over the
// mended mapping and a dry run, to a replay that leaves alone what was written
// meanwhile and what it did before.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	s := newLetterScene(t, "letters")
	s.put(5, 40)
	produce(t, s.client, s.record("plain", []byte("secret")))
	s.fail()

	// What landed, and how it is listed and shown.
	letters := s.letters()
	stamps := map[string]int64{} // write timestamps by key
	for _, l := range letters {
		stamps[string(l.Key)], _ = strconv.ParseInt(l.headers["ingest.write.timestamp"], 10, 64)
	}
	if len(letters) != 6 || len(stamps) != 6 {
		t.Fatalf("%d letters of %d keys, want 6", len(letters), len(stamps))
	}
	s.checkList()
	s.checkShow(letters)

	// Meanwhile the mapping was mended, and later records came: bad-0 has another
	// value, bad-1 is deleted.
	produce(t, s.client, s.record("bad-0", s.value.encode(t, map[string]any{"n": int64(7)})), s.record("bad-1", nil))
	s.catchUp(s.env)
	newer := s.wide()["bad-0"]
	if newer[0] != 7 || newer[1] <= stamps["bad-0"] {
		t.Fatalf("bad-0 is %v before the replay", newer)
	}

	// A dry run writes nothing anywhere.
	dry := s.replay(1, map[string]int64{"replayed": 5, "failed_again": 1}, "--dry-run")
	if _, there := s.wide()["bad-2"]; there || s.marks() != nil || dry.Rows[s.name+".a"] != 5 {
		t.Errorf("the dry run wrote: rows %v, marks %v; it says %v", s.wide(), s.marks(), dry.Rows)
	}

	// The replay writes what failed, and nothing else.
	s.replay(1, map[string]int64{"replayed": 5, "failed_again": 1})
	want := map[string][2]int64{"bad-0": newer}
	for i := 2; i < 5; i++ {
		key := fmt.Sprint("bad-", i)
		want[key] = [2]int64{int64(tooWide + i), stamps[key]}
	}
	if got := s.wide(); !maps.Equal(got, want) {
		t.Errorf("table a is %v after the replay, want %v", got, want)
	}
	if notes := s.count(s.name + ".b WHERE note = 'again' ALLOW FILTERING"); notes != 1 { // bad-0, by the worker
		t.Errorf("%d rows of table b were written again, want those of no letter", notes-1)
	}
	if marks := s.marks(); len(marks) != 5 {
		t.Errorf("marks %q, want 5", marks)
	}

	// A second replay finds nothing to do, which an empty table shows; --again does.
	execute(t, s.session, "TRUNCATE "+s.name+".a")
	s.replay(1, map[string]int64{"replayed_before": 5, "failed_again": 1})
	s.replay(0, map[string]int64{"replayed_before": 5}, "--class", "value")
	if rows := s.wide(); len(rows) != 0 || len(s.marks()) != 5 {
		t.Errorf("the second replay wrote %v and has %d marks", rows, len(s.marks()))
	}
	s.replay(0, map[string]int64{"replayed": 5}, "--again", "--table", s.name+".a")
	if rows := s.wide(); len(rows) != 5 || rows["bad-0"] != [2]int64{tooWide, stamps["bad-0"]} {
		t.Errorf("--again left %v", rows)
	}

	s.checkGuard()
}

func (s *letterScene) checkList() {
	s.t.Helper()
	var list struct {
		Letters int64
		Groups  []struct {
			Topic, Tables, Class string
			Letters              int64
			First, Last          time.Time
		}
	}
	text := s.run(0, "list", "--json")
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		s.t.Fatal(err)
	}
	if list.Letters != 6 || len(list.Groups) != 2 || list.Groups[0].Tables != "*" || list.Groups[0].Letters != 1 || list.Groups[1].Tables != s.name+".a" ||
		list.Groups[1].Class != "value" || list.Groups[1].Letters != 5 || time.Since(list.Groups[1].First) > time.Hour || list.Groups[1].Last.Before(list.Groups[1].First) {
		s.t.Errorf("listed\n%s", text)
	}
	for _, args := range [][]string{{"list"}, {"list", "--each"}, {"list", "--each", "--json"}} {
		if text := s.run(0, args...); strings.Contains(text, "secret") || !strings.Contains(text, "framing") {
			s.t.Errorf("%q prints\n%s", args, text)
		}
	}
}

func (s *letterScene) checkShow(letters map[string]letter) {
	s.t.Helper()
	for source, l := range letters {
		if string(l.Key) != "plain" {
			continue
		}
		at := fmt.Sprintf("%s/%d/%d", l.Topic, l.Partition, l.Offset)
		text := s.run(0, "show", at)
		if strings.Contains(text, "secret") || !strings.Contains(text, source) || !strings.Contains(text, l.headers["ingest.write.timestamp"]) || !strings.Contains(text, "value            6 bytes") {
			s.t.Errorf("shown without payload:\n%s", text)
		}
		if text := s.run(0, "show", "--payload", at); !strings.Contains(text, "\nsecret\n") {
			s.t.Errorf("shown with payload:\n%s", text)
		}
	}
}

// checkGuard lets every letter be older than gc_grace_seconds.
func (s *letterScene) checkGuard() {
	s.t.Helper()
	execute(s.t, s.session, "TRUNCATE "+s.name+".a", "ALTER TABLE "+s.name+".a WITH gc_grace_seconds = 0")
	r := s.replay(1, map[string]int64{"too_old": 5}, "--again", "--class", "value")
	if rows := s.wide(); len(rows) != 0 || !slices.ContainsFunc(r.Reasons, func(r struct{ Outcome, Reason, First string }) bool {
		return strings.Contains(r.Reason, "--resurrect")
	}) {
		s.t.Errorf("the guard let %v through and says %v", rows, r.Reasons)
	}
	s.replay(0, map[string]int64{"replayed": 5}, "--again", "--class", "value", "--resurrect")
	if rows := s.wide(); len(rows) != 5 {
		s.t.Errorf("--resurrect left %v", rows)
	}
}

// TestInterruptedReplay stops a replay under way: every letter that is marked is
// written, and another run does the rest.
func TestInterruptedReplay(t *testing.T) {
	t.Parallel()
	const bad = 2500
	s := newLetterScene(t, "stopped_replay")
	s.put(bad, 0)
	s.fail()
	sources := map[string]string{} // key of the record, by the letter's place
	for _, l := range s.letters() {
		sources[fmt.Sprintf("%s/%d/%d", l.Topic, l.Partition, l.Offset)] = string(l.Key)
	}
	w := startWorker(t, append(s.env, "INGEST_IN_FLIGHT_ROWS_PER_SECOND=500"), "deadletter", "replay", "--json")
	harness.Eventually(t, time.Minute, "some letters are marked", func() error {
		ends, err := s.admin.ListEndOffsets(t.Context(), s.letterTopic())
		if err != nil {
			return err
		}
		var n int64
		ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
		if n < bad+500 {
			return fmt.Errorf("the topic has %d records", n)
		}
		return nil
	})
	w.Signal(syscall.SIGINT)
	if code := w.Wait(30 * time.Second); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	r := parseReplayed(t, w.Output())
	marks, rows := s.marks(), s.wide()
	if r.Complete || len(marks) < 500 || len(marks) >= bad || int64(len(marks)) != r.Letters["replayed"] {
		t.Errorf("%d marks; the summary says %v, complete %v", len(marks), r.Letters, r.Complete)
	}
	for _, mark := range marks {
		if _, ok := rows[sources[mark]]; !ok {
			t.Errorf("%s (%s) is marked and not written", mark, sources[mark])
		}
	}
	s.replay(0, map[string]int64{"replayed": int64(bad - len(marks)), "replayed_before": int64(len(marks))})
	if rows := s.wide(); len(rows) != bad || len(s.marks()) != bad {
		t.Errorf("%d rows and %d marks in the end, want %d", len(rows), len(s.marks()), bad)
	}
}
