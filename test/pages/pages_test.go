package pages

import (
	"slices"
	"testing"
)

const page = "# A page\n\n```sh\nls\n```\n\n```text exit=2\nno such file\n```\n\n```yaml a.yaml\na: 1\n```\n\n" +
	"<!-- not run: it needs a registry -->\n```sh\ndocker push\n```\n\n```\nfor the reader\n```\n" +
	"<!-- run on: kubernetes -->\n```sh\nhelm list\n```\n"

func TestParse(t *testing.T) {
	got, err := parse(page)
	want := []Block{
		{Line: 3, Text: "ls\n", Prints: "no such file\n", Exit: 2},
		{Line: 11, File: "a.yaml", Text: "a: 1\n"},
		{Line: 16, Text: "docker push\n", NotRun: "it needs a registry"},
		{Line: 24, Text: "helm list\n", On: "kubernetes"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for name, faulty := range map[string]string{
		"an open block":           "```sh\nls\n",
		"output of nothing":       "```text\nx\n```\n",
		"output of a file":        "```yaml a\nx\n```\n```text\nx\n```\n",
		"two outputs":             "```sh\nls\n```\n```text\nx\n```\n```text\nx\n```\n",
		"an exit code of letters": "```sh\nls\n```\n```text exit=x\nx\n```\n",
		"a reason for no block":   "<!-- not run: it needs a cluster -->\n",
		"a place for no block":    "<!-- run on: kubernetes -->\n",
	} {
		if got, err := parse(faulty); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		page, output string
		want         bool
	}{
		{"", "", true},
		{"", "x\n", false},
		{"x\n", "", false},
		{"a  b\n", "a b\n", true},
		{"a.b\n", "aXb\n", false},
		{"a … c\n", "a b c\n", true},
		{"a … c\n", "a b\nc\n", false},
		{"a\n…\nc\n", "a\nc\n", true},
		{"a\n…\nc\n", "a\nb\nb\nc\n", true},
		{"a\n…\nc\n", "a\nb\nb\n", false},
		{"a\n", "a\nb\n", false},
		{"b\n", "a\nb\n", false},
		{"id | n\n---+---\n 1 |  2\n", "id | n\n1 | 2\n", true},
	} {
		if got := Matches(c.page, c.output); got != c.want {
			t.Errorf("Matches(%q, %q) = %v", c.page, c.output, got)
		}
	}
}
