package stack

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// PublishEnv writes Env to .local/stack/env of the repository, in a form that a
// shell can source, and returns the path and a function that removes the file
// unless another stack has replaced it since.
func (s *Stack) PublishEnv() (path string, withdraw func(), err error) {
	home, err := findHome()
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(string(home), "env")
	var text strings.Builder
	for _, line := range s.Env() {
		name, value, _ := strings.Cut(line, "=")
		fmt.Fprintf(&text, "export %s=%s\n", name, quoteShell(value))
	}
	content := []byte(text.String())
	if err := replaceFile(path, content); err != nil {
		return "", nil, fmt.Errorf("writing the addresses of the stack: %w", err)
	}
	return path, func() {
		if now, err := os.ReadFile(path); err == nil && bytes.Equal(now, content) {
			os.Remove(path)
		}
	}, nil
}

func quoteShell(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
