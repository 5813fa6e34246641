//go:build stack && crash

package crash

import (
	"math/rand/v2"
	"os"
	"testing"
)

// step is one thing that the driver does.
type step int

const (
	killWorker step = iota
	killForGood
	freezeWorker
	changeFleet
	rollWorkers
	cutConnections
	stallConnections
	killCassandra
	killBroker
	nSteps
)

func (s step) String() string {
	return [nSteps]string{
		"worker killed, back at once", "worker killed, others take over", "worker frozen past its session",
		"worker added or removed", "all workers rolled", "connections cut", "connections stalled",
		"Cassandra node killed", "Kafka broker killed",
	}[s]
}

// every says how many kills there are to one step of a kind.
var every = map[step]int{
	freezeWorker: 20, changeFleet: 16, rollWorkers: 40, cutConnections: 8, stallConnections: 16,
	killCassandra: 25, killBroker: 25,
}

// forGood is how many kills there are to one whose takeover is measured.
const forGood = 10

// newDeck gives so many kills and, where all faults are wanted, the other steps
// among them, in an order that follows from the seed.
func newDeck(random *rand.Rand, kills int, all bool) []step {
	deck := make([]step, kills)
	for i := range (kills + forGood - 1) / forGood {
		deck[i] = killForGood
	}
	for s := range nSteps {
		if n := every[s]; n > 0 && all {
			for range (kills + n - 1) / n {
				deck = append(deck, s)
			}
		}
	}
	random.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
	return deck
}

// chosenFaults reads INGEST_TEST_FAULTS: all, or those of workers alone.
func chosenFaults(t *testing.T) (all bool) {
	t.Helper()
	switch text := os.Getenv("INGEST_TEST_FAULTS"); text {
	case "", "all":
		return true
	case "kills":
		return false
	default:
		t.Fatalf("INGEST_TEST_FAULTS: %q is neither all nor kills", text)
		return false
	}
}
