package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/metric/noop"

	"ingest/mapping"
	"ingest/retry"
)

// oneTable maps every record to one row, whose routing key is the record's key.
// A value "skip" gives no row, "poison" gives poison.
type oneTable struct{ statement *mapping.Statement }

func newOneTable() *oneTable {
	return &oneTable{&mapping.Statement{Table: &mapping.Table{Keyspace: "ks", Name: "t"}}}
}

func (m *oneTable) Map(_ context.Context, r *mapping.Record, stamp int64, record int32, b *mapping.Buffer) error {
	switch string(r.Value) {
	case "skip":
	case "poison":
		b.Poison = append(b.Poison, mapping.RowPoison{Record: record, Err: &retry.Poison{Reason: retry.ReasonDecode}})
	default:
		b.Rows = append(b.Rows, mapping.Row{Statement: m.statement, Routing: r.Key, Timestamp: stamp, Record: record})
	}
	return nil
}

// write is one row as the memory sink saw it.
type write struct {
	key   string
	stamp int64
}

// memory is a sink that keeps what it is given. hold, when it returns a
// channel, keeps a row open until that channel is closed; late, even when the
// partition is given up meanwhile.
type memory struct {
	mu     sync.Mutex
	writes []write
	refuse func(w write) bool
	hold   func(w write) <-chan struct{}
	late   bool
	tasks  sync.WaitGroup
}

func (s *memory) Write(ctx context.Context, rows []mapping.Row, done func([]*mapping.Row, error)) error {
	for i := range rows {
		w := write{string(rows[i].Routing), rows[i].Timestamp}
		s.mu.Lock()
		s.writes = append(s.writes, w)
		hold := s.hold
		s.mu.Unlock()
		one := []*mapping.Row{&rows[i]}
		switch {
		case s.refuse != nil && s.refuse(w):
			done(one, &retry.Poison{Reason: retry.ReasonRejected, Table: "ks.t"})
		case hold != nil && hold(w) != nil:
			until, ended := hold(w), ctx.Done()
			if s.late {
				ended = nil
			}
			s.tasks.Go(func() {
				select {
				case <-until:
					done(one, nil)
				case <-ended:
				}
			})
		default:
			done(one, nil)
		}
	}
	return nil
}

func (s *memory) all() []write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]write(nil), s.writes...)
}

// drawer keeps dead letters.
type drawer struct {
	mu      sync.Mutex
	letters []Letter
}

func (d *drawer) Send(_ context.Context, l Letter, done func(error)) {
	d.mu.Lock()
	d.letters = append(d.letters, l)
	d.mu.Unlock()
	done(nil)
}

// broker is a fake cluster with one topic.
type broker struct {
	t      *testing.T
	fake   *kfake.Cluster
	reach  []kgo.Opt // how clients connect
	client *kgo.Client
	admin  *kadm.Client
	config Config // of the workers it starts
}

const testTopic, testGroup = "orders", "loaders"

func newBroker(t *testing.T, partitions int32) *broker {
	t.Helper()
	return newBrokers(t, partitions, 9092)
}

// newBrokers is newBroker with a broker on each port of a network of its own.
func newBrokers(t *testing.T, partitions int32, ports ...int) *broker {
	t.Helper()
	network := &kfake.VirtualNetwork{}
	fake, err := kfake.NewCluster(kfake.Ports(ports...), kfake.ListenFn(network.Listen), kfake.SeedTopics(partitions, testTopic))
	if err != nil {
		t.Fatal(err)
	}
	reach := []kgo.Opt{kgo.SeedBrokers(fake.ListenAddrs()...), kgo.Dialer(slowed(network.DialContext))}
	client, err := kgo.NewClient(append(reach, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); fake.Close() })
	return &broker{t: t, fake: fake, reach: reach, client: client, admin: kadm.NewClient(client),
		config: Config{CommitInterval: 20 * time.Millisecond, InFlightBytes: 8 << 20, ShutdownTimeout: 2 * time.Second, ClockLookback: time.Hour}}
}

// slowed makes every request take a millisecond. Without it a client asks an old
// leader for ever in no time: virtual time stands still while anybody has work.
func slowed(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return slowConn{conn}, err
	}
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

type slowConn struct{ net.Conn }

func (c slowConn) Write(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return c.Conn.Write(b)
}

// produce appends values to a partition; keys count up, timestamps are given.
func (b *broker) produce(partition int32, millis int64, values ...string) {
	b.t.Helper()
	for i, v := range values {
		r := &kgo.Record{Topic: testTopic, Partition: partition, Key: fmt.Appendf(nil, "k%d", i), Value: []byte(v), Timestamp: time.UnixMilli(millis)}
		if err := b.client.ProduceSync(b.t.Context(), r).FirstErr(); err != nil {
			b.t.Fatal(err)
		}
	}
}

// commit gives a partition's committed offset and metadata; -1 when there is none.
func (b *broker) commit(partition int32) (int64, string) {
	b.t.Helper()
	offsets, err := b.admin.FetchOffsets(b.t.Context(), testGroup)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		b.t.Fatal(err)
	}
	o, ok := offsets.Lookup(testTopic, partition)
	if !ok {
		return -1, ""
	}
	return o.At, o.Metadata
}

// worker is a consumer that runs in the background.
type worker struct {
	*Consumer
	stop func() error // ends it and gives its error
	wait func() error // waits until it ends by itself
}

func (b *broker) start(sink Sink, letters DeadLetters, change ...func(*Deps)) *worker {
	b.t.Helper()
	deps := Deps{
		Client: slices.Clip(b.reach),
		Group:  Group{ID: testGroup, SessionTimeout: 6 * time.Second},
		Topics: map[string]Topic{testTopic: {Mapper: newOneTable()}},
		Sink:   sink, Letters: letters, Mapping: "abc",
		Log: slog.New(slog.NewTextHandler(b.t.Output(), nil)), Meter: noop.Meter{},
		Health: func(string, string) {}, Beat: func() {},
	}
	for _, f := range change {
		f(&deps)
	}
	c, err := New(b.config, deps)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, context.Background()) }()
	wait := sync.OnceValue(func() error {
		select {
		case err := <-ended:
			return err
		case <-time.After(endsWithin):
			cancel()
			<-ended
			return errNoEnd
		}
	})
	stop := func() error { cancel(); return wait() }
	b.t.Cleanup(func() { _ = stop() })
	return &worker{Consumer: c, stop: stop, wait: wait}
}

// endsWithin is how long a worker may take to end, in virtual time.
const endsWithin = 2 * time.Minute

var errNoEnd = errors.New("the worker does not end")

// eventually polls until ok holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
		<-tick.C
	}
}
