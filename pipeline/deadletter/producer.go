package deadletter

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/semaphore"
)

// Producer writes letters to the dead-letter topic and keeps at it until the
// topic has them.
//
// It has two Kafka clients. The first sends batches no larger than brokers take
// by default. What does not fit there, or is refused there as too large, is sent
// by the second as a batch of its own, so that the broker's verdict is about
// that letter and not about its neighbours. Only what is refused alone loses its
// payload.
type Producer struct {
	cfg     Config
	deps    Deps
	metrics metrics
	status  *status

	batched *kgo.Client
	single  *kgo.Client

	room   *semaphore.Weighted // bounds the bytes of letters without an outcome
	failed *queue              // letters to be sent again after a wait
	large  *queue              // letters to be sent alone

	ctx        context.Context // ends with Close
	cancel     context.CancelFunc
	goroutines sync.WaitGroup // redeliver and deliverAlone

	mu      sync.Mutex // orders Add before Wait on letters
	closed  bool
	letters sync.WaitGroup // letters without an outcome
}

// roomBytes bounds the letters in memory, whatever their number. One letter may
// be larger; it then goes alone.
const roomBytes = 32 << 20

// ErrClosed is the outcome of letters that a closed Producer no longer sends.
var ErrClosed = errors.New("the dead-letter producer is closed")

// New makes a Producer; opts say how to reach Kafka. It connects to nothing.
// Close must be called.
func New(opts []kgo.Opt, cfg Config, deps Deps) (*Producer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	deps.complete()
	m, err := newMetrics(deps.Meter)
	if err != nil {
		return nil, fmt.Errorf("making the dead-letter metrics: %w", err)
	}
	p := &Producer{
		cfg: cfg, deps: deps, metrics: m, status: newStatus(deps, cfg.Topic),
		room: semaphore.NewWeighted(roomBytes), failed: newQueue(), large: newQueue(),
	}
	base := append(append([]kgo.Opt{}, opts...), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.WithHooks(p.status))
	if p.batched, err = kgo.NewClient(base...); err != nil {
		return nil, fmt.Errorf("making the dead-letter producer: %w", err)
	}
	if p.single, err = kgo.NewClient(append(base, kgo.ProducerBatchMaxBytes(cfg.MaxBytes))...); err != nil {
		p.batched.Close()
		return nil, fmt.Errorf("making the dead-letter producer: %w", err)
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.goroutines.Go(p.redeliver)
	p.goroutines.Go(p.deliverAlone)
	return p, nil
}

// Send writes a letter; its memory is the caller's again when Send returns. Send
// blocks only while too many letters await their outcome.
//
// done is called exactly once, from any goroutine: with nil when all in-sync
// replicas have the letter, with ctx's cause when ctx ends first, or with
// ErrClosed. Whatever else goes wrong is tried again, for ever.
func (p *Producer) Send(ctx context.Context, letter Letter, done func(error)) {
	d := newDelivery(&letter, p.deps.Version, p.deps.Group, done)
	if p.cfg.DropPayload {
		d.envelope.Payload = PayloadDropped
	}
	if err := p.admit(ctx, d); err != nil {
		done(err)
		return
	}
	d.watch(ctx)
	p.produce(d)
}

// admit waits for room and registers the delivery.
func (p *Producer) admit(ctx context.Context, d *delivery) error {
	size := min(d.size, roomBytes)
	if !p.room.TryAcquire(size) {
		wait, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(p.ctx, func() { cancel(ErrClosed) })()
		if p.room.Acquire(wait, size) != nil {
			return context.Cause(wait)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.room.Release(size)
		return ErrClosed
	}
	p.letters.Add(1)
	p.status.begin()
	d.release = func() {
		p.room.Release(size)
		p.status.end()
		p.letters.Done()
	}
	return nil
}

// produce makes one attempt.
func (p *Producer) produce(d *delivery) {
	if d.finished.Load() {
		return
	}
	if d.alone {
		p.handOver(p.large, d)
		return
	}
	p.batched.Produce(p.ctx, d.record(p.cfg.Topic), func(_ *kgo.Record, err error) {
		if isTooLarge(err) {
			d.alone = true
			p.handOver(p.large, d)
			return
		}
		p.settle(d, err)
	})
}

// handOver queues a delivery, or ends it when the Producer is closed.
func (p *Producer) handOver(q *queue, d *delivery) {
	if !q.put(d) {
		d.settle(ErrClosed)
	}
}

// settle acts on the outcome of an attempt. It runs in kgo's promises and must
// not block.
func (p *Producer) settle(d *delivery, err error) {
	switch {
	case err == nil:
		p.metrics.acknowledged(d)
		p.status.acknowledged(p.failed.empty())
		d.settle(nil)
	case p.ctx.Err() != nil:
		d.settle(ErrClosed)
	default:
		p.status.failing(explain(p.cfg.Topic, err))
		p.handOver(p.failed, d)
	}
}

// isTooLarge reports a refusal by size: the broker's, or kgo's for a record
// beyond its batch size.
func isTooLarge(err error) bool {
	return errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.RecordListTooLarge)
}

// Close stops sending. Letters without an outcome get ErrClosed; Close returns
// when every done has.
func (p *Producer) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	p.batched.Close()
	p.single.Close()
	p.goroutines.Wait()
	p.letters.Wait()
}
