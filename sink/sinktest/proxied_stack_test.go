//go:build stack

package sinktest_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"ingest/config/secret"
	"ingest/mapping"
	"ingest/retry"
	"ingest/sink"
	"ingest/test/astraproxy"
	"ingest/test/stack"
)

// ring is a cluster of three nodes, whose rows have one replica each, and a proxy in
// front of it.
type ring struct {
	*astraproxy.Proxy
	cql    *gocql.Session // past the proxy
	owners []owner        // by token
	bundle string
}

// owner is a node that holds the partitions up to a token.
type owner struct {
	token  int64
	hostID string
}

func newRing(t *testing.T) *ring {
	t.Helper()
	s, err := stack.Start(t.Context(), stack.Options{CassandraNodes: 3, KafkaHeap: "256m", Progress: stack.WriterProgress(os.Stderr)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	r := &ring{bundle: filepath.Join(t.TempDir(), "bundle.zip")}
	nodes := map[string]string{}
	for _, node := range s.Cassandra {
		r.add(t, node.Addr, nodes)
	}
	slices.SortFunc(r.owners, func(a, b owner) int {
		if a.token < b.token {
			return -1
		}
		return 1
	})
	if r.Proxy, err = astraproxy.Start(astraproxy.Options{Nodes: nodes, Datacenter: "datacenter1"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	packed, err := r.Bundle()
	if err == nil {
		err = os.WriteFile(r.bundle, packed, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// add asks a node itself who it is and what it holds.
func (r *ring) add(t *testing.T, address string, nodes map[string]string) {
	t.Helper()
	host, port, _ := strings.Cut(address, ":")
	cluster := gocql.NewCluster(host)
	cluster.Port, _ = strconv.Atoi(port)
	cluster.ProtoVersion, cluster.Timeout, cluster.DisableInitialHostLookup = 4, 20*time.Second, true
	cluster.HostFilter = gocql.WhiteListHostFilter(host)
	session, err := cluster.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	r.cql = session
	var id gocql.UUID
	var tokens []string
	if err := session.Query("SELECT host_id, tokens FROM system.local").Scan(&id, &tokens); err != nil {
		t.Fatal(err)
	}
	nodes[id.String()] = address
	for _, text := range tokens {
		token, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		r.owners = append(r.owners, owner{token, id.String()})
	}
}

// ownerOf gives the node that holds a row, by the server's own token function.
func (r *ring) ownerOf(t *testing.T, pk string) string {
	t.Helper()
	var token int64
	if err := r.cql.Query("SELECT token(pk) FROM proxied.rows WHERE pk = ?", pk).Scan(&token); err != nil {
		t.Fatalf("the token of %s: %v", pk, err)
	}
	for _, o := range r.owners {
		if token <= o.token {
			return o.hostID
		}
	}
	return r.owners[0].hostID
}

func (r *ring) config() sink.Config {
	return sink.Config{
		Cassandra: sink.CassandraConfig{Consistency: "LOCAL_ONE", Port: 9042, Timeout: 5 * time.Second, ConnectTimeout: 5 * time.Second,
			Astra: sink.AstraConfig{BundleFile: r.bundle, Token: secret.Literal("AstraCS:unasked")}},
		Batch:    sink.BatchConfig{Rows: 30, Bytes: 5000, PartitionBytes: 65536, Partitions: 10},
		InFlight: sink.InFlightConfig{Requests: 8},
		Retry:    retry.Config{Min: 10 * time.Millisecond, Max: 500 * time.Millisecond},
	}
}

// Three nodes behind one proxy: each row goes to the node that holds it, nodes are
// told apart by their host ids, and a proxy that is killed is waited for.
func TestClusterBehindAProxy(t *testing.T) {
	r := newRing(t)
	for _, cql := range []string{
		"CREATE KEYSPACE proxied WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE proxied.rows (pk text PRIMARY KEY, v bigint)",
	} {
		if err := r.cql.Query(cql).Exec(); err != nil {
			t.Fatal(err)
		}
	}
	exporter := tracetest.NewInMemoryExporter()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)).Tracer("test")
	deps := sink.Deps{Log: slog.New(slog.DiscardHandler), Meter: noop.Meter{}, Waiting: func(string) {}, Tracer: tracer}
	session, err := sink.Connect(t.Context(), r.config(), deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	writer, err := sink.NewWriter(session, r.config(), deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.Close(context.Background()) })
	catalog, err := session.Catalog(t.Context(), []string{"proxied"})
	if err != nil {
		t.Fatal(err)
	}
	table := catalog.Keyspaces["proxied"]["rows"]

	of := map[trace.SpanID]*mapping.Row{} // the rows by the spans around their attempts
	rows := make([]mapping.Row, 60)
	for i := range rows {
		rows[i] = proxiedRow(table, fmt.Sprintf("row-%d", i), int64(i))
		ctx, around := tracer.Start(t.Context(), "around")
		of[around.SpanContext().SpanID()] = &rows[i]
		writeAll(ctx, t, writer, rows[i:i+1]) // alone: a batch may hold rows of several nodes
	}
	attempts := exporter.GetSpans()
	for deadline := time.Now().Add(10 * time.Second); len(attempts) < len(rows) && time.Now().Before(deadline); attempts = exporter.GetSpans() {
		time.Sleep(10 * time.Millisecond) // an attempt's span ends after its outcome is told
	}
	if len(attempts) != len(rows) {
		t.Errorf("%d attempts for %d rows", len(attempts), len(rows))
	}
	used := map[string]int{}
	for _, span := range attempts {
		row := of[span.Parent.SpanID()]
		pk := string(row.Routing)
		want := r.ownerOf(t, pk)
		used[want]++
		if got := session.Replicas(row); len(got) != 1 || got[0] != want {
			t.Errorf("%s is said to be at %q, want %q", pk, got, want)
		}
		for _, a := range span.Attributes {
			if (a.Key == "cassandra.coordinator.id" || a.Key == "server.address") && a.Value.AsString() != want {
				t.Errorf("%s: %s is %q, want %q", pk, a.Key, a.Value.AsString(), want)
			}
		}
	}
	if len(used) != 3 {
		t.Errorf("the rows are at %v, want all three nodes", used)
	}
	for name := range r.Dialled() {
		if used[name] == 0 {
			t.Errorf("%q was dialled, which is no node", name)
		}
	}
	outlivesItsProxy(t, r, writer, table)
}

// outlivesItsProxy kills the proxy while rows are on their way.
func outlivesItsProxy(t *testing.T, r *ring, w *sink.Writer, table *mapping.Table) {
	t.Helper()
	const runs, each = 30, 100
	var acked atomic.Int64
	done := func(rows []*mapping.Row, err error) {
		if err != nil {
			t.Errorf("an outcome: %v", err)
		}
		acked.Add(int64(len(rows)))
	}
	for run := range runs {
		if run == runs/3 {
			r.Cut()
			time.AfterFunc(2*time.Second, func() {
				if err := r.Resume(); err != nil {
					t.Error(err)
				}
			})
		}
		rows := make([]mapping.Row, each)
		for i := range rows {
			rows[i] = proxiedRow(table, fmt.Sprintf("late-%d", run*each+i), int64(i))
		}
		if err := w.Write(t.Context(), rows, done); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(2 * time.Minute)
	for acked.Load() < runs*each {
		if time.Now().After(deadline) {
			t.Fatalf("%d rows acknowledged of %d", acked.Load(), runs*each)
		}
		time.Sleep(50 * time.Millisecond)
	}
	var n int
	if err := r.cql.Query("SELECT COUNT(*) FROM proxied.rows").Scan(&n); err != nil || n != runs*each+60 {
		t.Errorf("%d rows in the table, %v; want %d", n, err, runs*each+60)
	}
}

func proxiedRow(table *mapping.Table, pk string, v int64) mapping.Row {
	st := &mapping.Statement{Table: table, Op: mapping.Insert, Columns: []int{table.Column("pk"), table.Column("v")}, Routing: []int{0}}
	r := mapping.Row{Statement: st, Timestamp: time.Now().UnixMicro(), Size: 60, Routing: []byte(pk)}
	for i, data := range [][]byte{[]byte(pk), binary.BigEndian.AppendUint64(nil, uint64(v))} {
		r.Cells = append(r.Cells, mapping.Cell{Type: table.Columns[st.Columns[i]].Type, State: mapping.Value, Data: data})
	}
	return r
}

// writeAll writes rows and waits for their outcomes.
func writeAll(ctx context.Context, t *testing.T, w *sink.Writer, rows []mapping.Row) {
	t.Helper()
	var left sync.WaitGroup
	left.Add(len(rows))
	if err := w.Write(ctx, rows, func(rows []*mapping.Row, err error) {
		if err != nil {
			t.Errorf("an outcome: %v", err)
		}
		left.Add(-len(rows))
	}); err != nil {
		t.Fatal(err)
	}
	left.Wait()
}
