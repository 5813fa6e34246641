package house

import (
	"path/filepath"
	"strings"
	"testing"
)

// Every page of docs is in its index: what is not there is found by nobody.
func TestTheIndexNamesEveryPage(t *testing.T) {
	index := read(t, "../../docs/README.md")
	pages := 0
	for _, file := range ownFiles(t) {
		page, err := filepath.Rel("../../docs", file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(page, "..") || !strings.HasSuffix(page, ".md") || page == "README.md" {
			continue
		}
		if pages++; !strings.Contains(index, "]("+page+")") {
			t.Errorf("docs/README.md does not link to %s", page)
		}
	}
	if pages < 20 {
		t.Errorf("%d pages were looked at: the search is broken", pages)
	}
}
