package sink

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"ingest/retry"
)

// metrics are the instruments of the writer. Attribute sets are made once, so
// that recording allocates nothing.
type metrics struct {
	rows    metric.Int64Histogram
	bytes   metric.Int64Histogram
	latency metric.Float64Histogram
	retries metric.Int64Counter
	nodes   metric.Registration

	latencyOf [2][nOutcomes][]metric.RecordOption // single or batch, by result
	retriesOf [nClasses][]metric.AddOption
}

const nClasses = int(retry.Configuration) + 1

// nOutcomes: one for each class of failure and one for success.
const nOutcomes = nClasses + 1

// newMetrics makes the instruments; loads tells what each node carries.
func newMetrics(m metric.Meter, loads func() []load) (*metrics, error) {
	out := &metrics{}
	var errs [5]error
	out.rows, errs[0] = m.Int64Histogram("ingest.sink.batch.rows", metric.WithUnit("{row}"),
		metric.WithDescription("Rows of a request to Cassandra."),
		metric.WithExplicitBucketBoundaries(1, 2, 5, 10, 15, 20, 25, 30, 40, 60, 100))
	out.bytes, errs[1] = m.Int64Histogram("ingest.sink.batch.bytes", metric.WithUnit("By"),
		metric.WithDescription("Estimated size of a request to Cassandra."),
		metric.WithExplicitBucketBoundaries(256, 512, 1024, 2048, 4096, 8192, 16384, 65536, 262144, 1048576))
	out.latency, errs[2] = m.Float64Histogram("db.client.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of one attempt to write to Cassandra."),
		metric.WithExplicitBucketBoundaries(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10))
	out.retries, errs[3] = m.Int64Counter("ingest.sink.retries", metric.WithUnit("{retry}"),
		metric.WithDescription("Failed attempts to write to Cassandra that are made again, by class."))
	errs[4] = out.observeNodes(m, loads)
	out.attributes()
	return out, errors.Join(errs[:]...)
}

// observeNodes makes the gauges of what each node carries.
func (m *metrics) observeNodes(meter metric.Meter, loads func() []load) error {
	requests, err1 := meter.Int64ObservableGauge("ingest.sink.requests", metric.WithUnit("{request}"),
		metric.WithDescription("Requests in flight to a Cassandra node, those that wait to be made again included."))
	limit, err2 := meter.Int64ObservableGauge("ingest.sink.requests.limit", metric.WithUnit("{request}"),
		metric.WithDescription("Requests that a Cassandra node may get at once, as its latency and its refusals have it."))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	var err error
	m.nodes, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, load := range loads() {
			node := metric.WithAttributes(attribute.String("server.address", load.node.address()))
			o.ObserveInt64(requests, int64(load.inFlight), node)
			o.ObserveInt64(limit, int64(load.limit), node)
		}
		return nil
	}, requests, limit)
	return err
}

// attributes makes the attribute sets, named by OpenTelemetry's conventions for
// database clients.
func (m *metrics) attributes() {
	for i, operation := range [...]string{"WRITE", "BATCH"} {
		common := []attribute.KeyValue{attribute.String("db.system.name", "cassandra"), attribute.String("db.operation.name", operation)}
		for class := range nClasses {
			set := attribute.NewSet(append(common, attribute.String("error.type", retry.Class(class).String()))...)
			m.latencyOf[i][class] = []metric.RecordOption{metric.WithAttributeSet(set)}
		}
		m.latencyOf[i][nClasses] = []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(common...))}
	}
	for class := range nClasses {
		set := attribute.NewSet(attribute.String("class", retry.Class(class).String()))
		m.retriesOf[class] = []metric.AddOption{metric.WithAttributeSet(set)}
	}
}

// attempt records one attempt; outcome is the class of its failure or nClasses.
func (m *metrics) attempt(rows int, bytes int64, took time.Duration, outcome int) {
	ctx := context.Background()
	operation := 0
	if rows > 1 {
		operation = 1
	}
	m.latency.Record(ctx, took.Seconds(), m.latencyOf[operation][outcome]...)
	m.rows.Record(ctx, int64(rows))
	m.bytes.Record(ctx, bytes)
}

func (m *metrics) retry(class retry.Class) {
	m.retries.Add(context.Background(), 1, m.retriesOf[class]...)
}

func (m *metrics) close() error {
	if m.nodes == nil {
		return nil
	}
	return m.nodes.Unregister()
}
