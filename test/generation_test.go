//go:build stack

package test

import (
	"strings"
	"testing"
	"time"
)

// A mapping file whose generation is lower than the one at work before would
// let old rows win: the worker says so and ends, and no restart mends it.
func TestGoingBackAGenerationEndsTheWorker(t *testing.T) {
	t.Parallel()
	const name = "generation"
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	produce(t, s.client, s.record("k", value.encode(t, map[string]any{"a": "text", "n": int64(1)})))
	raised := strings.Replace(simpleMapping(name), "version: 1\n", "version: 1\ngeneration: 2\n", 1)
	s.catchUp(s.env(raised))
	w := startWorker(t, s.env(simpleMapping(name)), "run")
	if code := w.Wait(time.Minute); code != 78 {
		t.Errorf("exit code %d, want 78", code)
	}
	if !strings.Contains(w.Output(), "set it to at least 2") {
		t.Errorf("the worker does not say what to do:\n%s", w.Tail())
	}
}
