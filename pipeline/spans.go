package pipeline

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// spans makes the spans of a record's way, by OpenTelemetry's conventions for
// messaging: a poll of a topic, under it the processing of each run of records of
// one partition, under that the sink's; and commits. None holds anything of a key
// or a value.
type spans struct {
	tracer trace.Tracer // nil: none are made
	group  string
}

func (s spans) common(operation string, kind attribute.KeyValue, topics ...string) []attribute.KeyValue {
	set := []attribute.KeyValue{semconv.MessagingSystemKafka, semconv.MessagingOperationName(operation), kind, semconv.MessagingConsumerGroupName(s.group)}
	if len(topics) == 1 {
		set = append(set, semconv.MessagingDestinationName(topics[0]))
	}
	return set
}

// polled makes a span for each topic that a poll brought records of, and hands it
// to the first record of each partition.
func (s spans) polled(began time.Time, fetches kgo.Fetches) {
	if s.tracer == nil {
		return
	}
	for _, fetch := range fetches {
		for i := range fetch.Topics {
			s.polledTopic(began, &fetch.Topics[i])
		}
	}
}

func (s spans) polledTopic(began time.Time, t *kgo.FetchTopic) {
	n := 0
	for i := range t.Partitions {
		n += len(t.Partitions[i].Records)
	}
	if n == 0 {
		return
	}
	ctx, span := s.tracer.Start(context.Background(), "poll "+t.Topic, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(began),
		trace.WithAttributes(append(s.common("poll", semconv.MessagingOperationTypeReceive, t.Topic), semconv.MessagingBatchMessageCount(n))...))
	span.End()
	for i := range t.Partitions {
		if records := t.Partitions[i].Records; len(records) > 0 {
			records[0].Context = ctx
		}
	}
}

// process begins the span of a run of records, under the poll that brought its
// first record, or the last poll before that. It links what else led to it: other
// polls, and what producers were doing when they sent a record that they sampled.
func (s spans) process(p *partition, c *chunk) (context.Context, trace.Span) {
	if s.tracer == nil {
		return p.work, trace.SpanFromContext(p.work)
	}
	if poll := pollOf(c.records[0]); poll.IsValid() {
		p.polled = poll
	}
	ctx, span := s.tracer.Start(trace.ContextWithSpanContext(p.work, p.polled), "process "+p.topic, trace.WithSpanKind(trace.SpanKindConsumer))
	if span.IsRecording() {
		span.SetAttributes(append(s.common("process", semconv.MessagingOperationTypeProcess, p.topic),
			semconv.MessagingDestinationPartitionID(strconv.Itoa(int(p.id))), semconv.MessagingBatchMessageCount(len(c.records)),
			semconv.MessagingKafkaOffset(int(c.records[0].Offset)))...)
	}
	for i, r := range c.records {
		if poll := pollOf(r); poll.IsValid() && i > 0 {
			p.polled = poll
			span.AddLink(trace.Link{SpanContext: poll})
		}
		if span.IsRecording() {
			linkProducer(span, r)
		}
	}
	return ctx, span
}

// pollOf gives the span of the poll that began with a record.
func pollOf(r *kgo.Record) trace.SpanContext {
	if r.Context == nil {
		return trace.SpanContext{}
	}
	return trace.SpanContextFromContext(r.Context)
}

// linkProducer links a sampled producer. The SDK keeps 128 links of a span and
// counts the rest.
func linkProducer(span trace.Span, r *kgo.Record) {
	if len(r.Headers) == 0 {
		return
	}
	from := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), parentOnly{r}))
	if from.IsValid() && from.IsSampled() {
		span.AddLink(trace.Link{SpanContext: from, Attributes: []attribute.KeyValue{semconv.MessagingKafkaOffset(int(r.Offset))}})
	}
}

// parentOnly carries a record's traceparent (W3C Trace Context) and nothing else:
// vendors' state and baggage are not ours to keep.
type parentOnly struct{ *kgo.Record }

const traceparent = "traceparent"

// Get gives the last header of that name.
func (r parentOnly) Get(name string) string {
	if name != traceparent {
		return ""
	}
	for _, h := range slices.Backward(r.Headers) {
		if h.Key == traceparent {
			return string(h.Value)
		}
	}
	return ""
}

// Set does nothing: records are read.
func (parentOnly) Set(string, string) {}

// Keys names what Get knows.
func (parentOnly) Keys() []string { return []string{traceparent} }

// commit begins the span of a commit.
func (s spans) commit(ctx context.Context, offsets map[string]map[int32]kgo.EpochOffset) (context.Context, trace.Span) {
	if s.tracer == nil {
		return ctx, trace.SpanFromContext(ctx)
	}
	topics := slices.Sorted(maps.Keys(offsets))
	name, partitions := "commit", 0
	if len(topics) == 1 {
		name += " " + topics[0]
	}
	set := s.common("commit", semconv.MessagingOperationTypeSettle, topics...)
	for _, parts := range offsets {
		partitions += len(parts)
	}
	if len(topics) == 1 && partitions == 1 {
		for id, at := range offsets[topics[0]] {
			set = append(set, semconv.MessagingDestinationPartitionID(strconv.Itoa(int(id))), semconv.MessagingKafkaOffset(int(at.Offset)))
		}
	}
	set = append(set, attribute.Int("ingest.commit.partitions", partitions))
	return s.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(set...))
}

// failed marks a span's operation as failed, by the kind of error alone: what a
// server answers may quote what it was sent.
func failed(span trace.Span, kind string) {
	span.SetStatus(codes.Error, kind)
	span.SetAttributes(semconv.ErrorTypeKey.String(kind))
}
