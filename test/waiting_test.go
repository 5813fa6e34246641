//go:build stack

package test

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"ingest/test/harness"
)

// attempts is how many connections a server that is not ready hangs up on.
const attempts = 6

// TestServersThatComeLate starts workers before one of their servers is there.
func TestServersThatComeLate(t *testing.T) {
	registry, err := url.Parse(servers.RegistryURL())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, component, target string
		settings                func(address string) []string
	}{
		{"late_cassandra", "cassandra", servers.Cassandra[0].Addr, func(address string) []string {
			host, port, _ := net.SplitHostPort(address)
			return []string{"INGEST_CASSANDRA_HOSTS=" + host, "INGEST_CASSANDRA_PORT=" + port}
		}},
		{"late_kafka", "dead letters", servers.Kafka[0].Addr, func(address string) []string {
			return []string{"INGEST_KAFKA_BROKERS=" + address}
		}},
		{"late_registry", "schema registry", registry.Host, func(address string) []string {
			return []string{"INGEST_SCHEMA_REGISTRY_URLS=http://" + address + registry.Path}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newForwarder(t, tc.target)
			comesLate(t, tc.name, tc.component, f, tc.settings(f.address))
		})
	}
}

func comesLate(t *testing.T, name, component string, f *forwarder, address []string) {
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	produce(t, s.client, s.record("k", value.encode(t, map[string]any{"a": "text", "n": int64(1)})))
	w := startWorker(t, s.env(simpleMapping(name), address...), "run", "--until-current")
	w.untilUnready(component, f.address)
	f.listen()
	harness.Eventually(t, 2*time.Minute, "the worker keeps trying", func() error {
		if n := f.hungUp.Load(); n < attempts {
			return fmt.Errorf("%d connections so far", n)
		}
		return nil
	})
	w.running()
	for _, probe := range []string{"/livez", "/startupz"} {
		if code, _ := w.Get(probe); code != 200 {
			t.Errorf("%s answers %d while the worker waits", probe, code)
		}
	}
	quiet(t, w.Output())
	f.admit()
	if code := w.Wait(2 * time.Minute); code != 0 {
		t.Errorf("exit code %d once the server was there", code)
	}
	if !strings.Contains(w.Output(), fmt.Sprintf("msg=\"component is ready\" component=%s", quoted(component))) {
		t.Errorf("the log does not say that %s is ready", component)
	}
	quiet(t, w.Output())
	s.committed()
	if rows := s.count(name + ".rows"); rows != 1 {
		t.Errorf("%d rows, want 1", rows)
	}
}

// quoted writes a value as slog's text does.
func quoted(value string) string {
	if strings.Contains(value, " ") {
		return `"` + value + `"`
	}
	return value
}

// TestTableThatComesLate has two topics, and the table of one is missing.
func TestTableThatComesLate(t *testing.T) {
	t.Parallel()
	s := newScene(t, "pair", 1, "CREATE TABLE pair.here (k text PRIMARY KEY, a text)")
	createTopic(t, s.admin, "pair-too", 1)
	value := register(t, "pair-value", textAndNumber)
	register(t, "pair-too-value", textAndNumber)
	r := s.record("k", value.encode(t, map[string]any{"a": "text", "n": int64(1)}))
	other := *r
	other.Topic = "pair-too"
	produce(t, s.client, r, &other)
	w := startWorker(t, s.env(`version: 1
topics:
  - topic: pair
    key: {format: string}
    tables:
      - table: pair.here
        columns:
          k: key
          a: value.a
  - topic: pair-too
    key: {format: string}
    tables:
      - table: pair.later
        columns:
          k: key
          a: value.a
`), "run")
	harness.Eventually(t, time.Minute, "the topic that fits is consumed", s.lagging)
	w.untilUnready("mapping", `"pair-too"`, ":13:16", `"later"`)
	execute(t, s.session, "CREATE TABLE pair.later (k text PRIMARY KEY, a text)")
	harness.Eventually(t, 90*time.Second, "the other topic is taken in", func() error {
		return lagging(t.Context(), s.admin, "pair", "pair-too", 1)
	})
	w.untilReady()
	for _, table := range []string{"pair.here", "pair.later"} {
		if rows := s.count(table); rows != 1 {
			t.Errorf("%d rows in %s, want 1", rows, table)
		}
	}
	s.noLetters()
	quiet(t, w.Output())
}

// TestTopicThatComesLate starts a worker on a topic that is not there.
func TestTopicThatComesLate(t *testing.T) {
	t.Parallel()
	s := &scene{t: t, name: "late_topic", partitions: 1, session: cassandra(t), client: kafka(t)}
	s.admin = kadm.NewClient(s.client)
	createKeyspace(t, s.session, "late_topic")
	execute(t, s.session, simpleTable("late_topic"))
	value := register(t, "late_topic-value", textAndNumber)
	w := startWorker(t, s.env(simpleMapping("late_topic")), "run")
	w.untilUnready("kafka topics", "no such topic: late_topic", "create it")
	createTopic(t, s.admin, "late_topic", 1)
	produce(t, s.client, s.record("k", value.encode(t, map[string]any{"a": "text", "n": int64(1)})))
	harness.Eventually(t, 2*time.Minute, "the topic is picked up", s.lagging)
	w.untilReady()
	if rows := s.count("late_topic.rows"); rows != 1 {
		t.Errorf("%d rows, want 1", rows)
	}
	quiet(t, w.Output())
}
