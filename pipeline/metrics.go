package pipeline

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// metrics are the instruments of the pipeline. Attribute sets are made once per
// topic, so that counting allocates nothing.
type metrics struct {
	group string // of the consumer
	flow
	gauges
	trouble

	mu     sync.Mutex
	topics map[string]*outcomes // by topic
}

// flow is what records do.
type flow struct {
	records, consumed, lifted metric.Int64Counter
	duration, freshness       metric.Float64Histogram
}

// gauges are what is measured when somebody asks.
type gauges struct {
	lag, held, atRisk              metric.Int64ObservableGauge
	inFlightRecords, inFlightBytes metric.Int64ObservableGauge
	ahead, open, waiting, retained metric.Float64ObservableGauge
	partitions                     metric.Int64UpDownCounter
}

// trouble is what should be rare.
type trouble struct{ commits, rebalances, fetchErrors, lost metric.Int64Counter }

func newMetrics(m metric.Meter, group string) (*metrics, error) {
	out := &metrics{group: group, topics: map[string]*outcomes{}}
	return out, errors.Join(out.flow.make(m), out.gauges.make(m), out.trouble.make(m))
}

func (f *flow) make(m metric.Meter) error {
	var errs [5]error
	f.records, errs[0] = m.Int64Counter("ingest.records", metric.WithUnit("{record}"),
		metric.WithDescription("Records that reached their final outcome."))
	f.consumed, errs[1] = m.Int64Counter("messaging.client.consumed.messages", metric.WithUnit("{message}"),
		metric.WithDescription("Records that polling delivered, those that are read again included."))
	f.duration, errs[2] = m.Float64Histogram("messaging.process.duration", metric.WithUnit("s"),
		metric.WithDescription("Time from mapping a run of records of one partition to the outcome of the last of them."))
	f.freshness, errs[3] = m.Float64Histogram("ingest.freshness", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest record of a run, by its own timestamp, when the whole run had its outcome."),
		metric.WithExplicitBucketBoundaries(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400))
	f.lifted, errs[4] = m.Int64Counter("ingest.clock.lifted", metric.WithUnit("{record}"),
		metric.WithDescription("Records whose write timestamp is later than their own, so that it is later than that of the record before them, or not below the floor."))
	return errors.Join(errs[:]...)
}

func (s *gauges) make(m metric.Meter) error {
	var errs [10]error
	s.lag, errs[0] = m.Int64ObservableGauge("ingest.lag", metric.WithUnit("{record}"),
		metric.WithDescription("Offsets between the committed offset and the end of an assigned partition."))
	s.partitions, errs[1] = m.Int64UpDownCounter("ingest.partitions.assigned", metric.WithUnit("{partition}"),
		metric.WithDescription("Partitions assigned to this worker."))
	s.held, errs[2] = m.Int64ObservableGauge("ingest.partitions.held", metric.WithUnit("{partition}"),
		metric.WithDescription("Assigned partitions that are held, by topic and reason."))
	s.ahead, errs[3] = m.Float64ObservableGauge("ingest.clock.ahead", metric.WithUnit("s"),
		metric.WithDescription("How far the write timestamps of a topic are ahead of now, the furthest of its assigned partitions."))
	s.open, errs[4] = m.Float64ObservableGauge("ingest.transaction.open", metric.WithUnit("s"),
		metric.WithDescription("How long a producer's open transaction has kept the records after it from being read, the longest of a topic's assigned partitions."))
	s.atRisk, errs[5] = m.Int64ObservableGauge("ingest.partitions.deletes_at_risk", metric.WithUnit("{partition}"),
		metric.WithDescription("Assigned partitions of compacted topics that are read later than delete.retention.ms: deletes may have been compacted away unread."))
	s.waiting, errs[6] = m.Float64ObservableGauge("ingest.unacknowledged.age", metric.WithUnit("s"),
		metric.WithDescription("For how long the oldest record under way of a topic has waited for its outcome; 0 when none is under way."))
	s.inFlightRecords, errs[7] = m.Int64ObservableGauge("ingest.in_flight.records", metric.WithUnit("{record}"),
		metric.WithDescription("Records taken from Kafka that have no outcome yet."))
	s.inFlightBytes, errs[8] = m.Int64ObservableGauge("ingest.in_flight.bytes", metric.WithUnit("By"),
		metric.WithDescription("Memory that records in flight hold of INGEST_IN_FLIGHT_BYTES."))
	s.retained, errs[9] = m.Float64ObservableGauge("ingest.retention.used", metric.WithUnit("1"),
		metric.WithDescription("Age of the record that was read last, as a share of the topic's retention.ms, the largest of its assigned partitions that are behind; at 1 Kafka deletes records unread."))
	return errors.Join(errs[:]...)
}

