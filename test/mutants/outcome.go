package main

import (
	"encoding/json"
	"io"
	"strings"
)

// verdict is how a run of tests ended.
type verdict string

const (
	passed     verdict = "passed"
	failed     verdict = "failed"      // by an assertion
	panicked   verdict = "panicked"    // of the code, the runtime or the test's bubble
	timedOut   verdict = "timed out"   // nothing in virtual time takes that long
	notBuilt   verdict = "not built"   // the mutant does not compile
	nothingRan verdict = "nothing ran" // no test has the name
)

// outcome is a run's verdict, what each test said, and the output.
type outcome struct {
	verdict verdict
	failed  map[string]bool
	ran     map[string]bool
	seconds float64 // of the tests that failed
	output  string
}

// read makes an outcome of what `go test -json` said.
func read(out io.Reader) *outcome {
	o := &outcome{verdict: passed, failed: map[string]bool{}, ran: map[string]bool{}}
	var text strings.Builder
	built := true
	for dec := json.NewDecoder(out); ; {
		var event struct {
			Action, Test, Output string
			Elapsed              float64
		}
		if err := dec.Decode(&event); err != nil {
			rest, _ := io.ReadAll(io.MultiReader(dec.Buffered(), out))
			text.Write(rest)
			break
		}
		text.WriteString(event.Output)
		switch event.Action {
		case "run":
			o.ran[event.Test] = true
		case "fail":
			o.verdict = failed
			o.failed[event.Test] = true
			if event.Test != "" && !strings.Contains(event.Test, "/") {
				o.seconds += event.Elapsed
			}
		case "build-fail":
			built = false
		}
	}
	o.output = text.String()
	switch {
	case !built:
		o.verdict = notBuilt
	case o.verdict == failed:
		o.verdict = failure(o.output)
	case len(o.ran) == 0:
		o.verdict = nothingRan
	}
	return o
}

// failure tells how tests failed from their output.
func failure(output string) verdict {
	switch {
	case strings.Contains(output, "panic: test timed out"):
		return timedOut
	case strings.Contains(output, "panic: ") || strings.Contains(output, "fatal error: "):
		return panicked
	}
	return failed
}

// excerptLines bounds what is told of a run that went wrong.
const excerptLines = 12

// excerpt gives the beginning of what a run said of its failures.
func excerpt(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		if !strings.Contains(line, " level=") && !strings.HasPrefix(line, "=== ") && !strings.Contains(line, "--- PASS") && len(lines) < excerptLines {
			lines = append(lines, "        "+line)
		}
	}
	return strings.Join(lines, "")
}
