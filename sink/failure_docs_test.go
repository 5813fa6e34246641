package sink

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/retry"
)

// Every reason that the worker gives for a failed write stands in docs/failure.md
// with its class, and nothing stands there that the worker never says.
func TestTheFailurePageIsTrue(t *testing.T) {
	page, err := os.ReadFile("../docs/failure.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` (?:\\| (?:0x[0-9A-F]{4}|any other) )?\\| ([a-z]+)(?:, suspect)? \\|").FindAllStringSubmatch(string(page), -1) {
		told[row[1]] = row[2]
	}
	given := reasons(t)
	for text, class := range given {
		if told[text] != class {
			t.Errorf("the page says %q of %q, the code %q", told[text], text, class)
		}
	}
	for text := range told {
		if given[text] == "" {
			t.Errorf("the page speaks of %q, which the code never says", text)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` .*\\| recorded \\|$").FindAllStringSubmatch(string(page), -1) {
		if !slices.ContainsFunc(recordings(), func(r recorded) bool { return classify(r.err).text == row[1] }) {
			t.Errorf("the page says that %q is in TestClassify", row[1])
		}
	}
	for c := retry.Transient; c <= retry.Configuration; c++ {
		if !strings.Contains(string(page), "\n| `"+c.String()+"` |") {
			t.Errorf("the page does not explain the class %s", c)
		}
	}
}

// The page lists after what a counter is not tried again.
func TestCountersAreTriedAgainOnlyWhereNothingWasCounted(t *testing.T) {
	page, err := os.ReadFile("../docs/failure.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Counters\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var told []string
	for _, line := range regexp.MustCompile("(?m)^- Of the (?:server|driver): (.*)$").FindAllStringSubmatch(section, -1) {
		for _, reason := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line[1], -1) {
			told = append(told, reason[1])
		}
	}
	var unknown []string
	row := &mapping.Row{Statement: &mapping.Statement{Op: mapping.Counter, Table: &mapping.Table{}}}
	for _, r := range recordings() {
		v := classify(r.err)
		if v.uncounted(row) != nil && !slices.Contains(unknown, v.text) {
			unknown = append(unknown, v.text)
		}
	}
	slices.Sort(told)
	slices.Sort(unknown)
	if len(told) == 0 || !slices.Equal(told, unknown) {
		t.Errorf("the page lists\n%q\nthe code knows not after\n%q", told, unknown)
	}
}

// reasons reads the verdicts that classify.go is made of: text and class.
func reasons(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "classify.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{(&panicked{}).Error(): retry.Ambiguous.String()}
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		var text, class string
		for _, e := range lit.Elts {
			field, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			switch value := field.Value.(type) {
			case *ast.BasicLit:
				text, _ = strconv.Unquote(value.Value)
			case *ast.SelectorExpr:
				class = strings.ToLower(value.Sel.Name)
			}
		}
		if text != "" {
			found[text] = class
		}
		return true
	})
	return found
}
