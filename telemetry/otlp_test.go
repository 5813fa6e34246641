package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
)

func TestWhatIsExported(t *testing.T) {
	for _, tc := range []struct {
		name   string
		env    map[string]string
		traces bool
	}{
		{"nothing is set", nil, false},
		{"an endpoint for all", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, true},
		{"an endpoint of its own", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318"}, true},
		{"an endpoint of another signal", map[string]string{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://127.0.0.1:4318"}, false},
		{"an exporter", map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true},
		{"none, in spite of an endpoint", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, false},
		{"the SDK is off", map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, false},
	} {
		lookup := func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok }
		if got := exports(lookup, "TRACES"); got != tc.traces {
			t.Errorf("%s: traces are exported: %v, want %v", tc.name, got, tc.traces)
		}
	}
}

func TestNothingIsExportedUnasked(t *testing.T) {
	e, err := NewExport(t.Context(), resource.Empty(), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	if e.Tracer("1") != nil || len(e.Readers()) > 0 {
		t.Error("there is a tracer or a reader that nobody asked for")
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAFaultyExporterIsTold(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "jaeger")
	_, err := NewExport(t.Context(), resource.Empty(), func(name string) (string, bool) { return "jaeger", name == "OTEL_TRACES_EXPORTER" })
	if err == nil || !strings.Contains(err.Error(), "OTEL_") || !strings.Contains(err.Error(), "jaeger") {
		t.Errorf("error %v", err)
	}
}

// Lines that belong to a span carry its ids, through derived loggers too.
func TestLinesOfASpan(t *testing.T) {
	var out bytes.Buffer
	log := (&Export{}).Logger(slog.New(slog.NewTextHandler(&out, nil))).With("a", 1).WithGroup("g")
	log.Info("outside")
	if strings.Contains(out.String(), "trace_id") {
		t.Errorf("a line outside of any span: %s", out.String())
	}
	out.Reset()
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	log.InfoContext(trace.ContextWithSpanContext(context.Background(), span), "inside")
	if line := out.String(); !strings.Contains(line, "trace_id=01000000") || !strings.Contains(line, "span_id=02000000") {
		t.Errorf("a line of a span: %s", line)
	}
}
