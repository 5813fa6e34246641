package mapping

import (
	"os"
	"testing"
)

// TestOnErrorFaults shows what people see for each choice that is weaker than
// keeping a record, and for what is no choice at all.
func TestOnErrorFaults(t *testing.T) {
	src, err := os.ReadFile("testdata/onerror.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, ds := Parse("onerror.yaml", src)
	golden(t, "onerror.golden", rendered(t, ds, src))
}

// One topic that keeps its records is enough for a dead-letter topic.
func TestWhoNeedsLetters(t *testing.T) {
	f := mustParse(t, "version: 1\ndefaults: {on_error: skip}\ntopics: [{topic: a, tables: [{table: k.t, columns_from: value}]}, "+
		"{topic: b, on_error: dead_letter, tables: [{table: k.u, columns_from: value}]}]\n")
	if !f.Letters() {
		t.Error("topic b keeps its records")
	}
}

func TestOnErrorOfATopic(t *testing.T) {
	tests := []struct {
		name, defaults, topic string
		want                  OnError
		warnings              int
	}{
		{"nothing said", "", "", OnErrorDeadLetter, 0},
		{"the topic's", "", "on_error: skip, ", OnErrorSkip, 1},
		{"the defaults'", "defaults: {on_error: fail}\n", "", OnErrorFail, 1},
		{"the topic's before the defaults'", "defaults: {on_error: skip}\n", "on_error: dead_letter, ", OnErrorDeadLetter, 1},
		{"dead_letter", "defaults: {on_error: dead_letter}\n", "on_error: fail, ", OnErrorFail, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := "version: 1\n" + tt.defaults + "topics: [{topic: a, " + tt.topic + "tables: [{table: k.t, columns_from: value}]}]\n"
			f, ds := Parse("f", []byte(src))
			if f == nil || f.Topics[0].OnError != tt.want || f.Letters() != (tt.want == OnErrorDeadLetter) {
				t.Fatalf("%v: want %v", ds, tt.want)
			}
			if len(ds) != tt.warnings || ds.Err() != nil {
				t.Errorf("%d diagnostics, want %d warnings: %v", len(ds), tt.warnings, ds)
			}
		})
	}
}
