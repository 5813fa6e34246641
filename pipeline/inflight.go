package pipeline

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// inFlight is what a partition has under way.
type inFlight struct {
	records int
	bytes   int64
	since   time.Time // when the oldest of it began; zero when nothing is under way
}

func (p *partition) inFlight() inFlight {
	p.mu.Lock()
	defer p.mu.Unlock()
	var f inFlight
	for c := range p.live {
		f.records += c.open
		f.bytes += c.bytes
		if f.since.IsZero() || c.begun.Before(f.since) {
			f.since = c.begun
		}
	}
	return f
}

// observeInFlight gives what is under way, and for how long the oldest of each
// topic has been.
func (c *Consumer) observeInFlight(_ context.Context, o metric.Observer) error {
	m, now := c.shared.metrics, time.Now()
	var records, bytes int64
	ages := map[string]time.Duration{}
	for _, p := range c.current() {
		f := p.inFlight()
		records += int64(f.records)
		bytes += f.bytes
		age := time.Duration(0)
		if !f.since.IsZero() {
			age = now.Sub(f.since)
		}
		ages[p.topic] = max(ages[p.topic], age)
	}
	o.ObserveInt64(m.inFlightRecords, records)
	o.ObserveInt64(m.inFlightBytes, bytes)
	for topic, age := range ages {
		o.ObserveFloat64(m.waiting, age.Seconds(), metric.WithAttributes(attribute.String("topic", topic)))
	}
	return nil
}
