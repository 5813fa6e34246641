//go:build stack

package sink

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/goleak"

	"ingest/mapping"
	"ingest/retry"
	"ingest/test/stack"
)

// server is the one Cassandra of all tests of this package; TestMain starts it.
var server struct {
	stack *stack.Stack
	// admin is the tests' own session: it makes tables and reads rows back.
	admin *gocql.Session
}

func TestMain(m *testing.M) { os.Exit(withServer(m.Run)) }

func withServer(run func() int) int {
	ctx, cancel := context.WithTimeout(context.Background(), 19*time.Minute)
	defer cancel()
	s, err := stack.Start(ctx, stack.Options{CassandraNodes: 1, KafkaHeap: "256m", Progress: stack.WriterProgress(os.Stderr),
		// For TestServersAnswersAreUnderstood; no other test touches on them.
		CassandraSettings:   []string{"user_defined_functions_enabled: true", "cdc_enabled: true", "cdc_total_space: 1MiB"},
		CassandraProperties: []string{"cassandra.test.fail_writes_ks=failing"},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer s.Stop()
	server.stack = s
	cluster := gocql.NewCluster(s.CassandraHosts()...)
	cluster.Port, cluster.ProtoVersion, cluster.Timeout = s.CassandraPort(), 4, 20*time.Second
	cluster.ReconnectInterval = time.Second
	cluster.Logger = driverLog{slog.New(slog.DiscardHandler)}
	if server.admin, err = cluster.CreateSession(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.admin.Close()
	err = server.admin.Query("CREATE KEYSPACE sink WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}").Exec()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

func testConfig() Config {
	return Config{
		Cassandra: CassandraConfig{
			Hosts: server.stack.CassandraHosts(), Port: server.stack.CassandraPort(), Consistency: "LOCAL_ONE",
			Timeout: 5 * time.Second, ConnectTimeout: 5 * time.Second,
		},
		Batch:    BatchConfig{Rows: 30, Bytes: 5000, PartitionBytes: 65536, Partitions: 10},
		InFlight: InFlightConfig{Requests: 64},
		Retry:    retry.Config{Min: 20 * time.Millisecond, Max: time.Second},
	}
}

func testDeps() Deps {
	return Deps{Log: slog.New(slog.DiscardHandler), Meter: noop.Meter{}, Waiting: func(string) {}}
}

func execute(t testing.TB, cql string, values ...any) {
	t.Helper()
	if err := server.admin.Query(cql, values...).Exec(); err != nil {
		t.Fatalf("%s: %v", cql, err)
	}
}

// connect gives a session that the test's end closes.
func connect(t testing.TB, d Deps) *Session {
	t.Helper()
	s, err := Connect(t.Context(), testConfig(), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newTestWriter(t testing.TB, s *Session, d Deps) *Writer {
	t.Helper()
	w, err := NewWriter(s, testConfig(), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		w.Close(ctx) // what still runs is the test's fault and not waited for
	})
	return w
}

// table makes a table from its columns and primary key and gives the live one.
func table(t testing.TB, s *Session, name, definition string) *mapping.Table {
	t.Helper()
	execute(t, "DROP TABLE IF EXISTS sink."+name)
	execute(t, "CREATE TABLE sink."+name+" ("+definition+")")
	return live(t, s, name)
}

func live(t testing.TB, s *Session, name string) *mapping.Table {
	t.Helper()
	c, err := s.Catalog(t.Context(), []string{"sink"})
	if err != nil {
		t.Fatal(err)
	}
	found := c.Keyspaces["sink"][name]
	if found == nil {
		t.Fatalf("the catalog has no table %s", name)
	}
	return found
}

// insert is a statement that binds the named columns.
func insert(t *mapping.Table, columns ...string) *mapping.Statement {
	return statement(t, mapping.Insert, columns...)
}

func statement(t *mapping.Table, op mapping.Op, columns ...string) *mapping.Statement {
	st := &mapping.Statement{Table: t, Op: op}
	for _, name := range columns {
		st.Columns = append(st.Columns, t.Column(name))
	}
	for _, part := range t.PartitionKey {
		for position, column := range st.Columns {
			if column == part {
				st.Routing = append(st.Routing, position)
			}
		}
	}
	return st
}

// row makes a row from values of protocol bytes; nil is a tombstone and unset
// leaves the column out.
func row(st *mapping.Statement, stamp int64, values ...[]byte) mapping.Row {
	r := mapping.Row{Statement: st, Timestamp: stamp, Size: 40}
	for i, v := range values {
		c := mapping.Cell{Type: st.Table.Columns[st.Columns[i]].Type, State: mapping.Value, Data: v}
		switch {
		case v == nil:
			c.State = mapping.Tombstone
		case len(v) > 0 && &v[0] == &unset[0]:
			c = mapping.Cell{Type: c.Type, State: mapping.Unset}
		}
		r.Cells = append(r.Cells, c)
		r.Size += int32(4 + len(v))
	}
	for _, position := range st.Routing {
		if len(st.Routing) == 1 {
			r.Routing = values[position]
			break
		}
		r.Routing = binary.BigEndian.AppendUint16(r.Routing, uint16(len(values[position])))
		r.Routing = append(append(r.Routing, values[position]...), 0)
	}
	return r
}

var unset = []byte("unset")

func intBytes(v int32) []byte  { return binary.BigEndian.AppendUint32(nil, uint32(v)) }
func longBytes(v int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(v)) }
func empty() []byte            { return []byte{} }

// outcomes collects what a writer says about rows.
type outcomes struct {
	mu     sync.Mutex
	poison map[int64]*retry.Poison // by write timestamp
	acked  map[int64]bool
	all    chan struct{}
	left   int
	fault  string
	count  bool // only count: the maps would be what a benchmark measures
}

func expect(rows int) *outcomes {
	return &outcomes{poison: map[int64]*retry.Poison{}, acked: map[int64]bool{}, all: make(chan struct{}), left: rows}
}

func (o *outcomes) done(rows []*mapping.Row, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range rows {
		if o.count {
			break
		}
		if o.acked[r.Timestamp] || o.poison[r.Timestamp] != nil {
			o.fault = fmt.Sprintf("row %d has two outcomes", r.Timestamp)
		}
		switch p, ok := errors.AsType[*retry.Poison](err); {
		case err == nil:
			o.acked[r.Timestamp] = true
		case ok:
			o.poison[r.Timestamp] = p
		default:
			o.fault = fmt.Sprintf("an outcome that is no poison: %v", err)
		}
	}
	if o.left -= len(rows); o.left == 0 {
		close(o.all)
	}
}

// wait waits for all outcomes.
func (o *outcomes) wait(t testing.TB) {
	t.Helper()
	select {
	case <-o.all:
	case <-time.After(2 * time.Minute):
		o.mu.Lock()
		defer o.mu.Unlock()
		t.Fatalf("%d rows have no outcome", o.left)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fault != "" {
		t.Fatal(o.fault)
	}
}

// write writes rows and waits for their outcomes.
func write(t testing.TB, w *Writer, rows ...mapping.Row) *outcomes {
	t.Helper()
	o := expect(len(rows))
	if err := w.Write(t.Context(), rows, o.done); err != nil {
		t.Fatal(err)
	}
	o.wait(t)
	return o
}

func TestRowsLandWithTheirTimestamps(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	tab := table(t, s, "landing", "pk int, ck text, a bigint, b text, PRIMARY KEY (pk, ck)")
	st := insert(tab, "ck", "a", "pk", "b")
	var rows []mapping.Row
	for i := range int64(200) {
		rows = append(rows, row(st, 1000+i, []byte(fmt.Sprintf("c%03d", i)), longBytes(i*i), intBytes(int32(i%7)), []byte("b")))
	}
	if o := write(t, w, rows...); len(o.acked) != 200 {
		t.Fatalf("%d rows acknowledged, want 200: %v", len(o.acked), o.poison)
	}
	for i := range int64(200) {
		var a, stamp int64
		var b string
		err := server.admin.Query("SELECT a, b, WRITETIME(a) FROM sink.landing WHERE pk = ? AND ck = ?", i%7, fmt.Sprintf("c%03d", i)).Scan(&a, &b, &stamp)
		if err != nil || a != i*i || b != "b" || stamp != 1000+i {
			t.Fatalf("row %d reads a=%d b=%q stamp=%d, %v", i, a, b, stamp, err)
		}
	}
}

func TestDeleteNullUnsetAndEmpty(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	tab := table(t, s, "cells", `pk int PRIMARY KEY, a text, b text, "C d" text`)
	st, del := insert(tab, "pk", "a", "b", "C d"), statement(tab, mapping.DeleteRow, "pk")
	write(t, w, row(st, 10, intBytes(1), []byte("old"), []byte("old"), []byte("old")), row(st, 11, intBytes(2), []byte("x"), []byte("x"), []byte("x")))
	write(t, w, row(st, 20, intBytes(1), nil, unset, empty()), row(del, 21, intBytes(2)))
	var a, b, c *string
	if err := server.admin.Query(`SELECT a, b, "C d" FROM sink.cells WHERE pk = 1`).Scan(&a, &b, &c); err != nil {
		t.Fatal(err)
	}
	if a != nil || b == nil || *b != "old" || c == nil || *c != "" {
		t.Errorf("a=%v b=%v c=%v; want null, old and empty", a, b, c)
	}
	if err := server.admin.Query("SELECT pk FROM sink.cells WHERE pk = 2").Scan(new(int)); !errors.Is(err, gocql.ErrNotFound) {
		t.Errorf("the deleted row reads with %v", err)
	}
	write(t, w, row(st, 15, intBytes(2), []byte("late"), unset, unset)) // older than the delete
	if err := server.admin.Query("SELECT pk FROM sink.cells WHERE pk = 2").Scan(new(int)); !errors.Is(err, gocql.ErrNotFound) {
		t.Errorf("an older row came back: %v", err)
	}
}

func TestPoisonStaysAlone(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	tab := table(t, s, "poison", "pk text, ck text, v int, PRIMARY KEY (pk, ck)")
	st := insert(tab, "pk", "ck", "v")
	good := func(i int64) mapping.Row {
		return row(st, i, []byte(fmt.Sprint("p", i%3)), []byte(fmt.Sprint(i)), intBytes(int32(i)))
	}
	var rows []mapping.Row
	for i := range int64(20) {
		rows = append(rows, good(i))
	}
	rows[5] = row(st, 5, empty(), []byte("ck"), intBytes(1))
	rows[13] = row(st, 13, []byte("p1"), []byte(strings.Repeat("k", 65_536)), intBytes(1))
	// All in one batch, so that bisection is what separates them.
	w.caps = caps{rows: 100, bytes: 1 << 20, singleBytes: 1 << 20, partitions: 100}
	o := write(t, w, rows...)
	if len(o.acked) != 18 || o.poison[5] == nil || o.poison[13] == nil {
		t.Fatalf("%d acknowledged, poison %v", len(o.acked), o.poison)
	}
	for stamp, want := range map[int64]string{
		5:  "rejected table=sink.poison: Key may not be empty",
		13: "rejected table=sink.poison: a key is longer than the maximum of 65535 bytes",
	} {
		if got := o.poison[stamp].Error(); got != want {
			t.Errorf("row %d: %q, want %q", stamp, got, want)
		}
	}
	var n int
	if err := server.admin.Query("SELECT COUNT(*) FROM sink.poison").Scan(&n); err != nil || n != 18 {
		t.Errorf("%d rows in the table, %v; want 18", n, err)
	}
}

func TestOversized(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	tab := table(t, s, "oversized", "pk int PRIMARY KEY, v blob")
	st := insert(tab, "pk", "v")
	w.caps = caps{rows: 100, bytes: 1 << 30, singleBytes: 1 << 30, partitions: 100}
	t.Run("a batch over the server's limit is split", func(t *testing.T) {
		var rows []mapping.Row
		for i := range int64(8) {
			rows = append(rows, row(st, i, intBytes(int32(i)), make([]byte, 20<<10)))
		}
		if o := write(t, w, rows...); len(o.acked) != 8 {
			t.Errorf("%d acknowledged, want 8: %v", len(o.acked), o.poison)
		}
	})
	t.Run("a row over the frame is poison", func(t *testing.T) {
		rows := []mapping.Row{row(st, 100, intBytes(100), []byte("small")), row(st, 101, intBytes(101), make([]byte, 17<<20)), row(st, 102, intBytes(102), []byte("small"))}
		o := write(t, w, rows...)
		if len(o.acked) != 2 || o.poison[101] == nil || o.poison[101].Reason != retry.ReasonOversized {
			t.Errorf("%d acknowledged, poison %v", len(o.acked), o.poison)
		}
	})
}

func TestTTLIsTheRemainder(t *testing.T) {
	s := connect(t, testDeps())
	w := newTestWriter(t, s, testDeps())
	tab := table(t, s, "ttl", "pk int PRIMARY KEY, v int")
	st := insert(tab, "pk", "v")
	st.TTL = 1000
	write(t, w, row(st, time.Now().Add(-600*time.Second).UnixMicro(), intBytes(1), intBytes(1)))
	var ttl int
	if err := server.admin.Query("SELECT TTL(v) FROM sink.ttl WHERE pk = 1").Scan(&ttl); err != nil || ttl > 400 || ttl < 370 {
		t.Errorf("TTL %d, %v; want 400 less the time of the test", ttl, err)
	}
}

func TestNoGoroutineIsLeft(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s, err := Connect(t.Context(), testConfig(), testDeps())
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(s, testConfig(), testDeps())
	if err != nil {
		t.Fatal(err)
	}
	tab := table(t, s, "leak", "pk int PRIMARY KEY, v int")
	write(t, w, row(insert(tab, "pk", "v"), 1, intBytes(1), intBytes(1)))
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	goleak.VerifyNone(t, before)
}
