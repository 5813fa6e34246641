//go:build stack

package test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// onErrorScene has a record that cannot be written between two that can.
func onErrorScene(t *testing.T, name string) *scene {
	t.Helper()
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	good := func(key string) *kgo.Record {
		return s.record(key, value.encode(t, map[string]any{"a": "text", "n": int64(1)}))
	}
	produce(t, s.client, good("first"), s.record("second", []byte("no Avro")), good("third"))
	return s
}

func onErrorMapping(name, choice string) string {
	return strings.Replace(simpleMapping(name), "    tables:\n", "    on_error: "+choice+"\n    tables:\n", 1)
}

// With skip the record is dropped, told of and not kept; the others are written.
func TestOnErrorSkip(t *testing.T) {
	t.Parallel()
	const name = "skipping"
	s := onErrorScene(t, name)
	mapping := onErrorMapping(name, "skip")
	if code, output := validate(t, harness.WriteMapping(t, mapping)); code != 0 || !strings.Contains(output, "warning: with on_error skip") {
		t.Errorf("validate ends with %d and\n%s", code, output)
	}
	w := s.catchUp(s.env(mapping))
	if !strings.Contains(w.Output(), "dropped, as on_error says") {
		t.Errorf("the worker does not tell of the record:\n%s", w.Tail())
	}
	if topics, err := s.admin.ListTopics(t.Context(), s.letterTopic()); err != nil || topics.Has(s.letterTopic()) {
		t.Errorf("a dead-letter topic was made that nobody needs (%v)", err)
	}
	if rows := s.count(name + ".rows"); rows != 2 {
		t.Errorf("%d rows, want 2", rows)
	}
}

// With fail the worker ends at the record, and the next one begins with it.
func TestOnErrorFail(t *testing.T) {
	t.Parallel()
	const name = "failing"
	s := onErrorScene(t, name)
	env := s.env(onErrorMapping(name, "fail"))
	for range 2 {
		w := startWorker(t, env, "run")
		if code := w.Wait(15 * time.Second); code != 1 { // it does not wait for the record at its end
			t.Errorf("exit code %d, want 1", code)
		}
		if !strings.Contains(w.Output(), name+"/0 offset 1 cannot be written, and on_error is fail") {
			t.Errorf("the worker does not name the record:\n%s", w.Tail())
		}
	}
	s.noLetters()
	if s.lagging() == nil {
		t.Error("the record that cannot be written is committed")
	}
	s.catchUp(s.env(simpleMapping(name)))
	s.admin = kadm.NewClient(kafka(t)) // the other one remembers for seconds which topics there are
	if rows, letters := s.count(name+".rows"), len(s.letters()); rows != 2 || letters != 1 {
		t.Errorf("%d rows and %d letters once on_error is dead_letter, want 2 and 1", rows, letters)
	}
}
