//go:build stack

package test

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"ingest/test/harness"
)

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

	s.checkRefusals()

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
	s.checkHidden()
}

// TestInterruptedReplay stops a replay on a terminal under way: every letter that is marked is
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
	outer, inner := terminal(t)
	w := startWorkerOn(t, outer, inner, append(s.env, "INGEST_IN_FLIGHT_ROWS_PER_SECOND=500", "TERM=xterm"), "deadletter", "replay", "--json")
	// Two chunks, at 500 rows per second: a bar appears after a second.
	harness.Eventually(t, time.Minute, "some letters are marked", func() error {
		ends, err := s.admin.ListEndOffsets(t.Context(), s.letterTopic())
		if err != nil {
			return err
		}
		var n int64
		ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
		if n < bad+1200 {
			return fmt.Errorf("the topic has %d records", n)
		}
		return nil
	})
	w.Signal(syscall.SIGINT)
	if code := w.Wait(30 * time.Second); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	output := strings.ReplaceAll(w.Output(), "\r\n", "\n")
	if !regexp.MustCompile(`offsets +\d+% *\|`).MatchString(output) {
		t.Errorf("no bar in\n%q", output)
	}
	r := parseReplayed(t, output)
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
