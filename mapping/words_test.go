package mapping

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const pagePath = "../docs/mapping.md"

// TestPageTables holds the page's tables of keys against the parser's keys and
// their words. A table begins at a marker such as <!-- keys: topic --> and ends
// at an empty line.
func TestPageTables(t *testing.T) {
	text, err := os.ReadFile(pagePath)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, e := range entries() {
		marker := fmt.Sprintf("<!-- keys: %s -->\n", e.name)
		before, rest, found := strings.Cut(page, marker)
		_, after, ended := strings.Cut(rest, "\n\n")
		if !found || !ended {
			t.Errorf("docs/mapping.md has no table after %q", marker)
			continue
		}
		page = before + marker + e.table() + "\n" + after
		for key, w := range e.words {
			if heading := strings.ReplaceAll(w.see, "-", " "); w.see != "" && !strings.Contains(strings.ToLower(strings.ReplaceAll(page, ",", "")), "# "+heading+"\n") {
				t.Errorf("the words of %q point to #%s, which is no heading of docs/mapping.md", key, w.see)
			}
		}
	}
	if page == string(text) {
		return
	}
	if !*update {
		t.Fatal("the tables of keys in docs/mapping.md are out of date; run: go test ./mapping -run TestPageTables -update")
	}
	if err := os.WriteFile(pagePath, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table writes an entry's keys for the page.
func (e *entryKind) table() string {
	var b strings.Builder
	b.WriteString("| key | meaning |\n|---|---|\n")
	for _, key := range e.keys {
		w := e.words[key]
		about := w.about
		if slices.Contains(e.required, key) {
			about = "Required. " + about
		}
		if w.see != "" {
			about += " See [below](#" + w.see + ")."
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", key, about)
	}
	return b.String()
}
