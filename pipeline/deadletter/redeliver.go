package deadletter

import (
	"time"

	"ingest/retry"
)

// redeliver sends failed letters again, all of them after one wait: what one
// letter failed for, the others fail for too.
func (p *Producer) redeliver() {
	defer p.abandon(p.failed)
	backoff := retry.Backoff{Config: p.deps.Retry}
	tick := time.NewTicker(stallCheck)
	defer tick.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-tick.C:
			p.status.check()
		case <-p.failed.wake:
			if p.status.recovered() {
				backoff.Reset()
			}
			if backoff.Wait(p.ctx) != nil {
				return
			}
			for _, d := range p.failed.take() {
				p.metrics.retried()
				p.produce(d)
			}
		}
	}
}

// deliverAlone sends letters one by one, each as a batch of its own.
func (p *Producer) deliverAlone() {
	defer p.abandon(p.large)
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-p.large.wake:
			for _, d := range p.large.take() {
				p.sendAlone(d)
			}
		}
	}
}

// sendAlone sends a letter, with less and less of its payload while it is
// refused as too large.
func (p *Producer) sendAlone(d *delivery) {
	for !d.finished.Load() {
		err := p.single.ProduceSync(p.ctx, d.record(p.cfg.Topic)).FirstErr()
		if isTooLarge(err) && d.shrink() {
			p.logShrunk(d)
			continue
		}
		p.settle(d, err)
		return
	}
}

func (p *Producer) logShrunk(d *delivery) {
	e := &d.envelope
	p.metrics.shrunk()
	p.deps.Logger.Warn("a dead letter is too large for its topic and goes without payload; raise max.message.bytes of the topic, or INGEST_DEAD_LETTER_MAX_BYTES, to keep it",
		"dead_letter_topic", p.cfg.Topic, "topic", e.Topic, "partition", e.Partition, "offset", e.Offset, "payload", payloadNames[e.Payload], "bytes", d.size)
}

// abandon ends what a closed Producer no longer sends.
func (p *Producer) abandon(q *queue) {
	for _, d := range q.close() {
		d.settle(ErrClosed)
	}
}
