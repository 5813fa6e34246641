//go:build stack

package test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector receives OTLP over HTTP and keeps what it was sent.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	raw     []byte
	spans   []*tracepb.Span
	metrics map[string]bool
	lines   []string
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{metrics: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(_ http.ResponseWriter, r *http.Request) { c.take(t, r, &coltrace.ExportTraceServiceRequest{}) })
	mux.HandleFunc("POST /v1/metrics", func(_ http.ResponseWriter, r *http.Request) {
		c.take(t, r, &colmetrics.ExportMetricsServiceRequest{})
	})
	mux.HandleFunc("POST /v1/logs", func(_ http.ResponseWriter, r *http.Request) { c.take(t, r, &collogs.ExportLogsServiceRequest{}) })
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) take(t *testing.T, r *http.Request, into proto.Message) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		plain, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		body = plain
	}
	data, err := io.ReadAll(body)
	if err == nil {
		err = proto.Unmarshal(data, into)
	}
	if err != nil {
		t.Error(err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = append(c.raw, data...)
	switch m := into.(type) {
	case *coltrace.ExportTraceServiceRequest:
		for _, resource := range m.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	case *colmetrics.ExportMetricsServiceRequest:
		for _, resource := range m.ResourceMetrics {
			for _, scope := range resource.ScopeMetrics {
				for _, metric := range scope.Metrics {
					c.metrics[metric.Name] = true
				}
			}
		}
	case *collogs.ExportLogsServiceRequest:
		for _, resource := range m.ResourceLogs {
			for _, scope := range resource.ScopeLogs {
				for _, line := range scope.LogRecords {
					c.lines = append(c.lines, line.Body.GetStringValue())
				}
			}
		}
	}
}

// TestTelemetryByOTLP runs a worker beside a receiver of OpenTelemetry's protocol
// and holds what arrives against the record's way.
func TestTelemetryByOTLP(t *testing.T) {
	t.Parallel()
	const name, parent = "otlp", "0af7651916cd43dd8448eb211c80319c"
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	var records []*kgo.Record
	for i := range 20 {
		r := s.record("key", value.encode(t, map[string]any{"a": "topsecret", "n": int64(i)}))
		r.Headers = []kgo.RecordHeader{{Key: "traceparent", Value: []byte("00-" + parent + "-b7ad6b7169203331-01")}}
		records = append(records, r)
	}
	records[7].Value = []byte("topsecret, and no Avro")
	produce(t, s.client, records...)
	c := newCollector(t)
	s.catchUp(s.env(simpleMapping(name)+"        tombstone: ignore\n", "OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL, "OTEL_SERVICE_NAME=tried"))

	c.mu.Lock()
	defer c.mu.Unlock()
	c.way(t, parent)
	for _, metric := range []string{"ingest.records", "ingest.freshness", "db.client.operation.duration"} {
		if !c.metrics[metric] {
			t.Errorf("no metric %s arrived", metric)
		}
	}
	if all := strings.Join(c.lines, "\n"); !strings.Contains(all, "partitions assigned") {
		t.Errorf("the log that arrived: %s", all)
	}
	if bytes.Contains(c.raw, []byte("topsecret")) {
		t.Error("what arrived holds a record's value")
	}
	if !bytes.Contains(c.raw, []byte("tried")) {
		t.Error("what arrived lacks the name of OTEL_SERVICE_NAME")
	}
	if l := s.letters()[place(records[7])]; l.Record == nil || !strings.Contains(l.headers["traceparent"], parent) {
		t.Errorf("the dead letter's traceparent is %q", l.headers["traceparent"])
	}
}

// way demands that writes are under processing under polls, that producers are
// linked, and that there is a commit.
func (c *collector) way(t *testing.T, parent string) {
	t.Helper()
	names := map[string]string{} // of spans, by id
	for _, span := range c.spans {
		names[string(span.SpanId)] = span.Name
	}
	seen := map[string]bool{}
	for _, span := range c.spans {
		operation, _, _ := strings.Cut(span.Name, " ")
		above, _, _ := strings.Cut(names[string(span.ParentSpanId)], " ")
		seen[operation+" under "+above] = true
		for _, link := range span.Links {
			if hex.EncodeToString(link.TraceId) == parent {
				seen["linked"] = true
			}
		}
	}
	for _, want := range []string{"process under poll", "BATCH under process", "commit under ", "linked"} {
		if !seen[want] {
			t.Errorf("no span %q among %v", want, seen)
		}
	}
}
