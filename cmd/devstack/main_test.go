package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ingest/test/stack"
)

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want int
	}{
		{"done", nil, 0},
		{"failed", fmt.Errorf("outer: %w", failure{errors.New("kafka-1 ended")}), 1},
		{"failed by its context", failure{context.Canceled}, 1},
		{"usage", errors.New("unknown flag"), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := exitCode(c.err); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestWrongUsageStartsNothing(t *testing.T) {
	for _, args := range [][]string{
		{"up", "--brokers", "2"}, {"up", "--cassandra-version", "3.11"}, {"up", "more"},
		{"up", "--no-such-flag"}, {"nonsense"}, {"status", "more"}, {"fetch", "more"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			root := newRoot()
			root.SetArgs(args)
			root.SetErr(&bytes.Buffer{})
			root.SetOut(&bytes.Buffer{})
			if got := exitCode(root.ExecuteContext(t.Context())); got != 2 {
				t.Errorf("exit code %d, want 2", got)
			}
		})
	}
}

func TestPrintStatus(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	all := []stack.Status{{
		Dir: "/stacks/a", OwnerPid: 7, Started: now.Add(-90 * time.Second),
		Servers: []stack.ServerStatus{
			{Name: "kafka-1", Version: "4.3.1", Addr: "127.0.0.1:9092", Pid: 8, MemoryBytes: 300 << 20},
			{Name: "registry", Version: "2.6.13.Final", Addr: "127.0.0.1:8081", Fault: errors.New("not started")},
		},
	}, {Dir: "/stacks/b"}}
	var out bytes.Buffer
	if err := printStatus(&out, all, now); err != nil {
		t.Fatal(err)
	}
	want := `Stack of process 7, for 1m30s, in /stacks/a
  kafka-1   4.3.1         127.0.0.1:9092  pid 8  300 MiB  answers
  registry  2.6.13.Final  127.0.0.1:8081  pid 0  0 MiB    does not answer: not started

A stack is being prepared in /stacks/b
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
