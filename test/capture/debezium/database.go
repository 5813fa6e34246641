package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"

	"ingest/test/captured"
)

// database is a source of changes.
type database interface {
	version(ctx context.Context) (string, error)
	exec(ctx context.Context, sql string) error
	rows(ctx context.Context, table string) ([]captured.Row, error)
	// settings are those of a connector that say where the database is.
	settings() map[string]string
	// topic is that of a table, behind the connector's prefix.
	topic(table string) string
}

// find gives the path of a program, from the folders that match a pattern too.
func find(name, pattern, install string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, err := filepath.Glob(filepath.Join(pattern, name))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("there is no %s: on Debian or Ubuntu, apt-get install %s", name, install)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}

// output runs a program and gives what it prints.
func printed(ctx context.Context, env []string, input string, argv ...string) (string, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(cmd.Environ(), env...)
	cmd.Stdin = bytes.NewBufferString(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", filepath.Base(argv[0]), err, input, errs.String())
	}
	return out.String(), nil
}
