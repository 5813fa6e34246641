//go:build stack && crash

package crash

import (
	"testing"
	"time"

	"ingest/test/harness"
	"ingest/test/stack"
)

// The load of the soak test, in records per second.
const soakRate = 1000

// sampleEvery is how often the worker's memory is read.
const sampleEvery = 5 * time.Second

// What may grow over the whole run, as its trend has it. A leak of one small
// object per record is many times that in half an hour.
const (
	mostHeapGrowth      = 3 << 20  // bytes
	mostResidentGrowth  = 10 << 20 // bytes
	mostGoroutineGrowth = 5
)

// TestSoak runs a worker under steady load for long, and holds heap and
// goroutines to a flat trend.
func TestSoak(t *testing.T) {
	seed, minutes := seedOf(t), number(t, "INGEST_TEST_MINUTES", 30)
	t.Logf("run this again with: make soaktest SEED=%d MINUTES=%d", seed, minutes)
	l := newLoad(t, seed, stack.Options{CassandraNodes: 1, Registry: true, CassandraDurable: true}, soakRate)
	w := l.binary.Start(t, settings(l.Env(), harness.WriteMapping(t, mapping)), "run")
	l.producer.start(t.Context())
	harness.Eventually(t, time.Minute, "the worker keeps up", func() error { return l.behind(2 * soakRate) })
	seen := l.sample(w, time.Duration(minutes)*time.Minute)
	l.end(time.Minute, func() {})
	w.Signal(terminate)
	if code := w.Wait(time.Minute); code != 0 {
		l.broken.note("exit code %d", code)
	}
	l.flat("heap in bytes", seen.heap, mostHeapGrowth)
	l.flat("resident memory in bytes", seen.resident, mostResidentGrowth)
	l.flat("goroutines", seen.goroutines, mostGoroutineGrowth)
	l.verify()
	l.tellVerified()
}

// samples are the readings over time.
type samples struct{ heap, resident, goroutines series }

// sample reads the worker's memory for so long. The first fifth is left out:
// pools and caches fill.
func (l *load) sample(w *harness.Worker, length time.Duration) (seen samples) {
	l.t.Helper()
	began, told := time.Now(), time.Now()
	for time.Since(began) < length {
		time.Sleep(sampleEvery)
		l.lives(w)
		now, ok := read(w)
		if !ok {
			l.broken.note("/metrics does not answer")
			continue
		}
		at := time.Since(began)
		if at > length/5 {
			seen.heap.add(at, now.heap)
			seen.resident.add(at, now.resident)
			seen.goroutines.add(at, now.goroutines)
		}
		if time.Since(told) > 30*time.Second {
			told = time.Now()
			l.t.Logf("%s  %d records, %d not committed  resident %.1f MiB  heap %.1f MiB  %.0f goroutines", clock(at),
				l.log.Total(), l.log.Total()-l.committed(), now.resident/(1<<20), now.heap/(1<<20), now.goroutines)
		}
	}
	return seen
}

// flat demands that what a trend surely grows by is at most so much.
func (l *load) flat(name string, s series, most float64) {
	l.t.Helper()
	growth, doubt := s.growth()
	l.t.Logf("%s: %d readings, mean %.0f, growth over them %.0f ± %.0f", name, len(s.y), s.mean(), growth, doubt)
	if growth-doubt > most {
		l.broken.note("%s: grows by %.0f ± %.0f, want at most %.0f", name, growth, doubt, most)
	}
}
