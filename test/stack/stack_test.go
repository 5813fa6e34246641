//go:build stack

package stack

import (
	"context"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// begin starts a stack that ends with the test and keeps its logs when the test fails.
func begin(t *testing.T, options Options) *Stack {
	t.Helper()
	started := time.Now()
	options.Progress = func(line string) { t.Log(line) }
	s, err := Start(context.Background(), options)
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

func TestDefaultStackAnswersAndIsGoneAfterStop(t *testing.T) {
	s := begin(t, Default())
	ctx := context.Background()
	createTopic(t, s.Brokers(), 1)
	if got := releaseVersion(t, s); got != "5.0.9" {
		t.Errorf("release_version = %q, want 5.0.9", got)
	}
	if err := probeRegistry(ctx, s.RegistryURL()); err != nil {
		t.Errorf("registry: %v", err)
	}
	pids := pidsOf(s)
	s.Stop()
	assertGone(t, pids)
	if exists(s.Dir) {
		t.Errorf("the folder %s is still there", s.Dir)
	}
}

func createTopic(t *testing.T, brokers []string, replicas int16) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(context.Background(), 3, replicas, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	record := &kgo.Record{Topic: "orders", Value: []byte("x")}
	if err := client.ProduceSync(context.Background(), record).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func releaseVersion(t *testing.T, s *Stack) string {
	t.Helper()
	cluster := gocql.NewCluster(s.CassandraHosts()...)
	cluster.Port = s.CassandraPort()
	session, err := cluster.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	var version string
	if err := session.Query("SELECT release_version FROM system.local").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

func pidsOf(s *Stack) []int {
	var pids []int
	for _, p := range s.processes() {
		pids = append(pids, p.Pid())
	}
	return pids
}

// assertGone waits a little: the kernel needs a moment to end a large process.
func assertGone(t *testing.T, pids []int) {
	t.Helper()
	if len(pids) == 0 || pids[0] == 0 {
		t.Fatalf("no process ids to check: %v", pids)
	}
	for _, pid := range pids {
		err := poll(context.Background(), 15*time.Second, func(context.Context) error {
			return errIfRuns(pid)
		})
		if err != nil {
			t.Errorf("process %d: %v", pid, err)
		}
	}
}
