//go:build stack && crash

package crash

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
	"ingest/test/stack"
)

// world is the servers of a test, the built worker, and the tests' own way to
// the servers, which goes past the proxies.
type world struct {
	*stack.Stack
	t       *testing.T
	binary  harness.Binary
	session *gocql.Session
	client  *kgo.Client
	admin   *kadm.Client
}

// newWorld builds the worker and starts servers for this test alone.
func newWorld(t *testing.T, options stack.Options) *world {
	t.Helper()
	w := &world{t: t}
	var err error
	if w.binary, err = harness.Build(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	// The servers share few processors: compilers and collectors that use little.
	t.Setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
	options.Progress = func(line string) {
		if !strings.HasPrefix(line, "waiting for") {
			t.Log(line)
		}
	}
	// The servers outlive the test's context: what still looks at them at the end
	// must not take their end for a fault.
	if w.Stack, err = stack.Start(context.WithoutCancel(t.Context()), options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			w.KeepLogs()
		}
		w.Stop()
	})
	w.session = w.connect()
	w.client, err = kgo.NewClient(kgo.SeedBrokers(w.Brokers()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	w.admin = kadm.NewClient(w.client)
	return w
}

// connect gives a session that outlives any one node.
func (w *world) connect() *gocql.Session {
	w.t.Helper()
	cluster := gocql.NewCluster(w.CassandraHosts()...)
	cluster.Port = w.CassandraPort()
	cluster.ProtoVersion = 4
	cluster.Timeout = 10 * time.Second
	cluster.Consistency = gocql.LocalQuorum
	cluster.DefaultIdempotence = true // else nothing is tried again
	cluster.ReconnectInterval = 2 * time.Second
	cluster.RetryPolicy = &gocql.ExponentialBackoffRetryPolicy{NumRetries: 10, Min: 100 * time.Millisecond, Max: 2 * time.Second}
	cluster.Logger = quiet{}
	cluster.AddressTranslator = gocql.AddressTranslatorFunc(behindFront)
	session, err := cluster.CreateSession()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(session.Close)
	return session
}

// quiet is a driver's log that nobody reads: what counts comes back as an error.
type quiet struct{}

func (quiet) Print(...any)          {}
func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// behindFront turns the address that clients are told into the node's own.
func behindFront(address net.IP, port int) (net.IP, int) {
	return net.ParseIP(strings.Replace(address.String(), "127.0.1.", "127.0.0.", 1)), port
}

func (w *world) execute(statements ...string) {
	w.t.Helper()
	for _, cql := range statements {
		if err := w.session.Query(cql).WithContext(w.t.Context()).Exec(); err != nil {
			w.t.Fatalf("%s: %v", cql, err)
		}
	}
}

// createTopic makes a topic that keeps its records whatever their timestamps say.
func (w *world) createTopic(topic string, partitions int32) {
	w.t.Helper()
	forever := "-1"
	resp, err := w.admin.CreateTopic(w.t.Context(), partitions, -1, map[string]*string{"retention.ms": &forever}, topic)
	if err = errors.Join(err, resp.Err); err != nil {
		w.t.Fatalf("creating topic %s: %v", topic, err)
	}
}

// inSync waits until every replica of every topic is in sync, so that another
// broker may go.
func (w *world) inSync(ctx context.Context) error {
	return poll(ctx, 3*time.Minute, "all replicas are in sync", func() error {
		meta, err := w.admin.Metadata(ctx)
		if err != nil {
			return err
		}
		for _, topic := range meta.Topics {
			for _, p := range topic.Partitions {
				if p.Err != nil || len(p.ISR) < len(p.Replicas) {
					return errors.New("some replica is behind")
				}
			}
		}
		return nil
	})
}
