//go:build stack

package test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// A record that is dated later than max_future allows holds its partition until a
// person decides. The records before it are written, and nothing is skipped.
func TestARecordFromTheFutureHoldsItsPartition(t *testing.T) {
	t.Parallel()
	const name = "future"
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	dated := func(key string, at time.Time) *kgo.Record {
		r := s.record(key, value.encode(t, map[string]any{"a": "text", "n": int64(1)}))
		r.Timestamp = at
		return r
	}
	now := time.Now()
	produce(t, s.client, dated("first", now), dated("future", now.Add(50*time.Minute)), dated("third", now))

	with := func(line string) []string {
		return s.env(strings.Replace(simpleMapping(name), "version: 1\n", "version: 1\nmax_future: "+line+"\n", 1))
	}
	w := startWorker(t, with("10m"), "run")
	w.untilUnready(name+"/0", "the record at offset 1 is dated", "more than max_future (10m0s) ahead of now")
	harness.Eventually(t, time.Minute, "the record before it is written", func() error {
		if rows := s.count(name + ".rows"); rows != 1 {
			return fmt.Errorf("%d rows", rows)
		}
		return nil
	})
	w.Signal(syscall.SIGTERM)
	if code := w.Wait(time.Minute); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.catchUp(with("1h"))
	if rows := s.count(name + ".rows"); rows != 3 {
		t.Errorf("%d rows once max_future is 1h, want 3", rows)
	}
	s.noLetters()
}
