package mapping

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestClockFaults shows what people see for settings of the clock that are out
// of range.
func TestClockFaults(t *testing.T) {
	src, err := os.ReadFile("testdata/clock.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, ds := Parse("clock.yaml", src)
	golden(t, "clock.golden", rendered(t, ds, src))
}

const oneTable = "topics: [{topic: a, tables: [{table: k.t, columns_from: value}]}]\n"

func TestMaxFuture(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"":                    24 * time.Hour,
		"max_future: 24h\n":   24 * time.Hour,
		"max_future: 1m\n":    time.Minute,
		"max_future: 60s\n":   time.Minute,
		"max_future: 3650d\n": 10 * 365 * 24 * time.Hour,
		"max_future: 2w\n":    14 * 24 * time.Hour,
		"max_future: off\n":   0,
		"max_future: 'off'\n": 0,
	} {
		if f := mustParse(t, "version: 1\n"+line+oneTable); f.MaxFuture != want {
			t.Errorf("%q gives %v, want %v", line, f.MaxFuture, want)
		}
	}
	for text, want := range map[string]string{
		"59s":         "max_future 59s is out of range: it goes from 1m to 3650d (10 years)",
		"3651d":       "max_future 3651d is out of range",
		"4294967295w": "max_future 4294967295w is out of range",
		"0s":          "max_future 0s is out of range",
		"24":          `max_future "24" is not a duration`,
		"1.5h":        `max_future "1.5h" is not a duration`,
		"-1h":         `max_future "-1h" is not a duration`,
		"1h30m":       `max_future "1h30m" is not a duration`,
		"false":       `max_future "false" is not a duration`,
		"5000000000s": `max_future "5000000000s" is not a duration`,
		"[1h]":        `"max_future" must be a single value, not a list`,
		"":            `"max_future" has no value`,
	} {
		f, ds := Parse("f", []byte("version: 1\nmax_future: "+text+"\n"+oneTable))
		if f != nil || ds.Err() == nil || !strings.Contains(ds.Err().Error(), want) {
			t.Errorf("%q gives %v, want %s", text, ds, want)
		}
	}
}
