package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// histogram gives the number and the sum of what was recorded under a name.
func (m *measured) histogram(t *testing.T, name string) (count uint64, sum float64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := m.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, found := range scope.Metrics {
			if data, ok := found.Data.(metricdata.Histogram[float64]); ok && found.Name == name {
				for _, p := range data.DataPoints {
					count, sum = count+p.Count, sum+p.Sum
				}
			}
		}
	}
	return count, sum
}

// What is under way is shown with its age, and how old records were when they
// had their outcome.
func TestWhatIsUnderWayIsMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t, 1)
		dated := time.Now().Add(-time.Minute).UnixMilli()
		b.produce(0, dated, "a", "b") // "b" bears the timestamp of "a": the clock lifts it
		release := make(chan struct{})
		sink := &memory{hold: func(write) <-chan struct{} { return release }}
		var m *measured
		w := b.start(sink, &drawer{}, func(d *Deps) { m = newMeasured(d) })
		eventually(t, "both rows are under way", func() bool { return len(sink.all()) == 2 })
		began := time.Now()
		time.Sleep(10 * time.Second)
		if n := m.sum(t, "ingest.in_flight.records"); n != 2 {
			t.Errorf("%d records in flight, want 2", n)
		}
		if n := m.sum(t, "ingest.in_flight.bytes"); n < 2*mappedOverhead {
			t.Errorf("%d bytes in flight for two records", n)
		}
		if age := m.sum(t, "ingest.unacknowledged.age"); age < 10 || age > 12 {
			t.Errorf("the oldest has waited for %d s, want 10", age)
		}
		close(release)
		eventually(t, "all is committed", func() bool { at, _ := b.commit(0); return at == 2 })
		took := time.Since(began).Seconds()
		for name, want := range map[string]int64{"ingest.in_flight.records": 0, "ingest.in_flight.bytes": 0, "ingest.unacknowledged.age": 0,
			"ingest.clock.lifted": 1, "messaging.client.consumed.messages": 2} {
			if got := m.sum(t, name); got != want {
				t.Errorf("%s is %d, want %d", name, got, want)
			}
		}
		if count, sum := m.histogram(t, "messaging.process.duration"); count == 0 || sum < 10 || sum > 2*took {
			t.Errorf("%d runs took %v s, want at least one of 10 s", count, sum)
		}
		if count, sum := m.histogram(t, "ingest.freshness"); count == 0 || sum < 70 {
			t.Errorf("%d runs were %v s old at their end, want at least 70", count, sum)
		}
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// gauge gives the largest reading of a gauge.
func (m *measured) gauge(t *testing.T, name string) (most float64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := m.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, found := range scope.Metrics {
			if data, ok := found.Data.(metricdata.Gauge[float64]); ok && found.Name == name {
				for _, p := range data.DataPoints {
					most = max(most, p.Value)
				}
			}
		}
	}
	return most
}
