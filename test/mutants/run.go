package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// testTimeout bounds one run's tests; they take a second or less. killAfter bounds
// all of it, with the compiler's work.
const (
	testTimeout = 20 * time.Second
	killAfter   = 5 * time.Minute
)

// rapidEnv has property tests draw the same values every time, and say what they
// found at once. Not every package has such tests, so that flags would be refused.
var rapidEnv = []string{"RAPID_NOFAILFILE=true", "RAPID_SEED=1", "RAPID_SHRINKTIME=0s"}

// goTest runs tests of a package, by their names, with some files replaced.
func goTest(ctx context.Context, root, pkg string, changed map[string]string, tests []string) (*outcome, error) {
	overlay, remove, err := writeOverlay(root, changed)
	if err != nil {
		return nil, err
	}
	defer remove()
	ctx, cancel := context.WithTimeout(ctx, killAfter)
	defer cancel()
	args := []string{"test", "-json", "-vet=off", "-count=1", "-ldflags=-s -w", "-overlay", overlay, "-timeout", testTimeout.String(),
		"-run", "^(" + strings.Join(tests, "|") + ")$", pkg}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), rapidEnv...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("go test was ended: %w", context.Cause(ctx))
	}
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return nil, err
	}
	o := read(&out)
	if err != nil && o.verdict == passed {
		return nil, fmt.Errorf("go test failed without a word about a test:\n%s", excerpt(o.output))
	}
	return o, nil
}
