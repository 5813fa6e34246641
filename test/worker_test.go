//go:build stack

package test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// worker is one process of the built binary.
type worker struct {
	t     *testing.T
	cmd   *exec.Cmd
	http  string // address of /readyz, /livez and /metrics
	ended chan struct{}
	err   error // of Wait; read after ended

	mu  sync.Mutex
	log strings.Builder
}

// settings are the environment of a worker on the shared stack.
func settings(mappingFile, group string, more ...string) []string {
	env := append(servers.Env(), "INGEST_MAPPING_FILE="+mappingFile, "INGEST_KAFKA_GROUP_ID="+group,
		"INGEST_KAFKA_SESSION_TIMEOUT=6s", "INGEST_LOG_FORMAT=text")
	return append(env, more...)
}

// startWorker runs the binary with exactly the environment given, plus an
// address of its own for HTTP. It is killed when the test ends, however it ends.
func startWorker(t *testing.T, env []string, args ...string) *worker {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return startWorkerOn(t, out, in, env, args...)
}

// startWorkerOn is startWorker with the two ends of what the worker writes to.
func startWorkerOn(t *testing.T, out, in *os.File, env []string, args ...string) *worker {
	t.Helper()
	w := &worker{t: t, http: freeAddress(t), ended: make(chan struct{})}
	w.cmd = exec.Command(executable, args...)
	w.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "INGEST_HTTP_ADDR=" + w.http}, env...)
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	w.cmd.Stdout, w.cmd.Stderr = in, in
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close() // the worker's own is the last one: reading ends with the worker
	copied := make(chan struct{})
	go func() { defer close(copied); w.copyLog(out); out.Close() }()
	go func() {
		w.err = w.cmd.Wait()
		<-copied
		close(w.ended)
	}()
	t.Cleanup(func() {
		w.kill()
		if t.Failed() {
			t.Logf("the log of worker %d:\n%s", w.cmd.Process.Pid, w.tail())
		}
	})
	return w
}

// maxLog bounds what is kept of a worker's log, in bytes.
const maxLog = 4 << 20

func (w *worker) copyLog(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		w.mu.Lock()
		if w.log.Len() < maxLog {
			w.log.WriteString(lines.Text() + "\n")
		}
		w.mu.Unlock()
	}
}

// output gives what the worker has said so far.
func (w *worker) output() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

func (w *worker) tail() string {
	text := w.output()
	return text[max(0, len(text)-8000):]
}

func (w *worker) signal(s syscall.Signal) {
	if err := w.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		w.t.Errorf("sending %v: %v", s, err)
	}
}

// kill ends the process at once and waits until it is gone.
func (w *worker) kill() {
	w.signal(syscall.SIGKILL)
	<-w.ended
}

// wait gives the exit code, and fails the test when there is none in time.
func (w *worker) wait(limit time.Duration) int {
	w.t.Helper()
	select {
	case <-w.ended:
	case <-time.After(limit):
		w.t.Fatalf("the worker still runs after %v", limit)
	}
	return w.cmd.ProcessState.ExitCode()
}

// get fetches a path of the worker's HTTP server; code 0 means no answer.
func (w *worker) get(path string) (code int, body string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.http+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return resp.StatusCode, string(text)
}

// untilReady waits for /readyz.
func (w *worker) untilReady() {
	w.t.Helper()
	eventually(w.t, time.Minute, "the worker is ready", func() error {
		if code, body := w.get("/readyz"); code != http.StatusOK {
			return fmt.Errorf("%d %s", code, body)
		}
		return nil
	})
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

// writeMapping writes a mapping file for the test.
func writeMapping(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mapping.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
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
