//go:build stack

package harness

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// Worker is one process of the built binary.
type Worker struct {
	t     testing.TB
	cmd   *exec.Cmd
	http  string // address of /readyz, /livez and /metrics
	log   log
	ended chan struct{}
}

// Start runs the binary with exactly the environment given, plus PATH and an
// address of its own for HTTP. It is killed when the test ends, however it ends.
func (b Binary) Start(t testing.TB, env []string, args ...string) *Worker {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return b.StartOn(t, out, in, env, args...)
}

// StartOn is Start with the two ends of what the worker writes to, such as those
// of a terminal. It closes both.
func (b Binary) StartOn(t testing.TB, out, in *os.File, env []string, args ...string) *Worker {
	t.Helper()
	w := &Worker{t: t, http: FreeAddress(t), ended: make(chan struct{})}
	w.cmd = exec.Command(string(b), args...)
	w.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "INGEST_HTTP_ADDR=" + w.http}, env...)
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	w.cmd.Stdout, w.cmd.Stderr = in, in
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close() // the worker's own is the last one: reading ends with the worker
	copied := make(chan struct{})
	go func() { defer close(copied); w.log.copy(out); out.Close() }()
	go func() {
		_ = w.cmd.Wait() // ProcessState holds what it says
		<-copied
		close(w.ended)
	}()
	t.Cleanup(func() {
		w.Kill()
		if t.Failed() {
			t.Logf("the log of worker %d:\n%s", w.cmd.Process.Pid, w.Tail())
		}
	})
	return w
}

// Output gives what the worker has said so far, its first 4 MiB at most.
func (w *Worker) Output() string { return w.log.String() }

// Tail gives the last 8000 bytes of Output.
func (w *Worker) Tail() string {
	text := w.Output()
	return text[max(0, len(text)-8000):]
}

// Signal sends a signal; a worker that has ended already does not hear it.
func (w *Worker) Signal(s syscall.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		w.t.Errorf("sending %v: %v", s, err)
	}
}

// Kill ends the process at once and waits until it is gone.
func (w *Worker) Kill() {
	w.t.Helper()
	w.Signal(syscall.SIGKILL)
	<-w.ended
}

// Wait gives the exit code, and fails the test when there is none in time.
func (w *Worker) Wait(limit time.Duration) int {
	w.t.Helper()
	select {
	case <-w.ended:
	case <-time.After(limit):
		_, reasons := w.Get("/readyz")
		w.t.Fatalf("the worker still runs after %v; /readyz says: %s", limit, reasons)
	}
	return w.cmd.ProcessState.ExitCode()
}

// Alive gives an error once the worker has ended.
func (w *Worker) Alive() error {
	select {
	case <-w.ended:
		return fmt.Errorf("the worker has ended: %v", w.cmd.ProcessState)
	default:
		return nil
	}
}
