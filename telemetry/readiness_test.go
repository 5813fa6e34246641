package telemetry_test

import (
	"fmt"
	"log/slog"
	"maps"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"ingest/telemetry"
)

func TestReadinessIsMeasured(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	h := telemetry.NewHealth(slog.New(slog.DiscardHandler), "cassandra", "mapping")
	if err := h.Observe(provider.Meter("test")); err != nil {
		t.Fatal(err)
	}
	demand := func(when string, want map[string]int64) {
		t.Helper()
		var all metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, point := range all.ScopeMetrics[0].Metrics[0].Data.(metricdata.Gauge[int64]).DataPoints {
			component, _ := point.Attributes.Value("component")
			got[component.AsString()] = point.Value
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", when, got, want)
		}
	}
	demand("at the start", map[string]int64{"cassandra": 0, "mapping": 0, "other": 1})
	h.SetReady("cassandra")
	h.SetReady("mapping")
	demand("when all is well", map[string]int64{"cassandra": 1, "mapping": 1, "other": 1})
	for i := range 100 { // as many topics as there may be
		h.SetNotReady(fmt.Sprintf("topic %d", i), "held")
	}
	h.SetNotReady("mapping", "does not fit")
	demand("with held topics", map[string]int64{"cassandra": 1, "mapping": 0, "other": 0})
	for i := range 100 {
		h.SetReady(fmt.Sprintf("topic %d", i))
	}
	demand("when they go on", map[string]int64{"cassandra": 1, "mapping": 0, "other": 1})
}
