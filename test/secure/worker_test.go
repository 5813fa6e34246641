//go:build stack

package secure

import (
	"maps"
	"slices"
	"testing"
	"time"

	"ingest/test/harness"
)

// startWorker runs the binary with the settings given.
func startWorker(t *testing.T, settings map[string]string, args ...string) *harness.Worker {
	t.Helper()
	var env []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		env = append(env, name+"="+settings[name])
	}
	return executable.Start(t, env, args...)
}

// demandDone waits for the worker to end with exit code 0.
func demandDone(t *testing.T, w *harness.Worker, limit time.Duration) {
	t.Helper()
	if code := w.Wait(limit); code != 0 {
		t.Fatalf("exit code %d, want 0", code)
	}
}
