//go:build stack

package test

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"ingest/test/harness"
)

// worker is a process of the built binary, with what only these tests ask of it.
type worker struct {
	*harness.Worker
	t *testing.T
}

// settings are the environment of a worker on the shared stack.
func settings(mappingFile, group string, more ...string) []string {
	env := append(servers.Env(), "INGEST_MAPPING_FILE="+mappingFile, "INGEST_KAFKA_GROUP_ID="+group,
		"INGEST_KAFKA_SESSION_TIMEOUT=6s", "INGEST_LOG_FORMAT=text")
	return append(env, more...)
}

func startWorker(t *testing.T, env []string, args ...string) *worker {
	t.Helper()
	return &worker{executable.Start(t, env, args...), t}
}

// startWorkerOn is startWorker with the two ends of what the worker writes to.
func startWorkerOn(t *testing.T, out, in *os.File, env []string, args ...string) *worker {
	t.Helper()
	return &worker{executable.StartOn(t, out, in, env, args...), t}
}

// untilReady waits for /readyz.
func (w *worker) untilReady() {
	w.t.Helper()
	harness.Eventually(w.t, time.Minute, "the worker is ready", func() error {
		if code, body := w.Get("/readyz"); code != http.StatusOK {
			return fmt.Errorf("%d %s", code, body)
		}
		return nil
	})
}

// running fails the test when the process has ended.
func (w *worker) running() {
	w.t.Helper()
	if err := w.Alive(); err != nil {
		w.t.Fatal(err)
	}
}
