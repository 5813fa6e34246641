package main

import (
	"fmt"
	"strings"
)

// chooser is the file that says which of the woven mutants is at work: none
// unless the environment names one by its number.
const (
	chooserVariable = "INGEST_TEST_MUTANT"
	chooser         = `package %s

import (
	"os"
	"strconv"
)

var mutantAtWork, _ = strconv.Atoi(os.Getenv("` + chooserVariable + `"))
`
)

// woven is a file that holds many mutants, so that it is compiled once for all of
// them: each function begins with a switch that has one case for each mutant of
// the function, with the whole body in it.
type woven struct {
	text  string
	lines map[int]int // number of the mutant on a line of text
}

// weave puts mutants, by number, into the source of their file. They are in its
// order.
func weave(source string, numbers []int, mutants []*mutant) woven {
	w := woven{lines: map[int]int{}}
	var out strings.Builder
	done, line := 0, 1
	write := func(text string) {
		out.WriteString(text)
		line += strings.Count(text, "\n")
	}
	for i := 0; i < len(numbers); {
		in := mutants[numbers[i]].in
		write(source[done:in.from])
		done = in.from
		write("\nswitch mutantAtWork {\n")
		for ; i < len(numbers) && mutants[numbers[i]].in == in; i++ {
			n, m := numbers[i], mutants[numbers[i]]
			first := line
			write(fmt.Sprintf("case %d:\n%s%s%s\n", n+1, source[in.from:m.from], m.with, source[m.to:in.to]))
			if !in.returns {
				write("return\n")
			}
			for l := first; l < line; l++ {
				w.lines[l] = n
			}
		}
		write("}\n")
	}
	write(source[done:])
	w.text = out.String()
	return w
}

// apart gives the file of a mutant that cannot be woven in: a constant's.
func (m *mutant) apart(source string) string { return source[:m.from] + m.with + source[m.to:] }
