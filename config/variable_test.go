package config

import (
	"strings"
	"testing"
)

// A setting whose name Kubernetes might inject would silently be ignored.
func TestNoSettingIsTakenForAnInjectedOne(t *testing.T) {
	for _, v := range (&Config{}).variables() {
		for _, name := range v.names() {
			if isInjected(name, "9042") {
				t.Errorf("%s is ignored", name)
			}
		}
	}
}

// Expected values by hand, from the definition of optimal string alignment.
func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "abcd", 1},
		{"abc", "bc", 1}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}, {"abcd", "badc", 2},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("%q to %q: got %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestWithoutPassword(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"/etc/ingest/@2/mapping.yaml":        "/etc/ingest/@2/mapping.yaml",
		"https://registry:8081/x":            "https://registry:8081/x",
		"https://user:pw@registry:8081":      "https://[redacted]@registry:8081",
		"https://token@registry":             "https://[redacted]@registry",
		"https://u:p@ss/w@rd@registry:8081/": "https://[redacted]@registry:8081/",
		"user:pw@cassandra-1":                "[redacted]@cassandra-1",
	} {
		if got := withoutPassword(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Validate errors of any nesting become one fault for each variable, the first.
func TestFaultsAreOneForEachName(t *testing.T) {
	var found faults
	found.add("INGEST_A", "first\nsecond line")
	found.addAll("INGEST_X_*", (&Config{}).Kafka.Validate())
	found.add("INGEST_A", "again")
	var lines []string
	for _, fault := range found.list {
		lines = append(lines, fault.String())
	}
	want := []string{
		"INGEST_A: first; second line",
		`INGEST_KAFKA_START: "" is not one of earliest, latest`,
		"INGEST_KAFKA_SESSION_TIMEOUT: 0s is not between 6s and 30m0s",
		"INGEST_KAFKA_FETCH_MAX_BYTES: 0 is not between 65536 and 50331648",
		"INGEST_KAFKA_DECOMPRESS_MAX_BYTES: 0 is not between 1048576 and 1073741824",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

// The parser gets no secret, so that it can neither show nor keep one.
func TestTheParserGetsNoSecret(t *testing.T) {
	const name = "INGEST_CASSANDRA_PASSWORD"
	c := &Config{}
	e := newEnvironment([]string{name + "=hunter2"}, c.variables())
	if e.values[name] != name {
		t.Errorf("the parser gets %q", e.values[name])
	}
	if err := e.parse(c, e.values); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Sink.Cassandra.Password.Reveal(); err != nil || got != "hunter2" {
		t.Errorf("got %q, %v", got, err)
	}
}
