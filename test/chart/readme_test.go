package chart

import (
	"os"
	"os/exec"
	"testing"
)

func readFile(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The chart's README is made from its values.
func TestReadme(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), helmDocs, "--chart-search-root", chartDir, "--dry-run", "--sort-values-order", "file").Output()
	if err != nil {
		t.Fatal(err)
	}
	const file = chartDir + "/README.md"
	if *update {
		if err := os.WriteFile(file, out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if readFile(t, file) != string(out) {
		t.Error("deploy/helm/README.md is not what values.yaml says: go test -update")
	}
}
