//go:build stack

package sink

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"ingest/mapping"
)

// Cassandra goes away in the middle of writing and comes back: every row is
// acknowledged in the end, and readiness heard of it.
func TestOutageIsWaitedFor(t *testing.T) {
	s := connect(t, testDeps())
	deps := testDeps()
	var mu sync.Mutex
	var reasons []string
	deps.Waiting = func(reason string) {
		mu.Lock()
		defer mu.Unlock()
		reasons = append(reasons, reason)
	}
	heard := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string{}, reasons...)
	}
	w := newTestWriter(t, s, deps)
	st := insert(table(t, s, "outage", "pk int, ck int, v bigint, PRIMARY KEY (pk, ck)"), "pk", "ck", "v")
	const runs, each = 60, 500
	o := expect(runs * each)
	kill := make(chan struct{})
	go func() {
		for run := range runs {
			if run == runs/3 {
				close(kill)
			}
			rows := make([]mapping.Row, each)
			for i := range rows {
				n := int64(run*each + i)
				rows[i] = row(st, n+1, intBytes(int32(n%100)), intBytes(int32(n)), longBytes(n))
			}
			if err := w.Write(t.Context(), rows, o.done); err != nil {
				t.Error(err)
			}
		}
	}()
	<-kill
	process := server.stack.Cassandra[0]
	// A signal that lets it save its commit log: with the periodic sync of the
	// defaults a killed node alone forgets rows that it has acknowledged.
	if err := process.Stop(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "readiness hears of the outage", func() bool { return len(heard()) > 0 })
	if err := process.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.wait(t)
	if len(o.acked) != runs*each {
		t.Fatalf("%d acknowledged of %d, poison %v", len(o.acked), runs*each, o.poison)
	}
	eventually(t, "readiness hears of the end", func() bool { all := heard(); return all[len(all)-1] == "" })
	eventually(t, "the tests' own session is back", func() bool { return server.admin.Query("SELECT now() FROM system.local").Exec() == nil })
	var n int
	if err := server.admin.Query("SELECT COUNT(*) FROM sink.outage").Scan(&n); err != nil || n != runs*each {
		t.Errorf("%d rows in the table, %v; want %d", n, err, runs*each)
	}
}

// A node that hangs keeps its connections and answers nothing. Rows wait, fewer
// requests at once ask it again, and all are acknowledged once it goes on.
func TestANodeThatHangsIsWaitedFor(t *testing.T) {
	c := testConfig()
	c.Cassandra.Timeout = time.Second
	deps := testDeps()
	heard := make(chan string, 1000)
	deps.Waiting = func(reason string) { heard <- reason }
	s, err := Connect(t.Context(), c, deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := newTestWriter(t, s, deps)
	st := insert(table(t, s, "hanging", "pk int PRIMARY KEY, v bigint"), "pk", "v")
	write(t, w, row(st, 1, intBytes(0), longBytes(0)))
	process := server.stack.Cassandra[0]
	if err := process.Freeze(); err != nil {
		t.Fatal(err)
	}
	thawed := sync.OnceValue(process.Thaw)
	t.Cleanup(func() { _ = thawed() })
	rows := make([]mapping.Row, 500)
	for i := range rows {
		rows[i] = row(st, int64(i+2), intBytes(int32(i+1)), longBytes(1))
	}
	o := expect(len(rows))
	if err := w.Write(t.Context(), rows, o.done); err != nil {
		t.Fatal(err)
	}
	eventually(t, "readiness hears that the node does not answer", func() bool {
		select {
		case reason := <-heard:
			return reason == "Cassandra: no answer within the timeout"
		default:
			return false
		}
	})
	n := s.topology().replicas(0)[0]
	s.limiter.mu.Lock()
	limit := s.limiter.limitOf(n)
	s.limiter.mu.Unlock()
	if limit > float64(c.InFlight.Requests)/2 {
		t.Errorf("%v requests at once may still go to the node that hangs", limit)
	}
	if err := thawed(); err != nil {
		t.Fatal(err)
	}
	o.wait(t)
	if len(o.acked) != len(rows) {
		t.Errorf("%d acknowledged of %d, poison %v", len(o.acked), len(rows), o.poison)
	}
	eventually(t, "the tests' own session is back", func() bool { return server.admin.Query("SELECT now() FROM system.local").Exec() == nil })
}

func TestConnectWaitsForTheServer(t *testing.T) {
	process := server.stack.Cassandra[0]
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	deps := testDeps()
	heard := make(chan string, 100)
	deps.Waiting = func(reason string) {
		select {
		case heard <- reason:
		default:
		}
	}
	connected := make(chan *Session, 1)
	go func() {
		s, err := Connect(t.Context(), testConfig(), deps)
		if err != nil {
			t.Error(err)
		}
		connected <- s
	}()
	if reason := <-heard; reason == "" {
		t.Error("readiness hears of no reason while the server is away")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := Connect(ctx, testConfig(), testDeps()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a context that ends: %v, want its cause", err)
	}
	if err := process.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	(<-connected).Close()
	eventually(t, "the tests' own session is back", func() bool { return server.admin.Query("SELECT now() FROM system.local").Exec() == nil })
}
