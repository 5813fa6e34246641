//go:build stack && crash

package crash

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ingest/test/stack"
)

// What a run is made of.
const (
	rate = 250 // records per second
	// caughtUpWithin bounds the time from the last record to its commit.
	caughtUpWithin = 3 * time.Minute
)

// run is the state of one run. Its fields belong to the driver's goroutine,
// which is that of the test, but for those that say otherwise.
type run struct {
	*load
	random  *rand.Rand // draws the steps
	moments *rand.Rand // draws whom to kill when, as often as it takes
	fleet   *fleet
	proxies []*proxy
	watch   *watch
	tally   tally
	started time.Time
	// bound says for each partition up to where a former owner can have written;
	// only rows beyond it are a new owner's work.
	bound      []int64
	background sync.WaitGroup // faults that last while the driver goes on
	lasting    atomic.Int32   // how many there are
	servers    sync.Mutex     // held by the fault that a server suffers
}

// TestManyCrashes kills, freezes and restarts workers and servers under load, and
// holds the table against the fold of the log.
func TestManyCrashes(t *testing.T) {
	seed, kills := seedOf(t), number(t, "INGEST_TEST_KILLS", 50)
	all := chosenFaults(t)
	tellAgain(t, seed, kills)
	r := newRun(t, seed)
	deck := newDeck(r.random, kills, all)
	r.tally.wanted, r.tally.planned = kills, len(deck)
	r.begin()
	for _, s := range deck {
		if r.broken.any() {
			break // the comparison says more than further kills
		}
		r.do(s)
		r.progress()
	}
	r.finish()
	r.verify()
	r.summary()
}

func newRun(t *testing.T, seed uint64) *run {
	t.Helper()
	l := newLoad(t, seed, stack.Options{
		Brokers: 3, CassandraNodes: 3, Registry: true, Fronted: true, CassandraDurable: true,
		KafkaHeap: "384m", CassandraHeap: "640m",
	}, rate)
	r := &run{
		load: l, random: rand.New(rand.NewPCG(seed, 2)), moments: rand.New(rand.NewPCG(seed, 3)), proxies: newProxies(t, l.Fronts()),
		bound: make([]int64, partitions), watch: &watch{world: l.world, broken: &l.broken},
	}
	r.fleet = r.newFleet()
	return r
}

// begin starts everything that runs while the driver does its worst, and waits
// until it does.
func (r *run) begin() {
	r.producer.start(r.t.Context())
	r.fleet.begin()
	r.watch.start(r.t.Context())
	if err := poll(r.t.Context(), time.Minute, "the workers are at work", r.watch.atWork); err != nil {
		r.t.Fatal(err)
	}
	r.started = time.Now()
}

// finish lets everything come to rest: no more records, all of them committed,
// no worker any more.
func (r *run) finish() {
	r.calm()
	r.end(caughtUpWithin, r.progress)
	r.watch.stop()
	r.fleet.end()
}

// calm waits until no fault goes on.
func (r *run) calm() { r.background.Wait() }
