package telemetry

import (
	"strings"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/embedded"
)

// Histogram boundaries. Those of messaging and database instruments are the
// specification's (OpenTelemetry semantic conventions, "Messaging metrics" and
// "Database client metrics").
var (
	messagingSeconds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	databaseSeconds  = []float64{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10}
	otherSeconds     = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800}
	byteSizes        = []float64{256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20}
	counts           = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000}
)

// boundariesFor gives the boundaries of a histogram that advises none, by its
// name and UCUM unit; nil leaves the SDK's.
func boundariesFor(name, unit string) []float64 {
	switch {
	case unit == "s" && strings.HasPrefix(name, "messaging."):
		return messagingSeconds
	case unit == "s" && strings.HasPrefix(name, "db."):
		return databaseSeconds
	case unit == "s":
		return otherSeconds
	case unit == "By":
		return byteSizes
	case strings.HasPrefix(unit, "{"):
		return counts
	}
	return nil
}

// advisingProvider gives boundaries to histograms whose creator advises none. A
// view of the SDK could not: it overrides the creator's advice too.
type advisingProvider struct {
	embedded.MeterProvider
	inner metric.MeterProvider
}

func (p advisingProvider) Meter(name string, options ...metric.MeterOption) metric.Meter {
	return advisingMeter{p.inner.Meter(name, options...)}
}

type advisingMeter struct{ metric.Meter }

func (m advisingMeter) Float64Histogram(name string, options ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	config := metric.NewFloat64HistogramConfig(options...)
	if config.ExplicitBucketBoundaries() == nil {
		if bounds := boundariesFor(name, config.Unit()); bounds != nil {
			options = append(options[:len(options):len(options)], metric.WithExplicitBucketBoundaries(bounds...))
		}
	}
	return m.Meter.Float64Histogram(name, options...)
}

func (m advisingMeter) Int64Histogram(name string, options ...metric.Int64HistogramOption) (metric.Int64Histogram, error) {
	config := metric.NewInt64HistogramConfig(options...)
	if config.ExplicitBucketBoundaries() == nil {
		if bounds := boundariesFor(name, config.Unit()); bounds != nil {
			options = append(options[:len(options):len(options)], metric.WithExplicitBucketBoundaries(bounds...))
		}
	}
	return m.Meter.Int64Histogram(name, options...)
}
