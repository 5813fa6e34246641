//go:build stack

package stack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeepEndsGracefullyAndLeavesTheData(t *testing.T) {
	options := Options{Brokers: 1, Keep: true, Dir: t.TempDir()}
	s := begin(context.Background(), t, options)
	pids := pidsOf(s)
	s.Stop()
	assertGone(t, pids)
	assertExists(t, filepath.Join(options.Dir, "kafka-1", "data", "meta.properties"), true)
	log, err := os.ReadFile(s.Kafka[0].LogFile())
	must(t, err)
	if !strings.Contains(string(log), "shut down completed") {
		t.Errorf("Kafka did not end gracefully:\n%s", lastLines(string(log), 10))
	}
}

func TestInterruptedStartLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("changed my mind")
	dir := filepath.Join(t.TempDir(), "new")
	options := Options{Brokers: 1, Dir: dir, KafkaHeap: "512m"}
	// The log appears when the broker has been started and does not answer yet.
	go func() {
		defer cancel(cause)
		_ = poll(context.Background(), defaultStartTimeout, func(context.Context) error {
			_, err := os.Stat(filepath.Join(dir, logsName, "kafka-1.log"))
			return err
		})
	}()
	_, err := Start(ctx, options)
	if !errors.Is(err, cause) {
		t.Errorf("error = %v, want %v", err, cause)
	}
	<-ctx.Done()
	assertExists(t, dir, false)
}
