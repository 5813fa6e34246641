package mapping

import (
	"os"
	"strings"
	"testing"
)

// TestExpressionFaults: every mistake of a file has its message, at its place, with
// what to do about it.
func TestExpressionFaults(t *testing.T) {
	src, err := os.ReadFile("testdata/expressions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, ds := Parse("expressions.yaml", src)
	golden(t, "expressions.golden", rendered(t, ds, src))
	everyLineHasAFault(t, ds, src, 6)
}

// everyLineHasAFault holds each line from one on, but for those that only open a
// block, to having a fault with a place in it and with a hint.
func everyLineHasAFault(t *testing.T, ds Diagnostics, src []byte, from int) {
	t.Helper()
	faulty := map[int]bool{}
	for _, d := range ds {
		faulty[d.Line] = true
		if d.Hint == "" {
			t.Errorf("%s: says nothing about what to do", d.String())
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(string(src)), "\n") {
		if i+1 >= from && !strings.HasSuffix(line, ":") && !faulty[i+1] {
			t.Errorf("line %d has no fault: %s", i+1, line)
		}
	}
}
