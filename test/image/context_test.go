package image

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The build's context has every package that the worker is made of, and .dockerignore
// names no folder that is gone.
func TestContextHasEveryPackage(t *testing.T) {
	text, err := os.ReadFile("../../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	var allowed []string
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			allowed = append(allowed, name)
			if _, err := os.Stat("../../" + name); err != nil {
				t.Errorf(".dockerignore lets in %s: %v", name, err)
			}
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./cmd/ingest")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for pkg := range strings.FieldsSeq(string(out)) {
		folder, own := strings.CutPrefix(pkg, "ingest/")
		if !own {
			continue
		}
		seen++
		if !slices.ContainsFunc(allowed, func(a string) bool { return folder == a || strings.HasPrefix(folder, a+"/") }) {
			t.Errorf(".dockerignore keeps %s out of the image's build", folder)
		}
	}
	if seen < 5 {
		t.Errorf("only %d packages of ours: the search is broken", seen)
	}
}
