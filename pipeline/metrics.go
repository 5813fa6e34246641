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
	records     metric.Int64Counter
	commits     metric.Int64Counter
	rebalances  metric.Int64Counter
	fetchErrors metric.Int64Counter
	lag         metric.Int64ObservableGauge
	held        metric.Int64ObservableGauge
	ahead       metric.Float64ObservableGauge
	lost        metric.Int64Counter
	open        metric.Float64ObservableGauge
	atRisk      metric.Int64ObservableGauge
	partitions  metric.Int64UpDownCounter

	mu     sync.Mutex
	topics map[string]*outcomes // by topic
}

func newMetrics(m metric.Meter) (*metrics, error) {
	out := &metrics{topics: map[string]*outcomes{}}
	var errs [11]error
	out.records, errs[0] = m.Int64Counter("ingest.records", metric.WithUnit("{record}"),
		metric.WithDescription("Records that reached their final outcome."))
	out.commits, errs[1] = m.Int64Counter("ingest.commits", metric.WithUnit("{commit}"),
		metric.WithDescription("Offset commits by result."))
	out.rebalances, errs[2] = m.Int64Counter("ingest.rebalances", metric.WithUnit("{rebalance}"),
		metric.WithDescription("Partitions assigned, revoked or lost."))
	out.fetchErrors, errs[3] = m.Int64Counter("ingest.fetch.errors", metric.WithUnit("{error}"),
		metric.WithDescription("Errors that polling returned."))
	out.lag, errs[4] = m.Int64ObservableGauge("ingest.lag", metric.WithUnit("{record}"),
		metric.WithDescription("Offsets between the committed offset and the end of an assigned partition."))
	out.partitions, errs[5] = m.Int64UpDownCounter("ingest.partitions.assigned", metric.WithUnit("{partition}"),
		metric.WithDescription("Partitions assigned to this worker."))
	out.held, errs[6] = m.Int64ObservableGauge("ingest.partitions.held", metric.WithUnit("{partition}"),
		metric.WithDescription("Assigned partitions that are held, by topic and reason."))
	out.ahead, errs[7] = m.Float64ObservableGauge("ingest.clock.ahead", metric.WithUnit("s"),
		metric.WithDescription("How far the write timestamps of a topic are ahead of now, the furthest of its assigned partitions."))
	out.lost, errs[8] = m.Int64Counter("ingest.records.lost", metric.WithUnit("{record}"),
		metric.WithDescription("Offsets that were gone from the log before they were read: retention overtook the worker, or the log was truncated."))
	out.open, errs[9] = m.Float64ObservableGauge("ingest.transaction.open", metric.WithUnit("s"),
		metric.WithDescription("How long a producer's open transaction has kept the records after it from being read, the longest of a topic's assigned partitions."))
	out.atRisk, errs[10] = m.Int64ObservableGauge("ingest.partitions.deletes_at_risk", metric.WithUnit("{partition}"),
		metric.WithDescription("Assigned partitions of compacted topics that are read later than delete.retention.ms: deletes may have been compacted away unread."))
	return out, errors.Join(errs[:]...)
}

// outcomes count the records of one topic: Invariant 8.
type outcomes struct {
	written, skipped, deadLettered, dropped, control counter
	lost                                             metric.MeasurementOption
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

// topic gives the counters of a topic.
func (m *metrics) topic(topic string) *outcomes {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.topics[topic]; o != nil {
		return o
	}
	with := func(outcome string) counter {
		set := attribute.NewSet(attribute.String("topic", topic), attribute.String("outcome", outcome))
		return counter{m.records, []metric.AddOption{metric.WithAttributeSet(set)}}
	}
	o := &outcomes{written: with("written"), skipped: with("skipped"), deadLettered: with("dead_lettered"), dropped: with("dropped"), control: with("control"),
		lost: metric.WithAttributes(attribute.String("topic", topic))}
	m.topics[topic] = o
	return o
}
