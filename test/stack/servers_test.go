//go:build stack

package stack

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// createTopic makes the topic orders with one record.
func createTopic(t *testing.T, s *Stack, replicas int16) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Brokers()...))
	must(t, err)
	defer client.Close()
	_, err = kadm.NewClient(client).CreateTopic(ctx, 1, replicas, nil, "orders")
	must(t, err)
	must(t, client.ProduceSync(ctx, &kgo.Record{Topic: "orders", Value: []byte("first")}).FirstErr())
}

func writeRow(t *testing.T, s *Stack) {
	t.Helper()
	must(t, s.run(context.Background(), s.Cassandra[0].Addr,
		"CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE shop.orders (id int PRIMARY KEY)",
		"INSERT INTO shop.orders (id) VALUES (7)"))
}

// registerSchema registers the subject orders; change may edit the request.
func registerSchema(t *testing.T, base string, change func(*http.Request)) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, base+"/subjects/orders/versions", strings.NewReader(`{"schema":"\"string\""}`))
	must(t, err)
	request.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	request.Close = true
	if change != nil {
		change(request)
	}
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("registering a schema: %s", response.Status)
	}
}

// assertDataIsThere looks for what createTopic, writeRow and registerSchema made.
func assertDataIsThere(t *testing.T, s *Stack) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Brokers()...), kgo.ConsumeTopics("orders"))
	must(t, err)
	defer client.Close()
	fetches := client.PollRecords(ctx, 1)
	must(t, fetches.Err())
	if got := string(fetches.Records()[0].Value); got != "first" {
		t.Errorf("record = %q, want first", got)
	}

	session, err := s.access.session(s.Cassandra[0].Addr)
	must(t, err)
	defer session.Close()
	var id int
	must(t, session.Query("SELECT id FROM shop.orders WHERE id = 7").Scan(&id))

	response, err := http.Get(s.RegistryURL() + "/subjects")
	must(t, err)
	defer http.DefaultClient.CloseIdleConnections()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	if string(body) != `["orders"]` {
		t.Errorf("subjects = %s, want orders", body)
	}
}

func releaseVersion(t *testing.T, s *Stack) string {
	t.Helper()
	session, err := s.access.session(s.Cassandra[0].Addr)
	must(t, err)
	defer session.Close()
	var version string
	must(t, session.Query("SELECT release_version FROM system.local").Consistency(gocql.One).Scan(&version))
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
		err := poll(context.Background(), 15*time.Second, func(context.Context) error { return errIfRuns(pid) })
		if err != nil {
			t.Errorf("process %d: %v", pid, err)
		}
	}
}
