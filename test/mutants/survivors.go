package main

import (
	"fmt"
	"os"
	"path/filepath"

	yaml "go.yaml.in/yaml/v4"
)

// survivor is a mutant that no test tells from the code, and why that is borne.
type survivor struct {
	Mutant string `yaml:"mutant"`
	Reason string `yaml:"reason"`
}

// loadSurvivors gives the reasons by the mutants' names.
func loadSurvivors(root string) (map[string]string, error) {
	file := filepath.Join(root, "test/mutants/survivors.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list []survivor
	if err := yaml.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	known := map[string]string{}
	for _, s := range list {
		known[s.Mutant] = s.Reason
	}
	return known, nil
}

// readAll gives the texts of files by their paths from the root.
func readAll(root string, files []string) (map[string]string, error) {
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return nil, err
		}
		texts[file] = string(text)
	}
	return texts, nil
}
