//go:build stack

package secure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// worker is one process of the built binary.
type worker struct {
	t     *testing.T
	cmd   *exec.Cmd
	http  string // address of /readyz
	log   output
	ended chan struct{}
}

// output is what a process writes, for reading while it does.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startWorker runs the binary with exactly the environment given, plus an
// address of its own for HTTP. It is killed when the test ends, however it ends.
func startWorker(t *testing.T, env map[string]string, args ...string) *worker {
	t.Helper()
	w := &worker{t: t, http: freeAddress(t), ended: make(chan struct{})}
	w.cmd = exec.Command(executable, args...)
	w.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "INGEST_HTTP_ADDR=" + w.http}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		w.cmd.Env = append(w.cmd.Env, name+"="+env[name])
	}
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	w.cmd.Stdout, w.cmd.Stderr = &w.log, &w.log
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.ended)
		_ = w.cmd.Wait() // ProcessState holds what it says
	}()
	t.Cleanup(func() {
		if err := w.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		<-w.ended
		if t.Failed() {
			t.Logf("the worker said:\n%s", w.log.String())
		}
	})
	return w
}

// demandDone waits for the worker to end with exit code 0.
func (w *worker) demandDone(limit time.Duration) {
	w.t.Helper()
	select {
	case <-w.ended:
	case <-time.After(limit):
		w.t.Fatalf("the worker still runs after %v; not ready: %v", limit, w.reasons())
	}
	if code := w.cmd.ProcessState.ExitCode(); code != 0 {
		w.t.Fatalf("exit code %d, want 0", code)
	}
}

// alive gives an error once the worker has ended.
func (w *worker) alive() error {
	select {
	case <-w.ended:
		return fmt.Errorf("the worker ended with exit code %d", w.cmd.ProcessState.ExitCode())
	default:
		return nil
	}
}

// reasons gives what /readyz says, by component; nil when it does not answer.
func (w *worker) reasons() map[string]string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.http+"/readyz", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	var body struct {
		Reasons []struct{ Component, Reason string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		w.t.Fatalf("/readyz answers no JSON: %v", err)
	}
	out := map[string]string{}
	for _, r := range body.Reasons {
		out[r.Component] = r.Reason
	}
	return out
}

// freeAddress gives an address on loopback that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually polls until ok gives nil; what it gave last is the failure.
func eventually(t *testing.T, limit time.Duration, what string, ok func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ok()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s: %v", limit, what, err)
		}
		<-tick.C
	}
}
