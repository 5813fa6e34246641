package sink

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"ingest/retry"
)

func TestHealthSaysWhyAndWhenItIsOver(t *testing.T) {
	var said []string
	h := health{waiting: func(reason string) { said = append(said, reason) }, log: slog.New(slog.DiscardHandler), now: time.Now}
	h.reason(verdict{text: "nobody counted as failing"}, "k.t")
	h.failed()
	h.reason(verdict{text: "no node can be reached"}, "k.t")
	h.failed()
	h.reason(verdict{text: "no node can be reached"}, "k.t")
	h.reason(verdict{class: retry.Schema, text: "the table does not exist"}, "k.t")
	h.recovered()
	h.recovered()
	want := "[Cassandra: no node can be reached Cassandra: table k.t: the table does not exist ]"
	if got := fmt.Sprint(said); got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}

func TestFailuresAreLoggedSeldom(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	h := health{log: slog.New(slog.NewTextHandler(&out, nil)), now: func() time.Time { return now }}
	for range 100 {
		h.logFailure(t.Context(), verdict{class: retry.Overload, text: "no answer"}, "k.t", 0)
	}
	h.logFailure(t.Context(), verdict{class: retry.Schema, text: "gone"}, "k.t", 0)
	h.logFailure(t.Context(), verdict{class: retry.Overload, text: "no answer"}, "k.other", 0)
	now = now.Add(30 * time.Second)
	h.logFailure(t.Context(), verdict{class: retry.Overload, text: "no answer"}, "k.t", 0)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || !strings.Contains(lines[3], "more_since_last_line=99") {
		t.Errorf("logged\n%s\nwant one line for each class and table, and one after 30 s", out.String())
	}
}
