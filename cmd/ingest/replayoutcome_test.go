package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ingest/pipeline/deadletter"
	"ingest/pipeline/deadletter/replay"
)

// outcomeOf replays letters, none of which can be written, and gives what is
// printed about them.
func outcomeOf(t *testing.T, asJSON bool, letters ...*deadletter.Stored) string {
	t.Helper()
	r := replay.New(replay.Deps{
		Plan: func(string, []string) (replay.Mapper, error) { return nil, errors.New("topic \x1b is not\nmapped") },
		Now:  time.Now,
	}, replay.Options{DryRun: true})
	for _, l := range letters {
		if err := r.Add(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	c := &replayCommand{letterCommand: letterCommand{process: &process{stdout: &out}}, options: replay.Options{DryRun: true}, asJSON: asJSON}
	if err := c.printOutcome(r.Summary(), true); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestOutcomesArePrintedWithTheirReasons(t *testing.T) {
	letter := func(offset int64) *deadletter.Stored {
		return &deadletter.Stored{Place: deadletter.Place{Topic: "letters", Offset: offset}, Envelope: deadletter.Envelope{Topic: "orders", Offset: 100 + offset}}
	}
	done, bare := letter(3), letter(4)
	done.Replayed, bare.Payload = true, deadletter.PayloadDropped
	letters := []*deadletter.Stored{letter(1), letter(2), done, bare}
	text := outcomeOf(t, false, letters...)
	for _, part := range []string{
		"dry run: nothing is written",
		"1 letter replayed before, left alone without --again\n",
		"2 letters left: not in the mapping\n    2 of them, the first at letters/0/1 (from orders/0/101): \"topic \\x1b is not; mapped\"\n",
		"1 letter left: without payload\n    at letters/0/4 (from orders/0/104): the letter was kept without",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	if strings.Contains(text, "under way") {
		t.Errorf("outcomes of no letter are printed:\n%s", text)
	}
	var v outcomeView
	if err := json.Unmarshal([]byte(outcomeOf(t, true, letters...)), &v); err != nil {
		t.Fatal(err)
	}
	if !v.DryRun || v.Letters["not_mapped"] != 2 || v.Letters["replayed"] != 0 || len(v.Reasons) != 2 || v.Reasons[0].First != "letters/0/1" {
		t.Errorf("JSON says %+v", v)
	}
	if text := outcomeOf(t, false); !strings.Contains(text, "no letters") {
		t.Errorf("nothing to do is told as\n%s", text)
	}
}
