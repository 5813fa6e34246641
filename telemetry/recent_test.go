package telemetry_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"ingest/telemetry"
)

func TestRecentRemembersWarningsAndErrors(t *testing.T) {
	inner, out := recorder()
	recent := telemetry.NewRecent()
	log := recent.Remember(inner).With("topic", "orders")
	log.Info("joined")
	log.Warn("held", "partition", 3)
	log.WithGroup("request").Error("failed", "error", errors.New(`no "node"`), "level", "ONE")

	want := []string{`ERROR failed: topic=orders request.error="no \"node\"" request.level=ONE`, "WARN held: topic=orders partition=3"}
	lines := recent.Lines()
	for i, line := range lines {
		if got := line.Level + " " + line.Message + ": " + line.Attrs; i >= len(want) || got != want[i] || line.Time.IsZero() {
			t.Errorf("line %d at %v: %s", i, line.Time, got)
		}
	}
	if len(lines) != len(want) {
		t.Errorf("%d lines are remembered, want %d", len(lines), len(want))
	}
	if got := strings.Count(out.String(), "\n"); got != 3 {
		t.Errorf("%d lines are logged, want all 3:\n%s", got, out)
	}
}

func TestRecentIsBounded(t *testing.T) {
	recent := telemetry.NewRecent()
	log := recent.Remember(slog.New(slog.DiscardHandler))
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 50 {
				log.Warn("one of many")
			}
		})
	}
	wait.Wait()
	long := strings.Repeat("ö", 10_000)
	for i := range 20 {
		log.Warn(long, "n", fmt.Sprint(i, long))
	}
	lines := recent.Lines()
	if len(lines) != 20 || !strings.HasPrefix(lines[0].Attrs, "n=19ö") || !strings.HasPrefix(lines[19].Attrs, "n=0ö") {
		t.Fatalf("%d lines, the latest with %.20q", len(lines), lines[0].Attrs)
	}
	if l := lines[0]; len(l.Message) > 2051 || len(l.Attrs) > 2051 {
		t.Errorf("%d and %d bytes are remembered", len(l.Message), len(l.Attrs))
	}
}