func (t *trouble) make(m metric.Meter) error {
	var errs [4]error
	t.commits, errs[0] = m.Int64Counter("ingest.commits", metric.WithUnit("{commit}"),
		metric.WithDescription("Offset commits by result."))
	t.rebalances, errs[1] = m.Int64Counter("ingest.rebalances", metric.WithUnit("{rebalance}"),
		metric.WithDescription("Times that partitions were assigned, revoked or lost."))
	t.fetchErrors, errs[2] = m.Int64Counter("ingest.fetch.errors", metric.WithUnit("{error}"),
		metric.WithDescription("Errors that polling returned."))
	t.lost, errs[3] = m.Int64Counter("ingest.records.lost", metric.WithUnit("{record}"),
		metric.WithDescription("Offsets that were gone from the log before they were read: retention overtook the worker, or the log was truncated."))
	return errors.Join(errs[:]...)
}

// outcomes count the records of one topic: Invariant 8.
type outcomes struct {
	written, skipped, deadLettered, dropped, control counter
	consumed, lifted                                 counter
	lost                                             metric.MeasurementOption
	duration, freshness                              timer
}

// counter is an instrument with its attributes.
type counter struct {
	instrument metric.Int64Counter
	options    []metric.AddOption
}

func (c *counter) add(n int) {
	if n > 0 {
		c.instrument.Add(context.Background(), int64(n), c.options...)
	}
}

// timer is a histogram of seconds with its attributes.
type timer struct {
	instrument metric.Float64Histogram
	options    []metric.RecordOption
}

func (t *timer) record(seconds float64) {
	t.instrument.Record(context.Background(), seconds, t.options...)
}

// topic gives the counters of a topic.
func (m *metrics) topic(topic string) *outcomes {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.topics[topic]; o != nil {
		return o
	}
	own := attribute.String("topic", topic)
	with := func(outcome string) counter {
		set := attribute.NewSet(own, attribute.String("outcome", outcome))
		return counter{m.records, []metric.AddOption{metric.WithAttributeSet(set)}}
	}
	o := &outcomes{written: with("written"), skipped: with("skipped"), deadLettered: with("dead_lettered"), dropped: with("dropped"), control: with("control"),
		lost:      metric.WithAttributes(own),
		consumed:  counter{m.consumed, []metric.AddOption{m.messaging(topic, "poll")}},
		duration:  timer{m.duration, []metric.RecordOption{m.messaging(topic, "process")}},
		lifted:    counter{m.lifted, []metric.AddOption{metric.WithAttributes(own)}},
		freshness: timer{m.freshness, []metric.RecordOption{metric.WithAttributes(own)}},
	}
	m.topics[topic] = o
	return o
}

// messaging are the attributes of OpenTelemetry's conventions for messaging
// clients. The partition is left out: it would make a series for each of them.
func (m *metrics) messaging(topic, operation string) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(
		attribute.String("messaging.system", "kafka"), attribute.String("messaging.operation.name", operation),
		attribute.String("messaging.destination.name", topic), attribute.String("messaging.consumer.group.name", m.group)))
}
