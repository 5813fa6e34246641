package pipeline

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"ingest/mapping"
)

// tracingSink keeps the span that each Write was called under.
type tracingSink struct {
	memory
	under []trace.SpanContext
}

func (s *tracingSink) Write(ctx context.Context, rows []mapping.Row, done func([]*mapping.Row, error)) error {
	s.mu.Lock()
	s.under = append(s.under, trace.SpanContextFromContext(ctx))
	s.mu.Unlock()
	return s.memory.Write(ctx, rows, done)
}

// traced gives the spans of a name that a worker made of some records.
type traced struct{ *tracetest.InMemoryExporter }

func newTraced(d *Deps) traced {
	exporter := tracetest.NewInMemoryExporter()
	d.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)).Tracer("test")
	return traced{exporter}
}

func (x traced) named(prefix string) (found []tracetest.SpanStub) {
	for _, span := range x.GetSpans() {
		if strings.HasPrefix(span.Name, prefix) {
			found = append(found, span)
		}
	}
	return found
}

func has(span tracetest.SpanStub, want ...attribute.KeyValue) bool {
	set := attribute.NewSet(span.Attributes...)
	for _, kv := range want {
		if got, ok := set.Value(kv.Key); !ok || got != kv.Value {
			return false
		}
	}
	return true
}

const (
	sampledParent   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampledParent = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-00"
)

// A poll, under it the processing, under that what the sink does; links to the
// producers that were sampled; and the commit.
func TestSpansFollowTheRecordsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		for i, parent := range []string{sampledParent, unsampledParent, "no traceparent"} {
			r := &kgo.Record{Topic: testTopic, Key: []byte{byte(i)}, Value: []byte("secret"), Timestamp: time.UnixMilli(1_700_000_000_000),
				Headers: []kgo.RecordHeader{{Key: traceparent, Value: []byte(parent)}, {Key: "baggage", Value: []byte("user=secret")}}}
			if err := b.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		sink := &tracingSink{}
		var spans traced
		w := b.start(sink, &drawer{}, func(d *Deps) { spans = newTraced(d) })
		eventually(t, "all is committed", func() bool { at, _ := b.commit(0); return at == 3 })
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		spans.tree(t, sink)
		spans.links(t)
		for _, span := range spans.GetSpans() {
			if has(span, attribute.String("messaging.system", "kafka"), attribute.String("messaging.consumer.group.name", testGroup)) {
				continue
			}
			t.Errorf("span %s lacks what every span has: %v", span.Name, span.Attributes)
		}
		committed := spans.named("commit " + testTopic)
		last := committed[len(committed)-1]
		if !has(last, attribute.Int("messaging.kafka.offset", 3), attribute.String("messaging.destination.partition.id", "0")) || last.Status.Code != codes.Unset {
			t.Errorf("the last commit says %v, %v", last.Attributes, last.Status)
		}
	})
}

func (x traced) tree(t *testing.T, sink *tracingSink) {
	t.Helper()
	polls := map[trace.SpanID]bool{}
	for _, span := range x.named("poll " + testTopic) {
		polls[span.SpanContext.SpanID()] = true
	}
	processed, records := map[trace.SpanID]bool{}, int64(0)
	for _, span := range x.named("process " + testTopic) {
		processed[span.SpanContext.SpanID()] = true
		set := attribute.NewSet(span.Attributes...)
		n, _ := set.Value("messaging.batch.message_count")
		records += n.AsInt64()
		if !polls[span.Parent.SpanID()] {
			t.Errorf("%s is under no poll", span.Name)
		}
		if span.SpanKind != trace.SpanKindConsumer {
			t.Errorf("%s is of kind %v", span.Name, span.SpanKind)
		}
	}
	if records != 3 {
		t.Errorf("%d records were processed under spans, want 3", records)
	}
	for _, under := range sink.under {
		if !processed[under.SpanID()] {
			t.Error("a write is under no processing")
		}
	}
}

func (x traced) links(t *testing.T) {
	t.Helper()
	var linked []string
	for _, span := range x.named("process ") {
		for _, link := range span.Links {
			if link.SpanContext.IsRemote() {
				linked = append(linked, link.SpanContext.TraceID().String())
			}
		}
	}
	if len(linked) != 1 || linked[0] != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("linked producers %q, want the sampled one alone", linked)
	}
}

// A run that is given up ends its span, and says so.
func TestSpanOfWhatIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "a")
		sink := &memory{hold: func(write) <-chan struct{} { return make(chan struct{}) }}
		var spans traced
		w := b.start(sink, &drawer{}, func(d *Deps) { spans = newTraced(d) })
		eventually(t, "the row is under way", func() bool { return len(sink.all()) == 1 })
		if err := w.stop(); err == nil {
			t.Error("a shutdown that left writes open should say so")
		}
		found := spans.named("process ")
		if len(found) != 1 || found[0].Status.Code != codes.Error || !has(found[0], attribute.String("error.type", "given_up")) {
			t.Errorf("spans %v", found)
		}
	})
}

// A commit that did not happen, or not for every partition, has a span that says so.
func TestSpanOfACommitThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		refused := b.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Topic: testTopic, Partitions: []int32{0}, Err: kerr.OffsetMetadataTooLarge, Count: 1})
		b.produce(0, 1_700_000_000_000, "a")
		var spans traced
		w := b.start(&memory{}, &drawer{}, func(d *Deps) { spans = newTraced(d) })
		eventually(t, "it is committed at last", func() bool { at, _ := b.commit(0); return refused.Hits() == 1 && at == 1 })
		if w.committed(nil, errors.New("no answer"), nil, nil) {
			t.Error("a commit without an answer counts as made")
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		first, last := spans.named("commit ")[0], spans.named("commit ")[len(spans.named("commit "))-1]
		if first.Status.Code != codes.Error || !has(first, attribute.String("error.type", "not_committed")) {
			t.Errorf("the refused commit's span says %v, %v", first.Status, first.Attributes)
		}
		if last.Status.Code != codes.Unset {
			t.Errorf("the last commit's span says %v", last.Status)
		}
	})
}

// spanOf keeps the span that a line of the log was written under, by its message.
type spanOf struct {
	slog.Handler
	mu    sync.Mutex
	spans map[string]trace.SpanContext
}

func (h *spanOf) Handle(ctx context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.spans[r.Message] = trace.SpanContextFromContext(ctx)
	return nil
}

// TestALineAboutARecordHasItsSpan: from the line one finds the trace.
func TestALineAboutARecordHasItsSpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		b.produce(0, 1_700_000_000_000, "poison")
		lines := &spanOf{Handler: slog.NewTextHandler(io.Discard, nil), spans: map[string]trace.SpanContext{}}
		var spans traced
		w := b.start(&memory{}, &drawer{}, func(d *Deps) {
			spans = newTraced(d)
			d.Log = slog.New(lines)
			d.Topics[testTopic] = Topic{Mapper: newOneTable(), OnError: mapping.OnErrorSkip}
		})
		eventually(t, "it is committed", func() bool { at, _ := b.commit(0); return at == 1 })
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
		lines.mu.Lock()
		defer lines.mu.Unlock()
		under := lines.spans["a record that cannot be written is dropped, as on_error says"]
		if process := spans.named("process "); len(process) != 1 || !under.IsValid() || under.SpanID() != process[0].SpanContext.SpanID() {
			t.Errorf("the line is under %v, want the span of %v", under, process)
		}
	})
}
