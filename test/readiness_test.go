//go:build stack

package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// unready asks /readyz and gives the reasons by component; none means ready.
func (w *worker) unready() (map[string]string, error) {
	w.t.Helper()
	code, body := w.get("/readyz")
	if code == 0 {
		return nil, fmt.Errorf("no answer from /readyz")
	}
	var answer struct {
		Ready   bool
		Reasons []struct{ Component, Reason string }
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		w.t.Fatalf("/readyz answers %d %q: %v", code, body, err)
	}
	if answer.Ready != (code == http.StatusOK) || !answer.Ready && code != http.StatusServiceUnavailable {
		w.t.Fatalf("/readyz answers %d %s", code, body)
	}
	reasons := map[string]string{}
	for _, r := range answer.Reasons {
		reasons[r.Component] = r.Reason
	}
	return reasons, nil
}

// untilUnready waits until a component's reason holds all of the texts.
func (w *worker) untilUnready(component string, texts ...string) {
	w.t.Helper()
	eventually(w.t, time.Minute, fmt.Sprintf("/readyz names %s with %q", component, texts), func() error {
		reasons, err := w.unready()
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

// running fails the test when the process has ended.
func (w *worker) running() {
	w.t.Helper()
	select {
	case <-w.ended:
		w.t.Fatalf("the worker has ended: %v", w.err)
	default:
	}
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
