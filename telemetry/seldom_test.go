package telemetry

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSeldom: a line that comes all the time is logged twenty times a minute, and
// then says how many it stands for; other lines are not held back for it.
func TestSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := Seldom(slog.New(slog.NewTextHandler(&out, nil)))
		for i := range 120 {
			log.With("worker", i).Info("component is ready", "component", "cassandra")
			if i == 50 {
				log.Info("component is ready", "component", "kafka")
				log.Warn("other", "component", "cassandra")
			}
			time.Sleep(time.Second)
		}
		text := out.String()
		if n := strings.Count(text, "component=cassandra"); n != 20+1+20 {
			t.Errorf("%d lines about cassandra, want 41", n)
		}
		if strings.Count(text, "more_this_minute=40") != 1 || strings.Count(text, "more_this_minute") != 1 {
			t.Errorf("no line says what was held back:\n%s", text)
		}
		if !strings.Contains(text, "component=kafka") {
			t.Error("a line about kafka is missing")
		}
	})
}

// TestSeldomForgets: lines that are all different do not fill the memory.
func TestSeldomForgets(t *testing.T) {
	h := Seldom(slog.New(slog.DiscardHandler)).Handler().(*seldom)
	for i := range 3 * maxKinds {
		r := slog.NewRecord(time.Unix(1, 0), slog.LevelInfo, fmt.Sprint("line ", i), 0)
		if err := h.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(h.counts.lines); n > maxKinds {
		t.Errorf("%d lines are told apart", n)
	}
}
