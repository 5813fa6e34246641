package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// seriesLimit is how many attribute sets an instrument may have before the SDK
// folds the rest into one. Its own 2,000 is less than a worker may have
// partitions.
const seriesLimit = 10_000

// concurrentScrapes bounds the work that asking for /metrics can cause.
const concurrentScrapes = 4

// NewResource says who the telemetry is about: service.name "ingest", the
// version, the host, and what OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME
// add or replace. Metrics and traces share it.
func NewResource(ctx context.Context, version string) (*resource.Resource, error) {
	r, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithHost(),
		resource.WithAttributes(attribute.String("service.name", "ingest"), attribute.String("service.version", version)),
		resource.WithFromEnv(),
	)
	if err != nil {
		return nil, fmt.Errorf("describing this process to OpenTelemetry, also from OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return r, nil
}

// Metrics are the process's instruments and what serves them.
type Metrics struct {
	sdk      *sdkmetric.MeterProvider
	registry *prometheus.Registry
	log      *slog.Logger
}

// NewMetrics builds a meter provider whose readings Handler serves; further
// readers may export them elsewhere. Stop it with Shutdown.
func NewMetrics(res *resource.Resource, version string, log *slog.Logger, readers ...sdkmetric.Reader) (*Metrics, error) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(
		otelprometheus.WithRegisterer(registry),
		otelprometheus.WithoutScopeInfo(),
		otelprometheus.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes),
	)
	if err != nil {
		return nil, fmt.Errorf("setting up the Prometheus exporter: %w", err)
	}
	options := []sdkmetric.Option{
		sdkmetric.WithResource(res),
		sdkmetric.WithReader(exporter),
		sdkmetric.WithCardinalityLimit(seriesLimit),
	}
	for _, reader := range readers {
		options = append(options, sdkmetric.WithReader(reader))
	}
	m := &Metrics{sdk: sdkmetric.NewMeterProvider(options...), registry: registry, log: log}
	err = errors.Join(
		registry.Register(collectors.NewGoCollector()),
		registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
		m.buildInfo(version),
	)
	if err != nil {
		return nil, fmt.Errorf("registering the process's own metrics: %w", err)
	}
	return m, nil
}

// buildInfo makes ingest_build_info: always 1, the labels say what runs.
func (m *Metrics) buildInfo(version string) error {
	set := metric.WithAttributes(attribute.String("version", version), attribute.String("go_version", runtime.Version()))
	_, err := m.sdk.Meter("ingest/telemetry").Int64ObservableGauge("ingest.build.info",
		metric.WithDescription("Version of the running program; the value is always 1."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(1, set)
			return nil
		}))
	return err
}

// Provider gives the meter provider to hand to components. Histograms without
// advice of their own get boundaries that suit their unit.
func (m *Metrics) Provider() metric.MeterProvider { return advisingProvider{inner: m.sdk} }

// Gatherer gives what Handler serves, for those who show it in another way.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Handler serves the metrics in Prometheus's text format, or as OpenMetrics
// (which carries exemplars) to those who ask for it.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(m.log.Handler(), slog.LevelWarn),
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: concurrentScrapes,
		EnableOpenMetrics:   true,
	})
}

// Shutdown flushes and stops every reader.
func (m *Metrics) Shutdown(ctx context.Context) error {
	if err := m.sdk.Shutdown(ctx); err != nil {
		return fmt.Errorf("stopping the metrics: %w", err)
	}
	return nil
}
