package verify

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/pipeline"
)

const (
	orders = "orders"
	group  = "workers"
)

// mapper writes a record's value as the amount of the row that its key names; a
// tombstone deletes the row.
type mapper struct{}

func (mapper) Map(_ context.Context, rec *mapping.Record, stamp int64, record int32, buf *mapping.Buffer) error {
	row := rowOf(rec.Key, rec.Value)
	row.Timestamp, row.Record = stamp, record
	buf.Rows = append(buf.Rows, *row)
	return nil
}

func rowOf(key, value []byte) *mapping.Row {
	if value == nil {
		return drop(string(key), 1)
	}
	return put(insertion, string(key), 1, value, nil)
}

// world is a fake broker with a log of one partition, and a naive Cassandra.
type world struct {
	*testing.T
	opts   []kgo.Opt
	client *kgo.Client
	admin  *kadm.Client
	cfg    Config
	clock  pipeline.Clock
	log    []*kgo.Record
	clocks []int64 // after each record of the log

	mu      sync.Mutex
	table   naive
	reads   map[string]int
	reading func(id string, n int) error // before the n-th read of a row, from 1
}

// inWorld runs a test in virtual time.
func inWorld(t *testing.T, test func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		network := &kfake.VirtualNetwork{}
		fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ListenFn(network.Listen), kfake.SeedTopics(1, orders))
		if err != nil {
			t.Fatal(err)
		}
		w := &world{T: t, table: naive{}, reads: map[string]int{}, reading: func(string, int) error { return nil },
			cfg: Config{Sample: 1, Lookback: time.Hour, MemoryBytes: 1 << 30, Concurrency: 4, Details: 10}}
		w.opts = []kgo.Opt{kgo.SeedBrokers(fake.ListenAddrs()...), kgo.Dialer(network.DialContext)}
		if w.client, err = kgo.NewClient(w.opts...); err != nil {
			t.Fatal(err)
		}
		w.admin = kadm.NewClient(w.client)
		t.Cleanup(func() { w.client.Close(); fake.Close() })
		test(w)
	})
}

// produce appends a record; a nil value is a tombstone. It gives the offset.
func (w *world) produce(key string, value []byte) int64 {
	w.Helper()
	r := &kgo.Record{Topic: orders, Key: []byte(key), Value: value, Timestamp: time.Now()}
	if err := w.client.ProduceSync(w.Context(), r).FirstErr(); err != nil {
		w.Fatal(err)
	}
	w.log = append(w.log, r)
	w.clocks = append(w.clocks, w.clock.Tick(r.Timestamp.UnixMilli()))
	return r.Offset
}

// write does what a worker does with a record.
func (w *world) write(offset int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.log[offset]
	m := mutation{stamp: w.clocks[offset], delete: r.Value == nil, set: [2]bool{r.Value != nil}, data: [2][]byte{r.Value}}
	key := w.key(string(r.Key))
	w.table[key] = append(w.table[key], m)
}

func (w *world) plant(id string, m mutation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.table[w.key(id)] = append(w.table[w.key(id)], m)
}

func (w *world) key(id string) string {
	return string(appendKey(nil, tables()[0], put(insertion, id, 1, nil, nil).Cells, []int{2, 0}))
}

// commit commits the group's offset, with the clock there.
func (w *world) commit(offset int64) {
	w.Helper()
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: orders, At: offset, LeaderEpoch: -1, Metadata: pipeline.State{Clock: w.clocks[offset-1], Mapping: "hash"}.Encode()})
	if err := w.admin.CommitAllOffsets(w.Context(), group, offsets); err != nil {
		w.Error(err)
	}
}

// Read gives a row of the naive Cassandra.
func (w *world) Read(ctx context.Context, _ *mapping.Table, key []mapping.Cell, _ []int) ([]mapping.Stored, bool, error) {
	id := string(key[0].Data)
	w.mu.Lock()
	w.reads[id]++
	n := w.reads[id]
	w.mu.Unlock()
	if err := w.reading(id, n); err != nil {
		return nil, false, err
	}
	if ctx.Err() != nil {
		return nil, false, context.Cause(ctx)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	have, found := w.table.read(w.key(id), time.Now())
	return have, found, nil
}

func (w *world) deps() Deps {
	return Deps{Client: w.opts, Group: group, Topics: []Topic{{Name: orders, Mapper: mapper{}}}, Tables: tables(), Rows: w, Letters: none, Mapping: "hash", Now: time.Now}
}

func none(context.Context) (map[Place][]string, error) { return nil, nil }

func (w *world) run(ctx context.Context) *Report {
	w.Helper()
	report, err := Run(ctx, w.cfg, w.deps())
	if err != nil {
		w.Fatal(err)
	}
	return report
}

// backlog produces, writes and commits n rows.
func (w *world) backlog(n int) {
	w.Helper()
	for i := range n {
		w.write(w.produce(string(rune('a'+i)), long(int64(i))))
	}
	w.commit(int64(n))
}
