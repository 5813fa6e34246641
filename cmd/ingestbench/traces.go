package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// The second way to measure: what tracing costs. The worker runs with and without
// traces in turns, on records that carry the context of a producer which samples
// as many traces as the worker does.

// collector receives OTLP over HTTP on loopback and counts the spans that come.
type collector struct {
	url    string
	spans  atomic.Int64
	server *http.Server
}

func startCollector() (*collector, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for spans: %w", err)
	}
	c := &collector{url: "http://" + listener.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", c.receive)
	c.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = c.server.Serve(listener) }() // ends when it is closed
	return c, nil
}

func (c *collector) close() { _ = c.server.Close() }

func (c *collector) receive(w http.ResponseWriter, r *http.Request) {
	n, err := countSpans(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.spans.Add(int64(n))
}

func countSpans(r *http.Request) (int, error) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		plain, err := gzip.NewReader(body)
		if err != nil {
			return 0, err
		}
		body = plain
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return 0, err
	}
	var request coltrace.ExportTraceServiceRequest
	if err := proto.Unmarshal(data, &request); err != nil {
		return 0, err
	}
	n := 0
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			n += len(scope.Spans)
		}
	}
	return n, nil
}

// env makes the worker send a share of its traces here, and nothing else.
func (c *collector) env(share float64) []string {
	return []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url,
		"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		"OTEL_TRACES_EXPORTER=otlp", "OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none",
		"OTEL_TRACES_SAMPLER=parentbased_traceidratio",
		"OTEL_TRACES_SAMPLER_ARG=" + strconv.FormatFloat(share, 'f', -1, 64),
	}
}

// traceHeaders gives the context of the trace that a record was produced in (W3C
// Trace Context, "traceparent"); a share of the traces is sampled.
func traceHeaders(record int, share float64) []kgo.RecordHeader {
	id := mix(uint64(record))
	sampled := 0
	if float64(id>>11) < share*(1<<53) {
		sampled = 1
	}
	text := fmt.Sprintf("00-%016x%016x-%016x-%02x", id, mix(id), mix(id+1), sampled)
	return []kgo.RecordHeader{{Key: "traceparent", Value: []byte(text)}}
}

// measureTraces gives a pair of the worker without and with traces. Which is first
// changes from pair to pair.
func (b *bench) measureTraces(ctx context.Context, t *table, mapping string, number int) (p pair, err error) {
	untraced := func() error {
		p.Untraced, err = b.timed(ctx, t, "untraced", func() (*run, error) {
			return b.worker.run(ctx, mapping, b.options.Records, nil)
		})
		return err
	}
	traced := func() error {
		p.Worker, err = b.timed(ctx, t, "traced", func() (*run, error) { return b.traced(ctx, mapping) })
		return err
	}
	if number%2 == 0 {
		untraced, traced = traced, untraced
	}
	if err := untraced(); err != nil {
		return p, err
	}
	return p, traced()
}

func (b *bench) traced(ctx context.Context, mapping string) (*run, error) {
	before := b.collector.spans.Load()
	r, err := b.worker.run(ctx, mapping, b.options.Records, b.collector.env(b.options.Traces))
	if err != nil {
		return nil, err
	}
	r.Spans = b.collector.spans.Load() - before // few, or none: a trace is of a poll, which brings thousands of records
	return r, nil
}
