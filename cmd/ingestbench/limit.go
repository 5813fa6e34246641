package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"syscall"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"
)

// limitTask is what the limit's process is told.
type limitTask struct {
	Brokers     []string
	Hosts       []string
	Port        int
	Topic       string
	Shape       string
	Records     int
	Partitions  int
	Consistency string
	InFlight    int
	Caps        caps
}

// limit writes the rows of a task and reads its topic at the same time. Only
// that is timed; rows, batches and sessions are ready before.
func limit(ctx context.Context, in io.Reader, out io.Writer) error {
	var t limitTask
	if err := json.NewDecoder(in).Decode(&t); err != nil {
		return usageError{fmt.Errorf("reading the task: %w", err)}
	}
	named, err := shapesNamed(t.Shape)
	if err != nil || len(named) != 1 {
		return usageError{fmt.Errorf("the task names no shape: %w", err)}
	}
	s := &named[0]
	rows := encodeRows(s, t.Records)
	w := &limitWriter{rows: rows, batches: groupRows(s, rows, t.Partitions, t.Caps), text: insertText(s), caps: t.Caps}
	cluster := newCluster(t.Hosts, t.Port)
	if cluster.Consistency, err = gocql.ParseConsistencyWrapper(t.Consistency); err != nil {
		return usageError{err}
	}
	if w.session, err = cluster.CreateSession(); err != nil {
		return fmt.Errorf("connecting to Cassandra: %w", err)
	}
	defer w.session.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(t.Brokers...), kgo.ConsumeTopics(t.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()
	r, err := t.timed(ctx, w, client)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(r)
}

// timed is the part that counts.
func (t *limitTask) timed(ctx context.Context, w *limitWriter, client *kgo.Client) (*run, error) {
	runtime.GC() // what the preparation left is not the limit's
	begin, used := time.Now(), cpuSeconds()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return discard(ctx, client, t.Records) })
	for range t.InFlight {
		group.Go(func() error { return w.work(ctx) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return &run{
		Rows: t.Records, Seconds: time.Since(begin).Seconds(), CPUSeconds: cpuSeconds() - used,
		Batches: w.batches.len(), Retries: int(w.retries.Load()),
	}, nil
}

// discard reads records and drops them.
func discard(ctx context.Context, client *kgo.Client, records int) error {
	for records > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("reading the topic: %w", err)
		}
		records -= fetches.NumRecords()
	}
	return nil
}

// cpuSeconds is the CPU time of this process so far, user and system.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0 // not on Linux, where RUSAGE_SELF is always known
	}
	return seconds(usage.Utime) + seconds(usage.Stime)
}

func seconds(t syscall.Timeval) float64 { return time.Duration(t.Nano()).Seconds() }
