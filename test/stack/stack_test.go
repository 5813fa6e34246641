//go:build stack

package stack

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(ownerVariable) != "" {
		os.Exit(ownStack())
	}
	goleak.VerifyTestMain(m)
}

// begin starts a stack that ends with the test and keeps its logs when the test fails.
func begin(ctx context.Context, t *testing.T, options Options) *Stack {
	t.Helper()
	started := time.Now()
	options.Progress = func(line string) { t.Log(line) }
	s, err := Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("all up after %s", seconds(time.Since(started)))
	t.Cleanup(func() {
		if t.Failed() {
			s.KeepLogs()
		}
		s.Stop()
	})
	return s
}

func TestServersComeBackWithTheirDataAndGoWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := begin(ctx, t, Default())
	createTopic(t, s, 1)
	writeRow(t, s)
	registerSchema(t, s.RegistryURL(), nil)
	if got := releaseVersion(t, s); got != "5.0.9" {
		t.Errorf("release_version = %q, want 5.0.9", got)
	}
	for _, p := range s.processes() {
		before := p.Pid()
		must(t, p.Kill())
		assertGone(t, []int{before})
		if p.Pid() != 0 {
			t.Errorf("%s: pid %d after Kill, want 0", p.Name, p.Pid())
		}
		must(t, p.Start(ctx))
		if p.Pid() == before || p.Pid() == 0 {
			t.Errorf("%s: pid %d after Start, before %d", p.Name, p.Pid(), before)
		}
	}
	assertDataIsThere(t, s)

	for _, p := range s.processes() {
		must(t, p.Stop())
		must(t, p.Start(ctx))
	}
	assertDataIsThere(t, s)
	select {
	case err := <-s.Failed():
		t.Errorf("Failed told of an end that was asked for: %v", err)
	default:
	}

	pids := pidsOf(s)
	cancel()
	assertGone(t, pids)
	s.Stop() // returns when the end of the context has done its work
	if exists(s.Dir) {
		t.Errorf("the folder %s is still there", s.Dir)
	}
	if err := s.Kafka[0].Start(context.Background()); err == nil {
		t.Error("a server of a stopped stack started")
	}
}

func TestFrozenServerAnswersAgainWhenThawed(t *testing.T) {
	s := begin(context.Background(), t, Options{Brokers: 1})
	addr := s.Brokers()[0]
	must(t, s.Kafka[0].Freeze())
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := probeKafka(ctx, addr, 1); err == nil {
		t.Error("a frozen broker answered")
	}
	must(t, s.Kafka[0].Thaw())
	must(t, poll(context.Background(), 30*time.Second, func(ctx context.Context) error {
		return probeKafka(ctx, addr, 1)
	}))
}

func TestThreeBrokersAndThreeNodes(t *testing.T) {
	s := begin(context.Background(), t, Options{Brokers: 3, CassandraNodes: 3})
	if got := s.CassandraHosts(); strings.Join(got, " ") != "127.0.0.1 127.0.0.2 127.0.0.3" {
		t.Errorf("hosts = %v", got)
	}
	createTopic(t, s, 3)
	must(t, s.Cassandra[2].Kill())
	must(t, s.Cassandra[2].Start(context.Background()))
	must(t, s.Kafka[1].Kill())
	must(t, s.Kafka[1].Start(context.Background()))
	must(t, s.awaitBrokers(context.Background()))
	must(t, s.awaitRing(context.Background()))
}

func TestServerThatDoesNotStartLeavesItsLogAndNothingElse(t *testing.T) {
	options := Options{CassandraNodes: 1, CassandraHeap: "1k", Dir: t.TempDir()}
	_, err := Start(context.Background(), options)
	if err == nil {
		t.Fatal("Cassandra started with 1 KiB of heap")
	}
	for _, want := range []string{"cassandra-1 ended while starting", "Too small maximum heap", "cassandra-1.log"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	entries, err := os.ReadDir(options.Dir)
	must(t, err)
	if len(entries) != 1 || entries[0].Name() != "logs" {
		t.Errorf("left behind: %v, want only the logs", entries)
	}
}
