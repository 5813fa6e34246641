package sink

import (
	"context"
	"sync"
	"time"

	"ingest/retry"
)

// pace holds an upper rate of rows per second. It lets up to one tenth of a
// second's rows go at once. The zero rate is no limit.
type pace struct {
	rate float64 // rows per second
	now  func() time.Time

	mu   sync.Mutex
	next time.Time // when the next row may go
}

const paceBurst = 100 * time.Millisecond

// wait blocks until n more rows may go, or until ctx ends.
func (p *pace) wait(ctx context.Context, n int) error {
	if p.rate <= 0 {
		return nil
	}
	delay := p.reserve(n)
	if delay <= 0 {
		return nil
	}
	return retry.Sleep(ctx, delay)
}

func (p *pace) reserve(n int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if earliest := now.Add(-paceBurst); p.next.Before(earliest) {
		p.next = earliest
	}
	delay := p.next.Sub(now)
	p.next = p.next.Add(time.Duration(float64(n) / p.rate * float64(time.Second)))
	return delay
}
