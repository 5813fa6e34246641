//go:build stack && crash

package crash

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ingest/test/harness"
	"ingest/test/stack"
)

// The load of the outage test. The log grows faster than the worker's memory:
// what is produced while Cassandra is away is some times what may be in flight.
const (
	outageRate   = 600     // records per second
	outageFlight = 4 << 20 // bytes in flight
	// Bytes of memory in all: what is in flight, in the inboxes, in one poll and in
	// two fetches once they are decompressed is some 30 MiB; the collector lets as
	// much again lie before it is at work; the process itself has 30 MiB.
	outageMost    = 128 << 20
	settleBetween = 5 * time.Second
	// toldWithin is how long readiness may take to say that a server is away. A
	// frozen one is found out by timeouts.
	toldWithin = 45 * time.Second
)

// outage is a server that goes away for a while.
type outage struct {
	name      string
	component string // of readiness: how its name begins
	length    time.Duration
	away      func(p *stack.Process) error
	back      func(p *stack.Process) error
	server    *stack.Process
}

// TestOutages takes one server after another away under load. The worker must
// wait: alive, within its memory, without dead letters, and caught up within as
// long again.
func TestOutages(t *testing.T) {
	seed := seedOf(t)
	t.Logf("run this again with: make outagetest SEED=%d", seed)
	l := newLoad(t, seed, stack.Options{CassandraNodes: 1, Registry: true, CassandraDurable: true}, outageRate)
	w := l.binary.Start(t, settings(l.Env(), harness.WriteMapping(t, mapping),
		fmt.Sprintf("INGEST_IN_FLIGHT_BYTES=%d", outageFlight)), "run")
	l.producer.start(t.Context())
	harness.Eventually(t, time.Minute, "the worker is at work", func() error { return l.behind(rateSeconds(2)) })
	var lines []string
	for _, o := range l.outages() {
		lines = append(lines, l.suffer(w, o))
		time.Sleep(settleBetween)
	}
	l.end(time.Minute, func() {})
	w.Signal(terminate)
	if code := w.Wait(time.Minute); code != 0 {
		l.broken.note("exit code %d", code)
	}
	l.verify()
	for _, line := range lines {
		t.Log(line)
	}
	l.tellVerified()
}

// rateSeconds is how many records come in so many seconds.
func rateSeconds(n int64) int64 { return n * outageRate }

// outages are all of them, or those whose name contains INGEST_TEST_OUTAGE.
func (l *load) outages() []outage {
	minutes := time.Duration(number(l.t, "INGEST_TEST_OUTAGE_SECONDS", 180)) * time.Second
	shorter := minutes / 3
	kill := func(p *stack.Process) error { return p.Kill() }
	start := func(p *stack.Process) error { return p.Start(l.t.Context()) }
	freeze := func(p *stack.Process) error { return p.Freeze() }
	thaw := func(p *stack.Process) error { return p.Thaw() }
	all := []outage{
		{"Cassandra killed", "cassandra", minutes, kill, start, l.Cassandra[0]},
		{"Cassandra frozen", "cassandra", shorter, freeze, thaw, l.Cassandra[0]},
		{"Kafka killed", "kafka", shorter, kill, start, l.Kafka[0]},
		{"Kafka frozen", "kafka", shorter, freeze, thaw, l.Kafka[0]},
		// Its schemas are in memory: it is not killed.
		{"registry frozen", "schema registry", shorter, l.freezeRegistry, thaw, l.Registry},
	}
	only := os.Getenv("INGEST_TEST_OUTAGE")
	return slices.DeleteFunc(all, func(o outage) bool { return !strings.Contains(o.name, only) })
}

// freezeRegistry makes the producer go on with a schema that the worker has not
// seen, or it would not miss the registry.
func (l *load) freezeRegistry(p *stack.Process) error {
	next := l.registerNext(topic + "-value")
	if err := p.Freeze(); err != nil {
		return err
	}
	l.producer.use(next)
	return nil
}

// suffer has an outage, and gives a line about it.
func (l *load) suffer(w *harness.Worker, o outage) string {
	l.t.Helper()
	l.t.Logf("%s for %v", o.name, o.length)
	before, _ := read(w)
	if err := o.away(o.server); err != nil {
		l.t.Fatal(err)
	}
	began := time.Now()
	told, most := time.Duration(0), before
	for time.Since(began) < o.length {
		time.Sleep(time.Second)
		l.lives(w)
		if told == 0 && l.says(w, o.component) {
			told = time.Since(began)
		}
		most = larger(w, most)
	}
	if told > toldWithin || told == 0 && o.length > toldWithin {
		l.broken.note("%s: readiness said so after %v, want at most %v", o.name, told, toldWithin)
	}
	away := most
	end := l.log.Total()
	if err := o.back(o.server); err != nil {
		l.t.Fatal(err)
	}
	returned := time.Now()
	behind := end - l.committed()
	err := poll(l.t.Context(), o.length, "it has caught up", func() error { most = larger(w, most); return l.behind(rateSeconds(2)) })
	if err != nil {
		l.broken.note("%s: %v", o.name, err)
	}
	if most.resident > outageMost {
		l.broken.note("%s: %.0f MiB of memory, want at most %d", o.name, most.resident/(1<<20), outageMost>>20)
	}
	return fmt.Sprintf("%s for %v: told after %s, %d records behind, caught up %v after its return; resident %.0f MiB before, at most %.0f while away, %.0f in all; heap at most %.0f MiB; goroutines at most %.0f",
		o.name, o.length, saidAfter(told), behind, time.Since(returned).Round(time.Second),
		before.resident/(1<<20), away.resident/(1<<20), most.resident/(1<<20), most.heap/(1<<20), most.goroutines)
}

// saidAfter writes when readiness told of an outage; 0 is never.
func saidAfter(told time.Duration) string {
	if told == 0 {
		return "(never)"
	}
	return told.Round(time.Second).String()
}

// lives: a worker that waits is alive, whatever is away.
func (l *load) lives(w *harness.Worker) {
	if err := w.Alive(); err != nil {
		l.t.Fatalf("%v\n%s", err, w.Tail())
	}
	if err := l.producer.fault(); err != nil {
		l.t.Fatal(err)
	}
	if code, text := w.Get("/livez"); code != 200 {
		l.broken.note("/livez answers %d %s", code, text)
	}
}

// says reports whether readiness blames a component.
func (l *load) says(w *harness.Worker, component string) bool {
	reasons, err := w.Unready()
	if err != nil {
		return false
	}
	for name, reason := range reasons {
		if strings.HasPrefix(name, component) && reason != "" {
			return true
		}
	}
	return false
}

func larger(w *harness.Worker, most reading) reading {
	if now, ok := read(w); ok {
		most.resident = max(most.resident, now.resident)
		most.heap = max(most.heap, now.heap)
		most.goroutines = max(most.goroutines, now.goroutines)
	}
	return most
}

// committed is how many records are.
func (l *load) committed() (sum int64) {
	for _, c := range l.mustCommits() {
		sum += max(0, c.offset)
	}
	return sum
}

// behind gives an error while more records than that are not committed.
func (l *load) behind(most int64) error {
	at, err := l.commits(l.t.Context())
	if err != nil {
		return err
	}
	left := l.log.Total()
	for _, c := range at {
		left -= max(0, c.offset)
	}
	if slices.ContainsFunc(at, func(c commit) bool { return c.offset < 0 }) || left > most {
		return fmt.Errorf("%d records are not committed", left)
	}
	return nil
}
