package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// A fault whose place in the code has changed is found here, before anybody runs
// the tool.
func TestPlantedFaultsFitTheCode(t *testing.T) {
	faults, err := loadFaults(root)
	if err != nil || len(faults) == 0 {
		t.Fatalf("%d faults, %v", len(faults), err)
	}
	names := map[string]bool{}
	for i := range faults {
		f := &faults[i]
		if names[f.Name] || f.Tests == "" || f.Package == "" || len(f.Edits) == 0 {
			t.Errorf("fault %q is listed twice, or lacks tests, a package or edits", f.Name)
		}
		names[f.Name] = true
		if _, err := f.apply(root); err != nil {
			t.Error(err)
		}
	}
}

// The documentation lists every planted fault with its tests, and every survivor
// with its reason.
func TestTheDocumentationListsThem(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/mutants.md"))
	if err != nil {
		t.Fatal(err)
	}
	faults, err := loadFaults(root)
	if err != nil {
		t.Fatal(err)
	}
	for i := range faults {
		row := faults[i].row(0)
		if row = row[:strings.LastIndex(row, "| ")]; !strings.Contains(string(text), row) {
			t.Errorf("docs/mutants.md does not have: %s", row)
		}
	}
	if n := strings.Count(string(text), "| `Test"); n != len(faults) {
		t.Errorf("docs/mutants.md lists %d faults, there are %d", n, len(faults))
	}
	survivors, err := loadSurvivors(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, reason := range survivors {
		if row := "| `" + name + "` | " + reason + " |"; !strings.Contains(string(text), row) {
			t.Errorf("docs/mutants.md does not have: %s", row)
		}
	}
}

// Survivors are mutants of the code as it is.
func TestSurvivorsAreMutants(t *testing.T) {
	mutants, err := loadMutants(root)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range mutants {
		if names[m.name] {
			t.Errorf("two mutants are named %q", m.name)
		}
		names[m.name] = true
	}
	survivors, err := loadSurvivors(root)
	if err != nil {
		t.Fatal(err)
	}
	for name := range survivors {
		if !names[name] {
			t.Errorf("survivor %q is no mutant", name)
		}
	}
}
