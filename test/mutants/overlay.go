package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// writeOverlay writes changed files, by path from the root, and the list that names
// them to the go command. The tree stays as it is.
func writeOverlay(root string, changed map[string]string) (list string, remove func(), err error) {
	folder, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(folder) }
	replace := map[string]string{}
	for file, text := range changed {
		path := filepath.Join(folder, flatName(file))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			remove()
			return "", nil, err
		}
		replace[filepath.Join(root, file)] = path
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		list = filepath.Join(folder, "overlay.json")
		err = os.WriteFile(list, text, 0o600)
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return list, remove, nil
}

// flatName is a path as the name of a file, as compilers' messages show it.
func flatName(file string) string { return strings.ReplaceAll(file, "/", "_") }
