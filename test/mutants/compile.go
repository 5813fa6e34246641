package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// weaver compiles a package's tests with many mutants in them.
type weaver struct {
	root    string
	sources map[string]string // of the files, by path from the root
	mutants []*mutant
	broken  map[int]bool // numbers of those that do not compile
}

// compile makes the test binary of the package with all mutants of functions that
// compile, and finds out which do not.
func (w *weaver) compile(ctx context.Context, binary string) error {
	for {
		files := map[string]string{filepath.Join(mutatedPackage, "mutant_at_work.go"): fmt.Sprintf(chooser, filepath.Base(mutatedPackage))}
		lines := map[string]map[int]int{}
		for file, source := range w.sources {
			f := weave(source, w.numbers(file), w.mutants)
			files[file], lines[flatName(file)] = f.text, f.lines
		}
		said, err := goTestCompile(ctx, w.root, files, binary)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !w.blame(said, lines) {
			return fmt.Errorf("compiling the mutants: %w\n%s", err, said)
		}
	}
}

// numbers are those of the file's mutants that are woven in.
func (w *weaver) numbers(file string) (numbers []int) {
	for i, m := range w.mutants {
		if m.file == file && m.in != nil && !w.broken[i] {
			numbers = append(numbers, i)
		}
	}
	return numbers
}

// compilerLine is where the compiler says that something is wrong.
var compilerLine = regexp.MustCompile(`(?m)([^/\s]+\.go):(\d+):\d+: `)

// blame notes the mutants that the compiler refuses; false when there is none.
func (w *weaver) blame(said string, lines map[string]map[int]int) bool {
	found := false
	for _, match := range compilerLine.FindAllStringSubmatch(said, -1) {
		line, _ := strconv.Atoi(match[2])
		if n, ok := lines[match[1]][line]; ok {
			w.broken[n], found = true, true
		}
	}
	return found
}

// goTestCompile compiles the tests of the mutated package with some files replaced.
func goTestCompile(ctx context.Context, root string, files map[string]string, binary string) (said string, err error) {
	overlay, remove, err := writeOverlay(root, files)
	if err != nil {
		return "", err
	}
	defer remove()
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-gcflags=-e", "-ldflags=-s -w", "-overlay", overlay, "-o", binary, "./"+mutatedPackage)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// runBinary runs compiled tests with a mutant at work; 0 for none.
func runBinary(ctx context.Context, root, binary string, number int) (verdict, string, error) {
	ctx, cancel := context.WithTimeout(ctx, killAfter)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.failfast", "-test.timeout", testTimeout.String())
	cmd.Dir = filepath.Join(root, mutatedPackage)
	cmd.Env = slices.Concat(os.Environ(), rapidEnv, []string{chooserVariable + "=" + strconv.Itoa(number)})
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return "", "", context.Cause(ctx)
	}
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return "", "", err
	}
	if err == nil {
		return passed, "", nil
	}
	return failure(string(out)), string(out), nil
}
