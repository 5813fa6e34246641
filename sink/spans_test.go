package sink

import (
	"context"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"ingest/retry"
)

func attributesOf(span tracetest.SpanStub) map[attribute.Key]string {
	out := map[attribute.Key]string{}
	for _, kv := range span.Attributes {
		out[kv.Key] = kv.Value.String()
	}
	return out
}

// Each attempt has a span under the caller's, with the node and what came of it;
// none of them holds a value.
func TestSpansOfAttempts(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)).Tracer("test")
	tries := 0
	d := newDesk(t, retry.Config{Min: time.Millisecond, Max: time.Second}, func(request) error {
		if tries++; tries == 1 {
			return gocql.ErrTimeoutNoResponse
		}
		return nil
	})
	d.spans = spans{tracer}
	ctx, parent := tracer.Start(t.Context(), "process")
	rows := deskRows(10, 10)
	told := heard{}
	if err := d.Write(ctx, rows, told.done); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	parent.End()
	attempts := exporter.GetSpans()[:2]
	for i, span := range attempts {
		got := attributesOf(span)
		for key, want := range map[attribute.Key]string{
			"db.system.name": "cassandra", "db.namespace": "shop", "db.collection.name": rows[0].Statement.Table.Name,
			"db.operation.name": "BATCH", "db.operation.batch.size": "2", "cassandra.consistency.level": "LOCAL_QUORUM",
			"cassandra.coordinator.id": "a", "server.address": "a",
		} {
			if got[key] != want {
				t.Errorf("attempt %d: %s is %q, want %q", i, key, got[key], want)
			}
		}
		if span.Parent.SpanID() != parent.SpanContext().SpanID() {
			t.Errorf("attempt %d is not under the caller's span", i)
		}
	}
	if got := attributesOf(attempts[0]); attempts[0].Status.Code != codes.Error || got["error.type"] != "overload" {
		t.Errorf("the failed attempt says %v, %v", attempts[0].Status, got)
	}
	if got := attributesOf(attempts[1]); attempts[1].Status.Code != codes.Unset || got["ingest.retry.count"] != "1" {
		t.Errorf("the second attempt says %v, %v", attempts[1].Status, got)
	}
}

// A caller that is not sampled costs no span.
func TestNoSpansUnsampled(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter), sdktrace.WithSampler(sdktrace.NeverSample())).Tracer("test")
	d := newDesk(t, retry.Config{Min: time.Millisecond, Max: time.Second}, func(request) error { return nil })
	d.spans = spans{tracer}
	ctx, _ := tracer.Start(context.Background(), "process")
	if err := d.Write(ctx, deskRows(10), heard{}.done); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if spans := exporter.GetSpans(); len(spans) > 0 {
		t.Errorf("spans %v", spans)
	}
}
