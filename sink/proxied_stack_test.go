//go:build stack

package sink

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocql/gocql"

	"ingest/config/secret"
	"ingest/mapping"
	"ingest/test/astraproxy"
)

// inFront puts a proxy in front of the tests' server, and gives settings that lead
// there.
func inFront(t *testing.T) (*astraproxy.Proxy, Config) {
	t.Helper()
	var id gocql.UUID
	if err := server.admin.Query("SELECT host_id FROM system.local").Scan(&id); err != nil {
		t.Fatal(err)
	}
	proxy, err := astraproxy.Start(astraproxy.Options{Datacenter: "datacenter1", Nodes: map[string]string{id.String(): server.stack.Cassandra[0].Addr}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	packed, err := proxy.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	c := testConfig()
	c.Cassandra.Hosts = nil
	c.Cassandra.Astra = AstraConfig{BundleFile: filepath.Join(t.TempDir(), "bundle.zip"), Token: secret.Literal("AstraCS:unasked")}
	if err := os.WriteFile(c.Cassandra.Astra.BundleFile, packed, 0o600); err != nil {
		t.Fatal(err)
	}
	return proxy, c
}

// The driver reads the ring again after it has lost the connection for its own
// questions. It must not take the node that it has met at a placeholder for one that
// has moved: that would cost the connections that rows go by.
func TestANodeBehindAProxyHasNotMoved(t *testing.T) {
	proxy, c := inFront(t)
	s, err := Connect(t.Context(), c, testDeps())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	p := s.link.Load().policy
	hosts, before := *p.hosts.Load(), p.topology.Load()
	if len(hosts) != 1 || contactPoint(hosts[0].ConnectAddress()) >= 0 {
		t.Fatalf("%d hosts, the first at %v", len(hosts), hosts[0].ConnectAddress())
	}
	id := hosts[0].HostID()
	// Two for rows and the driver's own; the last is opened in the background.
	eventually(t, "all connections are there", func() bool { return proxy.Dialled()[id] == 3 })
	if node := p.topology.Load().replicas(0)[0]; node.address() != id {
		t.Errorf("the node goes by %q, want its id", node.address())
	}
	if !proxy.CutOldest() {
		t.Fatal("no connection is open")
	}
	eventually(t, "the driver reads the ring again", func() bool { return p.topology.Load() != before })
	if now := *p.hosts.Load(); !slices.Equal(now, hosts) {
		t.Errorf("the driver has taken the node for another one")
	}
	if n := proxy.Dialled()[id]; n != 4 {
		t.Errorf("%d connections were opened, want one", n-3)
	}
}

func TestABundleOfAnotherDataCentreEndsIt(t *testing.T) {
	_, c := inFront(t)
	c.Cassandra.Datacenter = "atlantis"
	_, err := Connect(t.Context(), c, testDeps())
	if err == nil || !strings.HasPrefix(err.Error(), `INGEST_CASSANDRA_DATACENTER: is "atlantis", but the secure connect bundle `) || !strings.Contains(err.Error(), `leads to "datacenter1"`) {
		t.Errorf("got %v", err)
	}
	c.Cassandra.Astra.BundleFile += ".gone"
	if _, err := Connect(t.Context(), c, testDeps()); err == nil || !strings.HasPrefix(err.Error(), "INGEST_CASSANDRA_ASTRA_BUNDLE_FILE: ") {
		t.Errorf("without a bundle: got %v", err)
	}
}

// A database that is paused is waited for, and says so.
func TestAPausedDatabaseIsWaitedFor(t *testing.T) {
	proxy, c := inFront(t)
	proxy.Answer(astraproxy.Status(503))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d := testDeps()
	var reason string
	d.Waiting = func(r string) {
		if r != "" {
			reason = r
			cancel()
		}
	}
	if _, err := Connect(ctx, c, d); !errors.Is(err, context.Canceled) || !strings.Contains(reason, "the database is paused") {
		t.Errorf("got %v, for %q", err, reason)
	}
	proxy.Answer(nil)
	s, err := Connect(t.Context(), c, testDeps())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w, err := NewWriter(s, c, testDeps())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close(context.Background()) })
	st := insert(table(t, s, "paused", "pk int PRIMARY KEY, v int"), "pk", "v")
	rows := []mapping.Row{row(st, 1, intBytes(1), intBytes(1)), row(st, 2, intBytes(2), intBytes(2))}
	if o := write(t, w, rows...); len(o.acked) != 2 {
		t.Errorf("acknowledged: %v", slices.Collect(maps.Keys(o.acked)))
	}
}
