package tried

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestExamples: the mappings of the examples fit their tables and schemas, and
// none of their records becomes a dead letter. TestExamples of package test runs
// them on real servers.
func TestExamples(t *testing.T) {
	paths, err := filepath.Glob("../../examples/*/mapping.yaml")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			e, err := Folder(filepath.Dir(path))
			if err != nil {
				t.Fatal(err)
			}
			rows, err := e.Rows(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(rows, "dead letter") || rows == "" {
				t.Errorf("the records give\n%s", rows)
			}
		})
	}
}
