//go:build stack

package secure

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"ingest/test/stack"
)

// What all tests share. TestMain sets them before any test runs.
var (
	servers    *stack.Stack
	executable string // the worker, built for this run
)

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

// runAll builds the worker, starts secured servers, and takes them down again.
func runAll(m *testing.M) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "ingest-secure-")
	if err != nil {
		return complain(err)
	}
	defer os.RemoveAll(dir)
	executable = filepath.Join(dir, "ingest")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", executable, "ingest/cmd/ingest").CombinedOutput(); err != nil {
		return complain(fmt.Errorf("building the worker: %w\n%s", err, out))
	}
	options := stack.Default()
	options.Secure = true
	options.Progress = stack.WriterProgress(os.Stderr)
	if servers, err = stack.Start(ctx, options); err != nil {
		return complain(err)
	}
	defer servers.Stop()
	code := m.Run()
	if code != 0 {
		servers.KeepLogs()
	}
	return code
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
