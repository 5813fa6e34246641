package mapping

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// block is a fenced block of a page.
type block struct {
	info, text string
	line       int
}

func blocks(t *testing.T, path string) []block {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var found []block
	open := false
	for i, line := range strings.Split(string(page), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open:
			open = false
		case fence:
			open = true
			found = append(found, block{info: info, line: i + 1})
		case open:
			found[len(found)-1].text += line + "\n"
		}
	}
	return found
}

// TestPage: the reference's examples are files that Parse takes, and its fault
// is what Parse says.
func TestPage(t *testing.T) {
	good, faulty := 0, 0
	list := blocks(t, "../docs/mapping.md")
	for i, b := range list {
		_, ds := Parse("mapping.yaml", []byte(b.text))
		switch b.info {
		case "yaml":
			good++
			accepted := func(d Diagnostic) bool {
				return d.Severity == Warning && strings.HasPrefix(d.Message, "with on_error ")
			}
			if ds = slices.DeleteFunc(ds, accepted); len(ds) > 0 {
				t.Errorf("line %d: %v", b.line, ds)
			}
		case "yaml faulty":
			faulty++
			if got := rendered(t, ds, []byte(b.text)); got != list[i+1].text {
				t.Errorf("line %d: the page shows\n%s\nand Parse says\n%s", b.line, list[i+1].text, got)
			}
		}
	}
	if good < 4 || faulty < 1 {
		t.Errorf("%d examples and %d faults on the page", good, faulty)
	}
}

// TestReadmeAndExamples: what people copy first is what Parse takes.
func TestReadmeAndExamples(t *testing.T) {
	var texts []string
	for _, b := range blocks(t, "../README.md") {
		if b.info == "yaml" {
			texts = append(texts, b.text)
		}
	}
	files, err := filepath.Glob("../examples/*/mapping.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if len(texts) < 2 {
		t.Fatalf("%d mappings found", len(texts))
	}
	for _, text := range texts {
		if _, ds := Parse("mapping.yaml", []byte(text)); len(ds) > 0 {
			t.Errorf("%v in\n%s", ds, text)
		}
	}
}

// TestPageNamesEveryKey: nothing that Parse knows is missing from the reference.
func TestPageNamesEveryKey(t *testing.T) {
	page, err := os.ReadFile("../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, group := range [][]string{keyNames(fileKeys), keyNames(defaultsKeys), keyNames(topicKeys), keyNames(tableKeys), labels, consistencies, formatNames[:]} {
		names = append(names, group...)
	}
	for _, name := range names {
		if !strings.Contains(string(page), "`"+name+"`") && !strings.Contains(string(page), "format: "+name) {
			t.Errorf("the page does not name `%s`", name)
		}
	}
	for _, name := range append(keyNames(columnKeys), keyNames(formatKeys)...) {
		if !strings.Contains(string(page), name+":") {
			t.Errorf("the page does not show %s:", name)
		}
	}
}

// TestExampleFiles: the mappings of the examples have no fault.
func TestExampleFiles(t *testing.T) {
	paths, err := filepath.Glob("../examples/*/mapping.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d mappings among the examples, %v", len(paths), err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, ds := Parse(path, src); len(ds) > 0 {
			t.Errorf("%v", ds)
		}
	}
}
