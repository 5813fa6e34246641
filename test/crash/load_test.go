//go:build stack && crash

package crash

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/oracle"
	"ingest/test/stack"
)

// load is a log that a producer writes to Kafka, and all that the table must
// show of it in the end. Its fields belong to the test's goroutine, but for those
// that say otherwise.
type load struct {
	*world
	seed     uint64
	log      *oracle.Log // grows while others read it
	producer *producer
	broken   broken

	promises   int // of commits, held against the table
	lastRecord time.Time
	took       time.Duration // from the last record to its commit
	difference *oracle.Difference
	letters    int64
}

// Shape of the log.
const (
	partitions = 6
	keys       = 3000
)

// newLoad starts servers and makes the topic, the table and a producer that is
// not started yet.
func newLoad(t *testing.T, seed uint64, options stack.Options, rate int) *load {
	t.Helper()
	w := newWorld(t, options)
	w.execute(fmt.Sprintf("CREATE KEYSPACE crash WITH replication = {'class': 'SimpleStrategy', 'replication_factor': %d}", max(1, options.CassandraNodes)),
		"CREATE TABLE "+table+" (id text PRIMARY KEY, a bigint, b text, c double)")
	w.createTopic(topic, partitions)
	l := &load{world: w, seed: seed, log: oracle.NewLog(partitions), broken: broken{t: t}}
	l.producer = l.newProducer(rate)
	return l
}

func (l *load) newProducer(rate int) *producer {
	l.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(l.Brokers()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(10*time.Millisecond)) // a delivery timeout would count from the records' timestamps, which are the log's
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(client.Close)
	// Timestamps begin now, so that those that leap ahead lie in the future.
	shape := oracle.Shape{Partitions: partitions, Keys: keys, Start: time.Now().UnixMilli(), OnceShare: 40, HotShare: 20}
	p := &producer{
		client: client, topic: topic, rate: rate, log: l.log,
		source: oracle.NewSource(rand.New(rand.NewPCG(l.seed, 1)), shape),
	}
	p.use(l.register(topic + "-value"))
	return p
}

// end stops the producer and waits until all of its records are committed;
// meanwhile is called now and then.
func (l *load) end(within time.Duration, meanwhile func()) {
	l.t.Helper()
	if err := l.producer.end(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	l.lastRecord = time.Now()
	if err := l.caughtUp(within, meanwhile); err != nil {
		l.broken.note("%v", err)
	}
	l.took = time.Since(l.lastRecord)
}
