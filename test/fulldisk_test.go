//go:build stack

package test

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"ingest/test/harness"
	"ingest/test/stack"
)

// TestFullDisk takes a server's disk away: its files grow no more, which the server
// cannot tell from a disk that is full. Cassandra closes its port then, Kafka ends.
// The worker, which writes no files itself, says which server it waits for, and goes
// on when the server does: no record is lost, none becomes a dead letter.
func TestFullDisk(t *testing.T) {
	for _, tc := range []struct {
		name, component string
		server          *stack.Process
		limit           int // bytes that a file may have
	}{
		{"disk_cassandra", "cassandra", servers.Cassandra[0], 16 << 20}, // less than a segment of the commit log
		{"disk_kafka", "kafka", servers.Kafka[0], 1 << 20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newScene(t, tc.name, 1, simpleTable(tc.name))
			value := register(t, tc.name+"-value", textAndNumber)
			send := func(ctx context.Context, n int, text string) error {
				r := s.record("k"+strconv.Itoa(n), value.encode(t, map[string]any{"a": text, "n": int64(n)}))
				return s.client.ProduceSync(ctx, r).FirstErr()
			}
			w := startWorker(t, s.env(simpleMapping(tc.name)), "run")
			w.untilReady()
			limitFiles(t, tc.server.Pid(), strconv.Itoa(tc.limit))
			t.Cleanup(func() { _ = tc.server.Start(context.Background()) }) // for the tests after a failure
			sent := untilNoMore(t, w, tc.component, send)
			w.running()
			makeRoom(t, tc.server)
			harness.Eventually(t, time.Minute, "Kafka takes records again", func() error { return send(t.Context(), sent, "the last one") })
			harness.Eventually(t, 2*time.Minute, "everything is committed", func() error { return s.lagging() })
			s.session = cassandra(t)
			if rows := s.count(tc.name + ".rows"); rows != sent+1 {
				t.Errorf("%d rows, want %d", rows, sent+1)
			}
			w.running()
			s.noLetters()
		})
	}
}

// untilNoMore produces large records until the worker is not ready for a component,
// and gives how many Kafka has taken.
func untilNoMore(t *testing.T, w *worker, component string, send func(context.Context, int, string) error) (sent int) {
	t.Helper()
	text := strings.Repeat("x", 100_000)
	harness.Eventually(t, 2*time.Minute, "the worker waits for "+component, func() error {
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			err := send(ctx, sent, text)
			cancel()
			if err != nil {
				break
			}
			sent++
		}
		reasons, err := w.Unready()
		if err == nil && reasons[component] == "" {
			err = fmt.Errorf("not ready: %v", reasons)
		}
		if err == nil {
			t.Logf("after %d records /readyz says: %v", sent, reasons)
		}
		return err
	})
	return sent
}

// limitFiles sets how large the files of a process may become, its soft limit.
func limitFiles(t *testing.T, pid int, limit string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "prlimit", "--pid", strconv.Itoa(pid), "--fsize="+limit+":").CombinedOutput(); err != nil {
		t.Fatalf("prlimit: %v\n%s", err, out)
	}
}

// makeRoom gives a server its disk back and starts it again, as its operator would.
func makeRoom(t *testing.T, server *stack.Process) {
	t.Helper()
	if pid := server.Pid(); pid != 0 {
		limitFiles(t, pid, "unlimited")
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}
