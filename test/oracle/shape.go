package oracle

import (
	"fmt"
	"math/rand/v2"
)

// Shape says what a random log looks like.
type Shape struct {
	Partitions int
	Keys       int   // beside those that come once
	Start      int64 // the first timestamp, in milliseconds since 1970
	OnceShare  int   // percent of the records whose key comes once: nothing later hides what became of them
	HotShare   int   // percent of the records that are of the few hot keys, one key in a hundred
}

// Shares of every log, in percent.
const (
	deleteShare = 12
	nullShare   = 30 // of each value
	lateShare   = 45 // timestamps that do not advance; some three in four of them are equal to or before their predecessor
)

// A Source draws the events of a log, one after another: keys that come once,
// hot keys and others, deletes and re-inserts, a third of the timestamps equal to
// or before their predecessor, some in the future. The same seed draws the same
// log. A Source belongs to one goroutine.
type Source struct {
	shape  Shape
	random *rand.Rand
	latest []int64 // by partition: the latest timestamp of those that advance
	drawn  []int   // by partition
	total  int64
}

// NewSource makes a source.
func NewSource(random *rand.Rand, shape Shape) *Source {
	s := &Source{shape: shape, random: random, latest: make([]int64, shape.Partitions), drawn: make([]int, shape.Partitions)}
	for p := range s.latest {
		s.latest[p] = shape.Start + random.Int64N(1000)
	}
	return s
}

// Next draws the next event and its partition. A key is always in one partition.
func (s *Source) Next() (partition int, e Event) {
	e.Key, partition = s.key()
	e.N = s.total
	e.Delete = s.random.IntN(100) < deleteShare
	e.Millis = s.millis(partition)
	for i := range e.Set {
		// Sometimes no value is left, and the row is its marker alone.
		e.Set[i] = !e.Delete && s.random.IntN(100) >= nullShare
	}
	s.total++
	s.drawn[partition]++
	return partition, e
}

func (s *Source) key() (key string, partition int) {
	k := s.random.IntN(s.shape.Keys)
	switch share := s.random.IntN(100); {
	case share < s.shape.OnceShare:
		return fmt.Sprintf("once-%07d", s.total), int(s.total) % s.shape.Partitions
	case share < s.shape.OnceShare+s.shape.HotShare:
		k = s.random.IntN(max(1, s.shape.Keys/100))
	}
	return fmt.Sprintf("key-%05d", k), k % s.shape.Partitions
}

// millis draws the timestamp of a partition's next record. Now and then one
// leaps ahead of all that follow for long, in odd partitions for good: from there
// every write timestamp hangs on the one before it, and a worker that goes on
// without that one gives others.
func (s *Source) millis(partition int) int64 {
	n, latest := s.drawn[partition], s.latest[partition]
	switch {
	case partition%2 == 1 && n == 200:
		return latest + 20*60_000
	case partition%2 == 0 && n%1000 == 200:
		return latest + 500 + s.random.Int64N(1500)
	case s.random.IntN(100) < lateShare:
		return latest - s.random.Int64N(5000)*s.random.Int64N(2)
	}
	s.latest[partition] = latest + 1 + s.random.Int64N(3)
	return s.latest[partition]
}
