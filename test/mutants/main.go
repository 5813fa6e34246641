package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var (
		what    = flag.String("only", "", "`faults` or mutants: leave the others out")
		name    = flag.String("name", "", "only those whose name contains `text`")
		table   = flag.Bool("table", false, "print the planted faults as docs/mutants.md lists them")
		workers = flag.Int("workers", 2, "how many `tests` run at once")
	)
	flag.Parse()
	root, err := rootFolder(ctx)
	if err != nil {
		return err
	}
	t := &tester{root: root, workers: *workers, partly: *name != "", table: *table, out: os.Stdout}
	if *what != "mutants" {
		faults, err := loadFaults(root)
		if err != nil {
			return err
		}
		faults = slices.DeleteFunc(faults, func(f fault) bool { return !strings.Contains(f.Name, *name) })
		if err := t.plant(ctx, faults); err != nil {
			return err
		}
	}
	if *what != "faults" {
		mutants, err := loadMutants(root)
		if err != nil {
			return err
		}
		mutants = slices.DeleteFunc(mutants, func(m *mutant) bool { return !strings.Contains(m.name, *name) })
		known, err := loadSurvivors(root)
		if err != nil {
			return err
		}
		return t.survive(ctx, mutants, known)
	}
	return nil
}

// rootFolder is the folder of the module that the tool runs in.
func rootFolder(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("asking for the module: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if file == "" || file == os.DevNull {
		return "", errors.New("run it in the repository")
	}
	return filepath.Dir(file), nil
}
