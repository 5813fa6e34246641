package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// otherComponents stands for all that NewHealth was not told of, such as topics and
// partitions: there may be many of them, and /readyz names them.
const otherComponents = "other"

// Observe makes the gauge of what is ready, one series for each component that
// NewHealth was told of and one for all others.
func (h *Health) Observe(m metric.Meter) error {
	sets := map[string]metric.ObserveOption{}
	for _, component := range append([]string{otherComponents}, h.expected...) {
		sets[component] = metric.WithAttributeSet(attribute.NewSet(attribute.String("component", component)))
	}
	_, err := m.Int64ObservableGauge("ingest.ready",
		metric.WithDescription("Whether a component is ready (1) or not (0); the worker is when all are, and /readyz says why one is not."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			for component, ready := range h.components() {
				o.Observe(ready, sets[component])
			}
			return nil
		}))
	return err
}

// components gives 1 for what is ready and 0 for what is not.
func (h *Health) components() map[string]int64 {
	ready := map[string]int64{otherComponents: 1}
	for _, component := range h.expected {
		ready[component] = 1
	}
	for _, reason := range h.NotReady() {
		if _, ok := ready[reason.Component]; ok {
			ready[reason.Component] = 0
		} else {
			ready[otherComponents] = 0
		}
	}
	return ready
}
