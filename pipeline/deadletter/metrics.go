package deadletter

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

type metrics struct {
	letters metric.Int64Counter
	dropped metric.Int64Counter
	retries metric.Int64Counter
}

func newMetrics(meter metric.Meter) (metrics, error) {
	letters, err1 := meter.Int64Counter("ingest.dead_letters", metric.WithUnit("{letter}"),
		metric.WithDescription("Dead letters that the dead-letter topic has acknowledged, by the first failure's class."))
	dropped, err2 := meter.Int64Counter("ingest.dead_letters.payload_dropped", metric.WithUnit("{letter}"),
		metric.WithDescription("Times a dead letter was too large for its topic and lost its value, or its key and headers too."))
	retries, err3 := meter.Int64Counter("ingest.dead_letters.retries", metric.WithUnit("{attempt}"),
		metric.WithDescription("Attempts to send a dead letter again after a refusal."))
	return metrics{letters, dropped, retries}, errors.Join(err1, err2, err3)
}

func (m *metrics) acknowledged(d *delivery) {
	class := "none"
	if len(d.envelope.Reasons) > 0 {
		class = string(d.envelope.Reasons[0])
	}
	m.letters.Add(context.Background(), 1, metric.WithAttributes(attribute.String("class", class)))
}

func (m *metrics) shrunk() { m.dropped.Add(context.Background(), 1) }

func (m *metrics) retried() { m.retries.Add(context.Background(), 1) }
