package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Export is what leaves the process by OpenTelemetry's protocol, as the OTEL_*
// variables say (OpenTelemetry specification, "Environment Variable
// Specification"). Without OTEL_EXPORTER_OTLP_ENDPOINT, or that of a signal, and
// without OTEL_TRACES_EXPORTER and its like, nothing does.
type Export struct {
	traces *sdktrace.TracerProvider // nil: none
	logs   *sdklog.LoggerProvider   // nil: none
	reader sdkmetric.Reader         // nil: none
}

// NewExport sets up what the environment asks for. lookup is os.LookupEnv, from
// which the exporters read the rest themselves.
func NewExport(ctx context.Context, res *resource.Resource, lookup func(string) (string, bool)) (*Export, error) {
	e := &Export{}
	var errs []error
	for _, signal := range []struct {
		name string
		make func() error
	}{
		{"TRACES", func() error { return e.makeTraces(ctx, res) }},
		{"LOGS", func() error { return e.makeLogs(ctx, res) }},
		{"METRICS", func() (err error) { e.reader, err = autoexport.NewMetricReader(ctx); return err }},
	} {
		if !exports(lookup, signal.name) {
			continue
		}
		if err := signal.make(); err != nil {
			exporter, _ := lookup("OTEL_" + signal.name + "_EXPORTER")
			errs = append(errs, fmt.Errorf("OTEL_%s_EXPORTER: setting up the exporter %q (otlp, console or none), or where it sends to: %w", signal.name, exporter, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return e, nil
}

// exports reports whether a signal has an exporter or an endpoint. Of itself the
// library would send to localhost.
func exports(lookup func(string) (string, bool), signal string) bool {
	set := func(name string) string {
		if value, ok := lookup(name); ok {
			return value
		}
		return ""
	}
	if disabled := set("OTEL_SDK_DISABLED"); disabled == "true" {
		return false
	}
	switch set("OTEL_" + signal + "_EXPORTER") {
	case "none":
		return false
	case "":
		return set("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || set("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != ""
	}
	return true
}

func (e *Export) makeTraces(ctx context.Context, res *resource.Resource) error {
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return err
	}
	e.traces = sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithBatcher(exporter))
	return nil
}

func (e *Export) makeLogs(ctx context.Context, res *resource.Resource) error {
	exporter, err := autoexport.NewLogExporter(ctx)
	if err != nil {
		return err
	}
	e.logs = sdklog.NewLoggerProvider(sdklog.WithResource(res), sdklog.WithProcessor(sdklog.NewBatchProcessor(exporter)))
	return nil
}

// Tracer gives the tracer of the process, nil without an exporter.
func (e *Export) Tracer(version string) trace.Tracer {
	if e.traces == nil {
		return nil
	}
	return e.traces.Tracer("ingest", trace.WithInstrumentationVersion(version))
}

// Readers are what exports metrics beside /metrics.
func (e *Export) Readers() []sdkmetric.Reader {
	if e.reader == nil {
		return nil
	}
	return []sdkmetric.Reader{e.reader}
}

// Logger gives a logger that also exports what it logs, if that is asked for.
// Lines of a span carry its ids.
func (e *Export) Logger(log *slog.Logger) *slog.Logger {
	handler := slog.Handler(&spanHandler{log.Handler()})
	if e.logs != nil {
		bridge := otelslog.NewHandler("ingest", otelslog.WithLoggerProvider(e.logs))
		handler = slog.NewMultiHandler(handler, &leveled{bridge, log.Handler()})
	}
	return slog.New(handler)
}

// HandleErrors logs what the exporters complain of, at most once in a minute: a
// collector that is away concerns nobody's rows. OpenTelemetry keeps its handler in
// a global, which is the process's to set.
func HandleErrors(log *slog.Logger) {
	var last atomic.Int64
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		now, before := time.Now().Unix(), last.Load()
		if now-before >= 60 && last.CompareAndSwap(before, now) {
			log.Warn("telemetry cannot be exported; it is dropped", "error", err)
		}
	}))
}

// Shutdown sends what is left and stops. Metrics are stopped by their provider.
func (e *Export) Shutdown(ctx context.Context) error {
	var errs [2]error
	if e.traces != nil {
		errs[0] = e.traces.Shutdown(ctx)
	}
	if e.logs != nil {
		errs[1] = e.logs.Shutdown(ctx)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return fmt.Errorf("sending the last spans and log lines: %w", err)
	}
	return nil
}

// spanHandler adds the ids of the context's span to a line.
type spanHandler struct{ slog.Handler }

// Handle passes the line on.
func (h *spanHandler) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the wrapping.
func (h *spanHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &spanHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the wrapping.
func (h *spanHandler) WithGroup(name string) slog.Handler {
	return &spanHandler{h.Handler.WithGroup(name)}
}

// leveled passes on what another handler would log too.
type leveled struct {
	slog.Handler
	like slog.Handler
}

// Enabled is the other handler's.
func (h *leveled) Enabled(ctx context.Context, level slog.Level) bool {
	return h.like.Enabled(ctx, level)
}

// WithAttrs keeps the wrapping.
func (h *leveled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &leveled{h.Handler.WithAttrs(attrs), h.like}
}

// WithGroup keeps the wrapping.
func (h *leveled) WithGroup(name string) slog.Handler {
	return &leveled{h.Handler.WithGroup(name), h.like}
}
