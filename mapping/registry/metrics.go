package registry

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/sr"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

type metrics struct{ requests metric.Int64Counter }

func newMetrics(meter metric.Meter) (metrics, error) {
	requests, err := meter.Int64Counter("ingest.schema_registry.requests", metric.WithUnit("{request}"),
		metric.WithDescription("Questions to the schema registry, by what came of them: ok, refused (an answer that is an error), failed (no answer)."))
	return metrics{requests}, err
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
