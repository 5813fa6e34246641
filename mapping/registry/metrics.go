package registry

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/sr"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

type metrics struct{ requests metric.Int64Counter }

// newMetrics makes the instruments; schemas counts the schemas that are kept.
func newMetrics(meter metric.Meter, schemas func() int) (metrics, error) {
	_, err1 := meter.Int64ObservableGauge("ingest.schema_registry.schemas", metric.WithUnit("{schema}"),
		metric.WithDescription("Schemas, each version of them, that records have been read with."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(schemas()))
			return nil
		}))
	requests, err2 := meter.Int64Counter("ingest.schema_registry.requests", metric.WithUnit("{request}"),
		metric.WithDescription("Questions to the schema registry, by what came of them: ok, refused (an answer that is an error), failed (no answer)."))
	return metrics{requests}, errors.Join(err1, err2)
}

func (m *metrics) asked(err error) {
	outcome := "ok"
	if _, answered := errors.AsType[*sr.ResponseError](err); answered {
		outcome = "refused"
	} else if err != nil {
		outcome = "failed"
	}
	m.requests.Add(context.Background(), 1, metric.WithAttributes(attribute.String("outcome", outcome)))
}
