package sink

import (
	"context"

	"github.com/gocql/gocql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"ingest/mapping"
)

// spans makes one span for each attempt to write, by OpenTelemetry's conventions
// for Cassandra clients. They are children of the caller's, and hold neither
// values nor what the server answered, which may quote them.
type spans struct{ tracer trace.Tracer } // nil: none are made

// attempt begins a span.
func (s spans) attempt(ctx context.Context, rows []*mapping.Row, to *node, level gocql.Consistency, try int) (context.Context, trace.Span) {
	table := rows[0].Statement.Table
	operation := "BATCH"
	if len(rows) == 1 {
		operation = rows[0].Statement.Op.String()
	}
	set := []attribute.KeyValue{
		semconv.DBSystemNameCassandra, semconv.DBNamespace(table.Keyspace), semconv.DBOperationName(operation),
		attribute.String("cassandra.consistency.level", level.String()),
	}
	if len(rows) > 1 {
		set = append(set, semconv.DBOperationBatchSize(len(rows)))
	}
	if oneTable(rows) {
		set = append(set, semconv.DBCollectionName(table.Name))
	}
	if to != nil {
		set = append(set, semconv.CassandraCoordinatorID(to.id), semconv.ServerAddress(to.address()))
	}
	if try > 0 {
		set = append(set, attribute.Int("ingest.retry.count", try))
	}
	return s.tracer.Start(ctx, operation+" "+table.Keyspace, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(set...))
}

func oneTable(rows []*mapping.Row) bool {
	for _, r := range rows[1:] {
		if r.Statement.Table != rows[0].Statement.Table {
			return false
		}
	}
	return true
}

// failed says why an attempt failed.
func failed(span trace.Span, v verdict) {
	span.SetStatus(codes.Error, v.class.String())
	span.SetAttributes(semconv.ErrorTypeKey.String(v.class.String()))
}
