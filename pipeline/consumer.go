package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/semaphore"

	"ingest/mapping"
)

// Deps are what a Consumer works with.
type Deps struct {
	Client     []kgo.Opt        // how to reach Kafka: brokers, TLS, SASL, client id
	Group      Group            // the consumer group
	Topics     map[string]Topic // the subscription, by name
	Sink       Sink
	Letters    DeadLetters
	Floor      int64         // microseconds since 1970: no write timestamp is below it
	Generation int64         // added to every write timestamp
	MaxFuture  time.Duration // a record dated more than that ahead of now holds its partition; 0: none does
	Mapping    string        // the mapping file's hash
	Log        *slog.Logger
	Meter      metric.Meter
	Tracer     trace.Tracer                   // nil: no spans
	Health     func(component, reason string) // "" clears the reason
	Beat       func()                         // called whenever the poll loop turns
}

// Group is the consumer group's settings.
type Group struct {
	ID             string
	InstanceID     string // static membership (KIP-345); empty: dynamic
	SessionTimeout time.Duration
	FromLatest     bool // where a partition without a commit starts
	FetchMaxBytes  int32
	MaxBatchBytes  int32 // what one compressed batch may grow to; 0 for the default
}

// Topic says what becomes of a topic's records.
type Topic struct {
	Mapper  Mapper
	OnError mapping.OnError
	Found   bool // by a pattern: that it is gone is no fault
	Whole   bool // read from its first record even by a group that starts at the latest: it came while the worker ran
}

// Consumer reads its topics as a member of a consumer group and sees every
// record through to its outcome.
type Consumer struct {
	cfg     Config
	deps    Deps
	shared  *shared
	client  *kgo.Client
	admin   *kadm.Client
	cancel  context.CancelCauseFunc // ends Run
	lanes   sync.WaitGroup
	queued  atomic.Int64  // bytes in the inboxes of partitions that are not paused
	eased   chan struct{} // capacity 1: queued fell
	commits chan commitRequest
	running chan struct{} // closed once the client is there

	fetchErrors, sessionErrors repeats

	mu       sync.Mutex
	assigned map[topicPartition]*partition // written by the group's callbacks, and by the poll loop while it holds them off
	topics   map[string]*subscription      // Add adds
	counts   map[string]int32              // partitions that a topic had when it was first looked at
	changes  []change                      // for the poll loop
	wake     func()                        // ends the poll that goes on
}

type topicPartition struct {
	topic string
	id    int32
}

// New builds a consumer; nothing is contacted before Run.
func New(cfg Config, deps Deps) (*Consumer, error) {
	m, err := newMetrics(deps.Meter, deps.Group.ID)
	if err != nil {
		return nil, fmt.Errorf("creating the pipeline's instruments: %w", err)
	}
	c := &Consumer{
		cfg: cfg, deps: deps, assigned: map[topicPartition]*partition{}, topics: map[string]*subscription{}, counts: map[string]int32{}, wake: func() {},
		eased: make(chan struct{}, 1), commits: make(chan commitRequest), running: make(chan struct{}),
		shared: &shared{health: deps.Health, future: deps.MaxFuture, sink: deps.Sink, letters: deps.Letters, metrics: m, log: deps.Log, spans: spans{deps.Tracer, deps.Group.ID},
			budget: semaphore.NewWeighted(cfg.InFlightBytes), limit: cfg.InFlightBytes},
	}
	c.shared.fail = c.fail
	for name, topic := range deps.Topics {
		c.topics[name] = c.subscribe(name, topic)
	}
	return c, nil
}

// Run consumes until ctx ends, then drains, commits and leaves the group within
// the shutdown timeout. force, when it ends, cuts the draining short. The error
// is what made the worker give up; an orderly end has none.
func (c *Consumer) Run(ctx, force context.Context) error {
	ctx, c.cancel = context.WithCancelCause(ctx)
	defer c.cancel(nil)
	if err := c.open(force); err != nil {
		return err
	}
	unregister, err := c.observe()
	if err != nil {
		return err
	}
	defer unregister()
	beside, stop := context.WithCancel(force)
	var helpers sync.WaitGroup
	helpers.Go(func() { c.committer(beside) })
	helpers.Go(func() { c.watch(beside) })
	c.poll(ctx)
	err = c.shutdown(force)
	stop()
	helpers.Wait()
	c.lanes.Wait()
	if failed, ok := errors.AsType[*failure](context.Cause(ctx)); ok {
		return failed.err
	}
	return err
}

