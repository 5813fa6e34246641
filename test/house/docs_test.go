package house

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]*)`")
	testFunc = regexp.MustCompile(`(?m)^func (Test[A-Z][A-Za-z0-9]*)\(`)
	link     = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
)

// Every test that a page names exists, and every page or file that it links to.
// What is promised with the name of a test that was renamed is promised by nobody.
func TestPagesNameWhatIsThere(t *testing.T) {
	tests := map[string]bool{}
	var pages []string
	for _, file := range ownFiles(t) {
		switch {
		case strings.HasSuffix(file, "_test.go"):
			for _, found := range testFunc.FindAllStringSubmatch(read(t, file), -1) {
				tests[found[1]] = true
			}
		case strings.HasSuffix(file, ".md"):
			pages = append(pages, file)
		}
	}
	named := 0
	for _, page := range pages {
		text := read(t, page)
		for _, found := range testName.FindAllStringSubmatch(text, -1) {
			if named++; !tests[found[1]] {
				t.Errorf("%s names %s, which is no test", page, found[1])
			}
		}
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), found[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, found[1], err)
			}
		}
	}
	if len(pages) < 5 || named < 20 {
		t.Errorf("%d pages and %d names of tests were looked at: the search is broken", len(pages), named)
	}
}

// ownFiles gives the project's files, without what its commands make.
func ownFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", ".local", "bin"}, entry.Name()) {
			return filepath.SkipDir
		}
		if !entry.IsDir() {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
