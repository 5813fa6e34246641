package status

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"ingest/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// began is when the worker of these tests starts.
var began = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// fixture is a page with metrics that the test sets.
type fixture struct {
	*Page
	registry *prometheus.Registry
	vectors  map[string]*prometheus.GaugeVec
	ages     *prometheus.HistogramVec
}

func newFixture(t *testing.T, worker Worker, components ...string) *fixture {
	t.Helper()
	worker.Started = began
	f := &fixture{registry: prometheus.NewRegistry(), vectors: map[string]*prometheus.GaugeVec{}}
	f.ages = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: freshnessMetric}, []string{"topic"})
	f.registry.MustRegister(f.ages)
	quiet := slog.New(slog.DiscardHandler)
	f.Page = NewPage(worker, telemetry.NewHealth(quiet, components...), f.registry, telemetry.NewRecent(), quiet)
	return f
}

// set gives a gauge a value; labels are names, each with its value.
func (f *fixture) set(name string, value float64, labels ...string) {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	if f.vectors[name] == nil {
		f.vectors[name] = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name}, names)
		f.registry.MustRegister(f.vectors[name])
	}
	f.vectors[name].WithLabelValues(values...).Set(value)
}

// busy fills a fixture with what a worker in trouble says.
func (f *fixture) busy() {
	for partition, lag := range map[string]float64{"0": 12, "2": 1_234_567, "10": 12, "3": 0} {
		f.set(lagMetric, lag, "topic", "orders", "partition", partition)
	}
	f.set(lagMetric, 77, "topic", "customers", "partition", "0")
	f.set(heldMetric, 1, "topic", "orders", "reason", "future")
	f.set(waitingMetric, 0, "topic", "customers")
	f.set(waitingMetric, 75.5, "topic", "orders")
	f.set(fitsMetric, 0, "topic", "customers")
	f.set(fitsMetric, 1, "topic", "orders")
	for outcome, n := range map[string]float64{"written": 6000, "skipped": 3, "dropped": 4, "dead_lettered": 2, "control": 500} {
		f.set(recordsMetric, n, "topic", "orders", "outcome", outcome)
	}
	f.ages.WithLabelValues("orders").Observe(1)
	f.ages.WithLabelValues("orders").Observe(2)
	f.set(requestsMetric, 5, "server_address", "10.0.0.2:9042")
	f.set(limitMetric, 64, "server_address", "10.0.0.2:9042")
	f.set(limitMetric, 32, "server_address", "10.0.0.1:9042")
	f.set(retriesMetric, 9, "class", "overloaded")
	f.set(retriesMetric, 11, "class", "timeout")
	f.set(deadLettersMetric, 2, "class", "decode")
	f.health.SetNotReady("orders/3", "the record at offset 8 is dated too far ahead")
	f.health.SetNotReady("cassandra", "no node answers")
}

func (f *fixture) ask(method, path, accept string) *httptest.ResponseRecorder {
	server := http.NewServeMux()
	server.HandleFunc("GET /{$}", f.serve)
	server.HandleFunc("GET /status.json", f.serveJSON)
	request := httptest.NewRequest(method, path, nil)
	request.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, request)
	return answer
}