// failure is what makes the worker give up by itself, told apart from whatever
// else may end its context.
type failure struct{ err error }

func (f *failure) Error() string { return f.err.Error() }

// fail ends Run with an error. The first one counts.
func (c *Consumer) fail(err error) { c.cancel(&failure{err}) }

// open makes the client. The group's callbacks begin at once, and wait for
// running.
func (c *Consumer) open(work context.Context) error {
	client, err := kgo.NewClient(c.options(work)...)
	if err != nil {
		return fmt.Errorf("setting up the Kafka consumer: %w", err)
	}
	c.client, c.admin = client, kadm.NewClient(client)
	close(c.running)
	return nil
}

// options are the consumer's own settings.
func (c *Consumer) options(work context.Context) []kgo.Opt {
	g := c.deps.Group
	opts := slices.Concat(c.deps.Client, []kgo.Opt{
		kgo.ConsumerGroup(g.ID),
		kgo.ConsumeTopics(c.names()...),
		kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // so that markers at the end of a log leave no lag
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), // an out-of-range offset must never jump
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, parts map[string][]int32) { c.onAssigned(work, parts) }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, parts map[string][]int32) { c.onRevoked(work, parts) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, parts map[string][]int32) { c.onLost(parts) }),
		kgo.OnOffsetsFetched(c.onOffsetsFetched),
		kgo.AdjustFetchOffsetsFn(c.adjustOffsets),
		kgo.FetchMaxWait(fetchMaxWait),
		kgo.MaxDecompressBatchBytes(int(cmp.Or(g.MaxBatchBytes, maxDecompressedBatch))),
	})
	if g.InstanceID != "" {
		opts = append(opts, kgo.InstanceID(g.InstanceID))
	}
	if g.SessionTimeout > 0 {
		opts = append(opts, kgo.SessionTimeout(g.SessionTimeout), kgo.HeartbeatInterval(min(3*time.Second, g.SessionTimeout/3)))
	}
	if g.FetchMaxBytes > 0 {
		opts = append(opts, kgo.FetchMaxBytes(g.FetchMaxBytes))
	}
	return opts
}

// fetchMaxWait is how long a broker holds a fetch that finds nothing. A partition
// that is assigned or resumed meanwhile waits as long, so the client's default of
// five seconds is too much.
const fetchMaxWait = 500 * time.Millisecond

// maxDecompressedBatch bounds what one compressed batch may grow to, in bytes:
// 64 times the broker's default limit for a batch.
const maxDecompressedBatch = 64 << 20

// shutdown drains what was taken, commits it and leaves the group.
func (c *Consumer) shutdown(force context.Context) error {
	err := c.giveUp(force, c.removeAll()) // so that leaving the group finds nothing to revoke
	c.client.CloseAllowingRebalance()
	return err
}

// giveUp drains partitions, commits what has its outcome and closes them, all
// within the shutdown timeout: a fifth of it is the commit's. What is not drained
// is read again by the next owner.
func (c *Consumer) giveUp(ctx context.Context, parts []*partition) error {
	if len(parts) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.ShutdownTimeout)
	defer cancel()
	draining, drained := context.WithTimeout(ctx, c.cfg.ShutdownTimeout*4/5)
	defer drained()
	err := c.drain(draining, parts)
	c.commit(ctx, parts)
	for _, p := range parts {
		p.close()
	}
	return err
}

// drain waits for the outcomes of everything the partitions took.
func (c *Consumer) drain(ctx context.Context, parts []*partition) error {
	for _, p := range parts {
		p.stop()
	}
	for _, p := range parts {
		if err := p.drain(ctx); err != nil {
			c.deps.Log.Warn("writes were still open at the deadline; their records will be read again",
				"topic", p.topic, "partition", p.id)
			return fmt.Errorf("draining: %w", err)
		}
	}
	return nil
}

func (c *Consumer) current() []*partition {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Values(c.assigned))
}

func (c *Consumer) removeAll() []*partition {
	parts := c.current()
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.assigned)
	return parts
}

func (c *Consumer) lookup(topic string, id int32) *partition {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.assigned[topicPartition{topic, id}]
}
