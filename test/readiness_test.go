//go:build stack

package test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"ingest/test/harness"
)

// untilUnready waits until a component's reason holds all of the texts.
func (w *worker) untilUnready(component string, texts ...string) {
	w.t.Helper()
	harness.Eventually(w.t, time.Minute, fmt.Sprintf("/readyz names %s with %q", component, texts), func() error {
		reasons, err := w.Unready()
		if err != nil {
			return err
		}
		for _, text := range texts {
			if !strings.Contains(reasons[component], text) {
				return fmt.Errorf("the reasons are %q", reasons)
			}
		}
		return nil
	})
}

var warning = regexp.MustCompile(`level=(?:WARN|ERROR) msg=("(?:[^"\\]|\\.)*"|\S+)(.*)`)

// localPort differs with every attempt.
var localPort = regexp.MustCompile(`[^\s"]+:\d+->`)

// quiet fails the test when a warning was logged with every attempt: the same
// one for the same reason more than twice, or one for ever new reasons.
func quiet(t *testing.T, output string) {
	t.Helper()
	same, every := map[string]int{}, map[string]int{}
	for _, m := range warning.FindAllStringSubmatch(output, -1) {
		same[m[1]+localPort.ReplaceAllString(m[2], "")]++
		every[m[1]]++
	}
	for line, n := range same {
		if n > 2 {
			t.Errorf("logged %d times: %s", n, line)
		}
	}
	for message, n := range every {
		if n > 8 {
			t.Errorf("logged %d times for one reason or another: %s", n, message)
		}
	}
}
