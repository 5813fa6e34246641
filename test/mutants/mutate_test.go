package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

const sample = `package sample

const limit = 7

func (b *box) put(n int) (bool, error) {
	if n > limit && b.open {
		return false, errors.New("too much")
	}
	b.sum += n
	select {
	case b.full <- true:
	default:
	}
	return n == 1, nil
}

func (b *box) clear() {
	b.sum = 0
}
`

func TestMutate(t *testing.T) {
	mutants, err := mutate("some/sample.go", sample)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range mutants {
		names = append(names, strings.TrimPrefix(m.name, "sample.go "))
		if m.in == nil {
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", m.apart(sample), 0); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
	want := []string{
		"limit: 7 plus 1",
		"limit: 7 minus 1",
		"put: not n > limit && b.open",
		"put: n > limit && b.open with ||",
		"put: n > limit with >=",
		`put: empty errors.New("too much") in return`,
		"put: false -> true",
		"put: b.sum += n with -=",
		"put: without b.sum += n",
		"put: true -> false",
		"put: empty n == 1 in return",
		"put: n == 1 with !=",
		"put: 1 plus 1",
		"put: 1 minus 1",
		"clear: without b.sum = 0",
		"clear: 0 plus 1",
		"clear: 0 minus 1",
	}
	if !slices.Equal(names, want) {
		t.Errorf("mutants\n%s\nwant\n%s", strings.Join(names, "\n"), strings.Join(want, "\n"))
	}
}

// All mutants of functions fit into one file that is Go, each on lines of its own.
func TestWeave(t *testing.T) {
	mutants, err := mutate("some/sample.go", sample)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int
	for i, m := range mutants {
		if m.in != nil {
			numbers = append(numbers, i)
		}
	}
	w := weave(sample, numbers, mutants)
	if _, err := parser.ParseFile(token.NewFileSet(), "", w.text, 0); err != nil {
		t.Fatalf("%v\n%s", err, w.text)
	}
	lines := strings.Split(w.text, "\n")
	for _, n := range numbers {
		var own []string
		for i, line := range lines {
			if at, ok := w.lines[i+1]; ok && at == n {
				own = append(own, line)
			}
		}
		m := mutants[n]
		if text := strings.Join(own, "\n"); !strings.Contains(text, m.with) || !strings.HasPrefix(text, "case ") {
			t.Errorf("%s is on the lines\n%s", m.name, text)
		}
	}
}

func TestVerdicts(t *testing.T) {
	event := func(s ...string) string { return strings.Join(s, "\n") }
	for name, tc := range map[string]struct {
		output string
		want   verdict
	}{
		"an assertion":   {event(`{"Action":"run","Test":"TestA"}`, `{"Action":"output","Test":"TestA","Output":"a_test.go:1: no\n"}`, `{"Action":"fail","Test":"TestA"}`, `{"Action":"fail"}`), failed},
		"a panic":        {event(`{"Action":"run","Test":"TestA"}`, `{"Action":"output","Output":"panic: oh\n"}`, `{"Action":"fail"}`), panicked},
		"a timeout":      {event(`{"Action":"run","Test":"TestA"}`, `{"Action":"output","Output":"panic: test timed out after 20s\n"}`, `{"Action":"fail"}`), timedOut},
		"a broken build": {event(`{"Action":"build-output","Output":"undefined: x\n"}`, `{"Action":"build-fail"}`, `{"Action":"fail"}`), notBuilt},
		"no such test":   {`{"Action":"pass"}`, nothingRan},
		"all is well":    {event(`{"Action":"run","Test":"TestA"}`, `{"Action":"pass","Test":"TestA"}`, `{"Action":"pass"}`), passed},
	} {
		t.Run(name, func(t *testing.T) {
			if got := read(bytes.NewBufferString(tc.output)).verdict; got != tc.want {
				t.Errorf("verdict %q, want %q", got, tc.want)
			}
		})
	}
}
