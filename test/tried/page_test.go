package tried

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"ingest/mapping/registry"
)

var update = flag.Bool("update", false, "write the rows into the pages anew")

// TestPages tries the examples of the reference. Behind a mapping, up to the next
// one, stand fenced blocks that complete it:
//
//	```sql             the tables
//	```json SUBJECT    a schema; several of one subject are its versions. Or the file
//	                   that the mapping names under schema:
//	```json records    records, one a line: see Record
//	```text rows       what comes of them
//
// A mapping without rows would be held against nothing.
func TestPages(t *testing.T) {
	text, err := os.ReadFile("../../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Split(string(text), "\n")
	tried := 0
	for _, p := range readPage(page) {
		tried++
		t.Run(fmt.Sprint("line ", p.line), func(t *testing.T) {
			if p.rows.first == 0 {
				t.Fatal("the example has no rows: put its tables, schemas, records and rows below it")
			}
			got, err := p.Rows(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Join(page[p.rows.first:p.rows.end], "\n") + "\n"; got != want {
				if *update {
					replaceRows(t, want, got)
				}
				t.Errorf("line %d of the page shows\n%sand the mapping gives\n%s", p.rows.first, want, got)
			}
		})
	}
	if tried < 15 {
		t.Errorf("the page has %d examples: the search is broken", tried)
	}
}

func replaceRows(t *testing.T, from, to string) {
	t.Helper()
	const path = "../../docs/mapping.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(page), "```text rows\n"+strings.TrimPrefix(from, "\n")+"```", "```text rows\n"+to+"```", 1)
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pageExample is an example with the lines that it stands in.
type pageExample struct {
	Example
	line int
	rows struct{ first, end int }
}

func readPage(lines []string) []*pageExample {
	var found []*pageExample
	for i := 0; i < len(lines); i++ {
		info, fence := strings.CutPrefix(lines[i], "```")
		if !fence {
			continue
		}
		start := i + 1
		for i = start; i < len(lines) && lines[i] != "```"; i++ {
		}
		found = take(found, info, lines, start, i)
	}
	return found
}

// take adds a block, of the lines from start to end, to the example that it
// belongs to.
func take(found []*pageExample, info string, lines []string, start, end int) []*pageExample {
	text := strings.Join(lines[start:end], "\n") + "\n"
	if info == "yaml" {
		return append(found, &pageExample{Example: Example{Mapping: text}, line: start})
	}
	if len(found) == 0 {
		return found
	}
	p := found[len(found)-1]
	subject, isJSON := strings.CutPrefix(info, "json ")
	switch {
	case info == "sql":
		p.CQL += text
	case info == "json records":
		p.Records += text
	case info == "text rows":
		p.rows.first, p.rows.end = start, end
	case isJSON:
		p.Schemas = append(p.Schemas, registry.SchemaFile{Subject: subject, File: fmt.Sprint("line ", start), Text: text})
	}
	return found
}
