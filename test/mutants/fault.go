package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// fault is a mistake that somebody could make, and the tests that catch it.
type fault struct {
	Name    string `yaml:"name"`
	Package string `yaml:"package"` // of the tests, from the root of the repository
	Tests   string `yaml:"tests"`   // names, separated by spaces; each must fail
	Edits   []edit `yaml:"edits"`
	area    string // the listing's name
}

// edit replaces a text that occurs exactly once in a file.
type edit struct {
	File string `yaml:"file"`
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// loadFaults reads the listings.
func loadFaults(root string) ([]fault, error) {
	files, err := filepath.Glob(filepath.Join(root, "test/mutants/planted/*.yaml"))
	if err != nil {
		return nil, err
	}
	var all []fault
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var some []fault
		if err := yaml.Unmarshal(text, &some); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for i := range some {
			some[i].area = strings.TrimSuffix(filepath.Base(file), ".yaml")
		}
		all = append(all, some...)
	}
	return all, nil
}

// apply gives the files with the fault in them, by path from the root.
func (f *fault) apply(root string) (map[string]string, error) {
	changed := map[string]string{}
	for _, e := range f.Edits {
		text, ok := changed[e.File]
		if !ok {
			read, err := os.ReadFile(filepath.Join(root, e.File))
			if err != nil {
				return nil, fmt.Errorf("fault %q: %w", f.Name, err)
			}
			text = string(read)
		}
		if n := strings.Count(text, e.From); n != 1 {
			return nil, fmt.Errorf("fault %q: its text occurs %d times in %s, not once: follow the change of the code in test/mutants/planted/%s.yaml", f.Name, n, e.File, f.area)
		}
		changed[e.File] = strings.Replace(text, e.From, e.To, 1)
	}
	return changed, nil
}

func (f *fault) tests() []string { return strings.Fields(f.Tests) }

// namedTests are the packages with the tests that the faults name there.
func namedTests(faults []fault) map[string][]string {
	tests := map[string][]string{}
	for i := range faults {
		p := faults[i].Package
		tests[p] = append(tests[p], faults[i].tests()...)
	}
	for p := range tests {
		slices.Sort(tests[p])
		tests[p] = slices.Compact(tests[p])
	}
	return tests
}

// row is the fault's line in docs/mutants.md.
func (f *fault) row(seconds float64) string {
	return fmt.Sprintf("| %s | `%s` | %s | %.2f |", f.Name, strings.Join(f.tests(), "`, `"), strings.TrimPrefix(f.Package, "./"), seconds)
}
