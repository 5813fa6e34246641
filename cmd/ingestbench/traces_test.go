package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func TestCollectorCountsSpans(t *testing.T) {
	c, err := startCollector()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	scope := &tracepb.ScopeSpans{Spans: []*tracepb.Span{{Name: "a"}, {Name: "b"}}}
	data, err := proto.Marshal(&coltrace.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{scope, scope}}}})
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		encoding string
		body     io.Reader
		status   int
	}{{"", bytes.NewReader(data), http.StatusOK}, {"gzip", &zipped, http.StatusOK}, {"", strings.NewReader("no spans"), http.StatusBadRequest}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+"/v1/traces", tc.body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Encoding", tc.encoding)
		r.Close = true // no connection outlives the test
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != tc.status {
			t.Errorf("%s, want %d", answer.Status, tc.status)
		}
	}
	if n := c.spans.Load(); n != 8 {
		t.Errorf("%d spans counted, want 8", n)
	}
}

func TestAShareOfTheProducersSamples(t *testing.T) {
	valid := regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$`)
	const records = 100_000
	sampled := 0
	for i := range records {
		headers := traceHeaders(i, 0.01)
		text := string(headers[0].Value)
		if len(headers) != 1 || headers[0].Key != "traceparent" || !valid.MatchString(text) {
			t.Fatalf("record %d has %v", i, headers)
		}
		if strings.HasSuffix(text, "-01") {
			sampled++
		}
	}
	if sampled < records/200 || sampled > records/50 {
		t.Errorf("%d of %d are sampled, want about a hundredth", sampled, records)
	}
}

func TestTracesTakeThePlaceOfTheLimit(t *testing.T) {
	rep := &report{Results: []*result{{Shape: "scattered", Pairs: []pair{{
		Untraced: &run{Rows: 1000, Seconds: 2, CPUSeconds: 0.01},
		Worker:   &run{Rows: 1000, Seconds: 4, CPUSeconds: 0.02, PeakBytes: 64 << 20, OwnRate: 300, Spans: 12},
	}}}}}
	var out bytes.Buffer
	if err := rep.print(&out, false); err != nil {
		t.Fatal(err)
	}
	if want := "median 250 300 20.00 500 0.500 10.00 2.000 12 64"; !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
		t.Errorf("no line says %q:\n%s", want, out.String())
	}
	if strings.Contains(out.String(), "limit rows/s") {
		t.Error("there is no limit to show")
	}
}
