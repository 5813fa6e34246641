package telemetry_test

import (
	"context"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"ingest/telemetry"
)

func newMetrics(t *testing.T, readers ...sdkmetric.Reader) *telemetry.Metrics {
	t.Helper()
	log, _ := recorder()
	res, err := telemetry.NewResource(context.Background(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := telemetry.NewMetrics(res, "1.2.3", log, readers...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := metrics.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return metrics
}

func TestMetricsAreServed(t *testing.T) {
	metrics := newMetrics(t)
	counter, err := metrics.Provider().Meter("ingest/pipeline").Int64Counter("ingest.records", metric.WithUnit("{record}"), metric.WithDescription("Records."))
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(context.Background(), 3, metric.WithAttributes(attribute.String("topic", "orders")))
	log, _ := recorder()
	url := start(t, telemetry.NewHealth(log), metrics.Handler())

	status, body, kind := request(t, "GET", url+"/metrics", "text/plain")
	if status != 200 || !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Errorf("status %d, type %s", status, kind)
	}
	for _, want := range []string{
		"# HELP ingest_records_total Records.\n",
		`ingest_records_total{topic="orders"} 3` + "\n",
		`ingest_build_info{go_version="` + runtime.Version() + `",version="1.2.3"} 1` + "\n",
		`service_name="ingest"`, `service_version="1.2.3"`,
		"go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("not served: %s", want)
		}
	}
	status, body, kind = request(t, "GET", url+"/metrics", "application/openmetrics-text; version=1.0.0")
	if status != 200 || !strings.HasPrefix(kind, "application/openmetrics-text; version=1.0.0") || !strings.HasSuffix(body, "# EOF\n") {
		t.Errorf("OpenMetrics: status %d, type %s", status, kind)
	}
}

func TestResourceTakesTheStandardVariables(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "ingest-orders")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	res, err := telemetry.NewResource(context.Background(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"service.name": "ingest-orders", "deployment.environment.name": "test", "service.version": "1.2.3", "telemetry.sdk.name": "opentelemetry"} {
		if got, _ := res.Set().Value(attribute.Key(key)); got.AsString() != want {
			t.Errorf("%s: got %q, want %q", key, got.AsString(), want)
		}
	}
}

// Boundaries by unit, by the specification's name, and by the creator's advice.
func TestHistogramBoundaries(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	meter := newMetrics(t, reader).Provider().Meter("test")
	for _, test := range []struct {
		name, unit string
		options    []metric.Float64HistogramOption
	}{
		{"messaging.process.duration", "s", nil},
		{"db.client.operation.duration", "s", nil},
		{"ingest.freshness", "s", nil},
		{"ingest.batch.size", "By", nil},
		{"ingest.batch.rows", "{row}", nil},
		{"ingest.advised", "s", []metric.Float64HistogramOption{metric.WithExplicitBucketBoundaries(7, 8)}},
	} {
		histogram, err := meter.Float64Histogram(test.name, append(test.options, metric.WithUnit(test.unit))...)
		if err != nil {
			t.Fatal(err)
		}
		histogram.Record(context.Background(), 1)
	}
	rows, err := meter.Int64Histogram("ingest.int.rows", metric.WithUnit("{row}"))
	if err != nil {
		t.Fatal(err)
	}
	rows.Record(context.Background(), 1)
	want := map[string][]float64{
		"messaging.process.duration":   {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10},
		"db.client.operation.duration": {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10},
		"ingest.freshness":             {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
		"ingest.batch.size":            {256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864},
		"ingest.batch.rows":            {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000},
		"ingest.int.rows":              {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000},
		"ingest.advised":               {7, 8},
	}
	got := boundaries(t, reader)
	for name, bounds := range want {
		if !equal(got[name], bounds) {
			t.Errorf("%s: got %v, want %v", name, got[name], bounds)
		}
	}
}

func boundaries(t *testing.T, reader sdkmetric.Reader) map[string][]float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	out := map[string][]float64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				out[m.Name] = data.DataPoints[0].Bounds
			case metricdata.Histogram[int64]:
				out[m.Name] = data.DataPoints[0].Bounds
			}
		}
	}
	return out
}

func equal(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Callbacks over several instruments must reach the SDK through the provider.
func TestProviderTakesCallbacks(t *testing.T) {
	metrics := newMetrics(t)
	meter := metrics.Provider().Meter("test")
	gauge, err := meter.Int64ObservableGauge("ingest.lag")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		o.ObserveInt64(gauge, 42)
		return nil
	}, gauge); err != nil {
		t.Fatal(err)
	}
	log, _ := recorder()
	url := start(t, telemetry.NewHealth(log), metrics.Handler())
	if _, body, _ := request(t, "GET", url+"/metrics", ""); !regexp.MustCompile(`(?m)^ingest_lag 42$`).MatchString(body) {
		t.Errorf("not served:\n%s", body)
	}
}

// A worker may own thousands of partitions, each with series of its own: the SDK
// must not fold them into otel_metric_overflow.
func TestManySeriesAreKeptApart(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	gauge, err := newMetrics(t, reader).Provider().Meter("test").Int64Gauge("ingest.lag")
	if err != nil {
		t.Fatal(err)
	}
	for partition := range 9_000 {
		gauge.Record(context.Background(), 1, metric.WithAttributes(attribute.Int("partition", partition)))
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	series := 0
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if data, ok := m.Data.(metricdata.Gauge[int64]); ok && m.Name == "ingest.lag" {
				series += len(data.DataPoints)
			}
		}
	}
	if series != 9_000 {
		t.Errorf("%d series, want 9000", series)
	}
}
