//go:build stack

package harness

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

// Main is the body of a TestMain, which exits with the code it gives. It builds
// the worker, starts the servers, hands both to share, runs the tests, and takes
// everything down again.
func Main(m *testing.M, options stack.Options, share func(*stack.Stack, Binary)) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "ingest-test-")
	if err != nil {
		return complain(err)
	}
	defer os.RemoveAll(dir)
	worker, err := Build(ctx, dir)
	if err != nil {
		return complain(err)
	}
	options.Progress = stack.WriterProgress(os.Stderr)
	servers, err := stack.Start(ctx, options)
	if err != nil {
		return complain(err)
	}
	defer servers.Stop()
	share(servers, worker)
	code = m.Run()
	if code != 0 {
		servers.KeepLogs()
	}
	return code
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// Binary is the path of the worker, built for this run of the tests.
type Binary string

// Build builds the worker into a folder.
func Build(ctx context.Context, dir string) (Binary, error) {
	path := filepath.Join(dir, "ingest")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "ingest/cmd/ingest").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the worker: %w\n%s", err, out)
	}
	return Binary(path), nil
}
