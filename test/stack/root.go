package stack

import (
	"fmt"
	"os"
	"path/filepath"
)

// home is the folder that all stacks of one repository share.
type home string

// findHome walks up from the working directory to go.mod.
func findHome() (home, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return home(filepath.Join(dir, ".local", "stack")), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod above the working directory: run this inside the repository")
		}
		dir = parent
	}
}

// lib holds the downloaded jars, one folder per artifact and version.
func (h home) lib() string { return filepath.Join(string(h), "lib") }

// run holds one folder for each stack.
func (h home) run() string { return filepath.Join(string(h), "run") }

// ports holds one lock file for each port that a stack has taken.
func (h home) ports() string { return filepath.Join(string(h), "ports") }
