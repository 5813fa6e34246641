package deadletter

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/retry"
)

// world is a fake Kafka on a virtual network, a Producer and what it said.
type world struct {
	t        *testing.T
	net      *kfake.VirtualNetwork
	cluster  *kfake.Cluster
	producer *Producer

	mu      sync.Mutex
	reasons []string
	log     bytes.Buffer
}

func newWorld(t *testing.T, cfg Config, opts ...kfake.Opt) *world {
	w := &world{t: t, net: new(kfake.VirtualNetwork)}
	opts = append([]kfake.Opt{kfake.NumBrokers(1), kfake.ListenFn(w.net.Listen)}, opts...)
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	w.cluster = cluster
	t.Cleanup(cluster.Close)
	w.producer = w.newProducer(cfg)
	t.Cleanup(w.producer.Close)
	return w
}

func (w *world) options() []kgo.Opt {
	return []kgo.Opt{kgo.SeedBrokers(w.cluster.ListenAddrs()...), kgo.Dialer(w.net.DialContext)}
}

func (w *world) newProducer(cfg Config, extra ...kgo.Opt) *Producer {
	p, err := New(append(w.options(), extra...), cfg, Deps{
		Logger:  slog.New(slog.NewTextHandler(&lockedWriter{w: w}, nil)),
		Waiting: w.waiting,
		Retry:   retry.Config{Min: 10 * time.Millisecond, Max: time.Second},
		Version: "1.0.0",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

type lockedWriter struct{ w *world }

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.log.Write(p)
}

func (w *world) waiting(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reasons = append(w.reasons, reason)
}

// said gives all reasons so far.
func (w *world) said() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.reasons...)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// send sends a letter and gives a channel with every call of done.
func (w *world) send(ctx context.Context, l Letter) <-chan error {
	outcomes := make(chan error, 8)
	w.producer.Send(ctx, l, func(err error) { outcomes <- err })
	return outcomes
}

// letters reads the first n letters of the topic.
func (w *world) letters(n int, extra ...kgo.Opt) []*kgo.Record {
	w.t.Helper()
	opts := append(w.options(), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	cl, err := kgo.NewClient(append(opts, extra...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var records []*kgo.Record
	for len(records) < n {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			w.t.Fatalf("read %d letters, want %d", len(records), n)
		}
		records = append(records, fetches.Records()...)
	}
	return records
}

// count gives how many letters the topic has.
func (w *world) count() int64 {
	var n int64
	for _, p := range w.cluster.PartitionInfos(topic) {
		n += p.HighWatermark
	}
	return n
}

func wantOutcome(t *testing.T, outcomes <-chan error, want error) {
	t.Helper()
	select {
	case err := <-outcomes:
		if !errors.Is(err, want) {
			t.Errorf("outcome %v, want %v", err, want)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("no outcome in two minutes")
	}
}
