package main

import (
	"slices"
	"strings"
	"testing"

	"ingest/mapping"
)

const withPattern = twoTopics + `  - pattern: 'clicks\..+'
    key: {format: string}
    tables:
      - table: clicks
        accept: [cross_partition]
        columns:
          id: key
  - pattern: '.+\.both'
    key: {format: string}
    tables:
      - table: others
        accept: [cross_partition]
        columns:
          id: key
`

// TestATopicThatComes is planned and read from its first record; one that does not
// fit, or that goes before it was consumed, keeps nobody else from it.
func TestATopicThatComes(t *testing.T) {
	w, c, s := newWatchOf(t, withPattern)
	reasons := map[string]string{}
	w.report = func(component, reason string) { reasons[component] = reason }
	c.tables["clicks"] = newTable("clicks", "3", "id")
	w.seen([]string{"clicks.eu", "orders", "other"})
	if err := w.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	demand(t, s, "add clicks.eu from its first record")
	delete(c.tables, "clicks")
	w.seen([]string{"clicks.both", "clicks.eu", "clicks.us", "orders"})
	_ = w.look(t.Context())
	demand(t, s, "hold clicks.eu: ")
	if reason := reasons[onMapping]; !strings.Contains(reason, `["clicks.both" "clicks.us"]`) || !strings.Contains(reason, "matches this pattern and the one in line") {
		t.Errorf("readiness says %q", reason)
	}
	w.seen([]string{"orders"})
	_ = w.look(t.Context())
	if reasons[onMapping] != "" {
		t.Errorf("readiness still says %q", reasons[onMapping])
	}
	c.tables["clicks"] = newTable("clicks", "4", "id")
	w.seen([]string{"clicks.us", "orders"})
	_ = w.look(t.Context())
	demand(t, s, "replace clicks.eu", "add clicks.us from its first record")
	if n := len(w.plans); n != 5 {
		t.Errorf("%d plans", n)
	}
}

// TestTheSameTopicsAskForNoLook: a list that is as before wakes nobody.
func TestTheSameTopicsAskForNoLook(t *testing.T) {
	w, _, _ := newWatchOf(t, withPattern)
	w.seen([]string{"a"})
	<-w.asked
	w.seen([]string{"a"})
	select {
	case <-w.asked:
		t.Error("a look was asked for")
	default:
	}
}

func TestSayWhatPatternsMatch(t *testing.T) {
	file, found := mapping.Parse("mapping.yaml", []byte(withPattern))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	m := &mappingFile{File: file}
	names := []string{"clicks.z"}
	for c := range slices.Values([]byte("abcdefghijklmnopqrstuvwxy")) {
		names = append(names, "clicks."+string(c))
	}
	slices.Sort(names)
	said := m.withTopics(names).say("none", "later")
	if len(said) != 2 || said[0].Severity != mapping.Note || !strings.HasPrefix(said[0].Message, "the pattern matches these topics now (26): clicks.a, clicks.b,") ||
		!strings.HasSuffix(said[0].Message, "clicks.t, …") || said[1].Severity != mapping.Warning || said[1].Message != "none" {
		t.Errorf("said %v", said)
	}
	if said := m.say("", "set it"); len(said) != 2 || !strings.Contains(said[0].Message, "was not looked up") {
		t.Errorf("said %v", said)
	}
}
