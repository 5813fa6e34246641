//go:build stack

package test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// progressScene is a backlog that takes some seconds to write.
func progressScene(t *testing.T, name string) *scene {
	t.Helper()
	s := newScene(t, name, 2, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	records := make([]*kgo.Record, 12_000)
	for i := range records {
		records[i] = s.record(fmt.Sprint("key-", i), value.encode(t, map[string]any{"a": "text", "n": int64(i)}))
		records[i].Partition = int32(i % 2)
	}
	produce(t, s.client, records...)
	return s
}

// TestProgressOnATerminal expects a bar that is drawn over and over in one line.
func TestProgressOnATerminal(t *testing.T) {
	s := progressScene(t, "bar")
	outer, inner := terminal(t)
	env := append(s.env(simpleMapping("bar"), "INGEST_IN_FLIGHT_ROWS_PER_SECOND=4000", "INGEST_LOG_FORMAT="), "TERM=xterm")
	w := startWorkerOn(t, outer, inner, env, "run", "--until-current")
	if code := w.Wait(2 * time.Minute); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	text := w.Output()
	drawn := regexp.MustCompile(`offsets +(\d+)% *[|\[].*\((\d+)/12000`).FindAllStringSubmatch(strings.ReplaceAll(text, "\r", "\n"), -1)
	percents := map[string]bool{}
	for _, d := range drawn {
		percents[d[1]] = true
	}
	if len(percents) < 3 {
		t.Errorf("the bar was drawn with %d different percentages, want at least 3:\n%q", len(percents), text)
	}
	if !strings.Contains(text, "level=INFO msg=\"caught up\" offsets=12000 of=12000") {
		t.Errorf("no summary in\n%q", text)
	}
	s.committed()
}

// TestProgressElsewhere expects JSON lines and nothing else.
func TestProgressElsewhere(t *testing.T) {
	s := progressScene(t, "progress")
	w := s.catchUp(s.env(simpleMapping("progress"), "INGEST_IN_FLIGHT_ROWS_PER_SECOND=1500", "INGEST_LOG_FORMAT="))
	var messages []string
	for line := range strings.Lines(w.Output()) {
		var entry struct {
			Message string  `json:"msg"`
			Offsets int     `json:"offsets"`
			Of      int     `json:"of"`
			Seconds float64 `json:"seconds"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("%q is not a JSON line: %v", line, err)
			continue
		}
		messages = append(messages, entry.Message)
		if entry.Message == "progress" && (entry.Of != 12_000 || entry.Offsets < 0 || entry.Offsets > 12_000) {
			t.Errorf("progress of %d of %d offsets", entry.Offsets, entry.Of)
		}
		if entry.Message == "caught up" && (entry.Of != 12_000 || entry.Offsets != 12_000 || entry.Seconds <= 0) {
			t.Errorf("the summary is %+v", entry)
		}
	}
	for _, want := range []string{"catching up", "progress", "caught up"} {
		if !slices.Contains(messages, want) {
			t.Errorf("no line says %q, only %q", want, messages)
		}
	}
}

// TestNothingToCatchUpWith runs on an empty topic.
func TestNothingToCatchUpWith(t *testing.T) {
	s := newScene(t, "empty", 2, simpleTable("empty"))
	register(t, "empty-value", textAndNumber)
	w := s.catchUp(s.env(simpleMapping("empty")))
	if !strings.Contains(w.Output(), `msg="caught up" offsets=0 of=0`) {
		t.Errorf("no summary in\n%s", w.Output())
	}
}
