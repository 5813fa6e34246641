package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// worker is the program under test and what it is given.
type worker struct {
	binary  string
	dir     string // mapping files and logs
	env     []string
	timeout time.Duration
}

// build makes the worker as the Makefile does.
func build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "ingest")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "ingest/cmd/ingest")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the worker: %w\n%s", err, out)
	}
	return binary, nil
}

// writeMapping writes the mapping file of a topic and gives its path.
func (w *worker) writeMapping(s *shape, topic, consistency string) (string, error) {
	path := filepath.Join(w.dir, s.name+".yaml")
	if err := os.WriteFile(path, []byte(mappingText(s, topic, consistency)), 0o600); err != nil {
		return "", fmt.Errorf("writing the mapping file: %w", err)
	}
	return path, nil
}

// mappingText feeds every column from the field of its name. The key column
// comes from the value like the others, so that all twelve fields are decoded.
func mappingText(s *shape, topic, consistency string) string {
	return fmt.Sprintf(`version: 1
defaults:
  keyspace: %s
  consistency: %s
topics:
  - topic: %s
    key:
      format: string
    tables:
      - table: %s
        columns_from: value
        tombstone: ignore
        accept:
          - cross_partition
`, keyspace, consistency, topic, s.name)
}

// run runs the worker with further settings until it has caught up, as a new group.
func (w *worker) run(ctx context.Context, mapping string, records int, settings []string) (*run, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, w.timeout, fmt.Errorf("it took longer than %v", w.timeout))
	defer cancel()
	log, err := os.Create(filepath.Join(w.dir, "worker.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, w.binary, "run", "--until-current")
	cmd.Env = append(w.environ(mapping), settings...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	peak := watchMemory(cmd.Process.Pid)
	err = cmd.Wait()
	took := time.Since(begin)
	r := &run{Rows: records, Seconds: took.Seconds(), PeakBytes: peak()}
	text, readErr := os.ReadFile(log.Name())
	if err = errors.Join(err, context.Cause(ctx), readErr); err != nil {
		return nil, fmt.Errorf("running the worker: %w\n%s", err, tail(text))
	}
	r.CPUSeconds = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	r.OwnRate = reportedRate(text)
	return r, nil
}

// environ is this process's environment with the worker's settings replaced, and
// without those of OpenTelemetry.
func (w *worker) environ(mapping string) []string {
	var env []string
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "INGEST_") && !strings.HasPrefix(setting, "OTEL_") {
			env = append(env, setting)
		}
	}
	env = append(env, w.env...)
	return append(env, "INGEST_MAPPING_FILE="+mapping, "INGEST_HTTP_ADDR=127.0.0.1:0", "INGEST_LOG_FORMAT=json",
		fmt.Sprintf("INGEST_KAFKA_GROUP_ID=ingestbench-%d", time.Now().UnixNano()))
}

// reportedRate is the rate that the worker's own summary gives, 0 when there is
// none.
func reportedRate(log []byte) float64 {
	rate := 0.0
	for line := range bytes.Lines(log) {
		var said struct {
			Message string  `json:"msg"`
			Rate    float64 `json:"per_second"`
		}
		if json.Unmarshal(line, &said) == nil && said.Message == "caught up" {
			rate = said.Rate
		}
	}
	return rate
}

// tail is the end of a log, for an error.
func tail(log []byte) []byte {
	const most = 4 << 10
	return log[max(0, len(log)-most):]
}

// memoryInterval is how often the peak is read. The kernel keeps the peak, so
// only growth within the last interval before the end can be missed.
const memoryInterval = 50 * time.Millisecond

// watchMemory follows a process until the function it returns is called, which
// gives the peak of its resident memory in bytes. ru_maxrss would not do: a
// child's begins with the memory of its parent.
func watchMemory(pid int) func() int64 {
	stop := make(chan struct{})
	var owner sync.WaitGroup
	peak := int64(0)
	owner.Go(func() {
		ticker := time.NewTicker(memoryInterval)
		defer ticker.Stop()
		for {
			peak = max(peak, peakMemory(pid))
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	})
	return func() int64 {
		close(stop)
		owner.Wait()
		return peak
	}
}

// peakMemory is VmHWM of proc(5), 0 when the process has ended.
func peakMemory(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}
