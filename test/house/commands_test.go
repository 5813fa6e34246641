package house

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ingest/test/pages"
)

// notRun are the commands that no test runs, by page, with the first of them. Each
// says on the page why; what is a test itself is no use to run in one.
var notRun = []string{
	"CONTRIBUTING.md:make build", "CONTRIBUTING.md:make unit", "README.md:make demo", "docs/crash-tests.md:go test", "docs/deploy.md:make image",
	"docs/howto/managed-clusters.md:kubectl -n", "docs/mutants.md:go run", "docs/performance.md:make bench", "docs/tutorial.md:export PATH=$PWD/bin:$PATH", "docs/tutorial.md:make demo",
}

// aCommand is a line that somebody would type, outside of a block ```sh.
var aCommand = regexp.MustCompile(`^(    |\t)? *(\$ )?((bin/)?ingest|helm|kubectl|make|kafka-[a-z-]+(\.sh)?|cqlsh|docker|curl|go|rpk|export|sed) [-a-z"'./]`)

// Every command of a page is in a block that a test runs: TestDocs on the stack,
// TestKubernetes on a cluster. The pages' names stand in the lists of these tests.
func TestEveryCommandOfThePagesIsRun(t *testing.T) {
	onStack := pagesOf(t, "../docs_test.go", regexp.MustCompile(`\{file: "([^"]+)"`))
	onKubernetes := pagesOf(t, "../kubernetes_test.go", regexp.MustCompile(`(?m)^	\{"([^"]+)", (?:true|false)\}`))
	whole := pagesOf(t, "../kubernetes_test.go", regexp.MustCompile(`(?m)^	\{"([^"]+)", true\}`))
	blocks, left := 0, map[string]bool{}
	for _, file := range ownFiles(t) {
		if !strings.HasSuffix(file, ".md") {
			continue
		}
		name := filepath.ToSlash(strings.TrimPrefix(file, "../../"))
		text := read(t, file)
		for _, line := range loose(text) {
			t.Errorf("%s: a command that no test runs: %s", name, line)
		}
		if !strings.Contains(text, "\n```sh\n") {
			continue
		}
		found, err := pages.Read(file)
		if err != nil {
			t.Error(err)
		}
		for _, b := range found {
			if b.File != "" {
				continue
			}
			blocks++
			switch {
			case b.NotRun != "":
				left[name+":"+strings.Join(strings.Fields(b.Text)[:2], " ")] = true
			case whole[name], b.On == "kubernetes" && onKubernetes[name], b.On == "" && onStack[name]:
			default:
				t.Errorf("%s:%d: no test runs this block", name, b.Line)
			}
		}
	}
	if now := slices.Sorted(maps.Keys(left)); !slices.Equal(now, notRun) {
		t.Errorf("not run are %q, and known to be so %q", now, notRun)
	}
	if blocks < 40 || len(onStack) < 10 || len(whole) < 4 {
		t.Errorf("%d blocks, %d and %d pages: the search is broken", blocks, len(onStack), len(whole))
	}
}

// pagesOf gives the pages that a test's list names, relative to docs there, by their
// path in the repository.
func pagesOf(t *testing.T, file string, entry *regexp.Regexp) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, found := range entry.FindAllStringSubmatch(read(t, file), -1) {
		out[filepath.ToSlash(filepath.Join("docs", found[1]))] = true
	}
	return out
}

// loose gives the commands of a page that are in no block ```sh, nor in one that
// shows another language or what a command prints.
func loose(page string) (out []string) {
	fence := ""
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if kind, isFence := strings.CutPrefix(line, "```"); isFence {
			if fence == "" {
				fence = "a block of " + kind
			} else {
				fence = ""
			}
			continue
		}
		indented := strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")
		if (fence == "" && indented || fence == "a block of ") && aCommand.MatchString(line) {
			out = append(out, line)
		}
	}
	return out
}

// The search sees a command in each place where it would be run by nobody.
func TestLooseCommandsAreSeen(t *testing.T) {
	for page, want := range map[string]int{
		"    ingest run\n":                  1,
		"    kubectl -n shop get pods\n":    1,
		"```\nhelm install orders\n```\n":   1,
		"```sh\nhelm install orders\n```\n": 0,
		"```text\ningest run\n```\n":        0,
		"make it so\n":                      0,
		"    key: value\n":                  0,
	} {
		if got := loose(page); len(got) != want {
			t.Errorf("%q: %q", page, got)
		}
	}
}

// Every target of make that a page names is one of the Makefile.
func TestTargetsOfMakeExist(t *testing.T) {
	targets := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^([a-z-]+):.*## `).FindAllStringSubmatch(read(t, "../../Makefile"), -1) {
		targets[found[1]] = true
	}
	named := 0
	for _, file := range ownFiles(t) {
		if !strings.HasSuffix(file, ".md") {
			continue
		}
		for _, found := range regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(read(t, file), -1) {
			if named++; !targets[found[1]] {
				t.Errorf("%s: make has no target %s", file, found[1])
			}
		}
	}
	if named < 10 {
		t.Errorf("%d names of targets: the search is broken", named)
	}
}
