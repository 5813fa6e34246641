package status

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ingest/telemetry"
)

// freshFor is how long a view is shown again: asking often costs no more than
// asking once in that time.
const freshFor = time.Second

// Page serves the status page. It is safe for concurrent use.
type Page struct {
	worker  Worker
	health  *telemetry.Health
	metrics prometheus.Gatherer
	recent  *telemetry.Recent
	log     *slog.Logger

	mu      sync.Mutex
	last    *View // immutable
	history history
}

// NewPage builds a page about a worker that has just started.
func NewPage(worker Worker, health *telemetry.Health, metrics prometheus.Gatherer, recent *telemetry.Recent, log *slog.Logger) *Page {
	return &Page{worker: worker, health: health, metrics: metrics, recent: recent, log: log, history: history{{at: worker.Started}}}
}

// Register serves the page at / and the same as JSON at /status.json.
func (p *Page) Register(server *telemetry.Server) {
	server.Handle("GET /{$}", http.HandlerFunc(p.serve))
	server.Handle("GET /status.json", http.HandlerFunc(p.serveJSON))
}

// serve answers with HTML, or with JSON to those who ask for that alone.
func (p *Page) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	accept := r.Header.Get("Accept")
	if strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html") {
		p.serveJSON(w, r)
		return
	}
	var out bytes.Buffer
	if err := page.Execute(&out, p.view(time.Now())); err != nil {
		p.fail(w, err)
		return
	}
	w.Header().Set("Content-Security-Policy", contentPolicy)
	p.answer(w, "text/html; charset=utf-8", out.Bytes())
}

func (p *Page) serveJSON(w http.ResponseWriter, _ *http.Request) {
	body, err := json.MarshalIndent(p.view(time.Now()), "", "  ")
	if err != nil {
		p.fail(w, err)
		return
	}
	p.answer(w, "application/json", append(body, '\n'))
}

func (p *Page) fail(w http.ResponseWriter, err error) {
	p.log.Error("the status page cannot be made", "error", err)
	http.Error(w, "the status page cannot be made: see the log", http.StatusInternalServerError)
}

func (p *Page) answer(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if _, err := w.Write(body); err != nil {
		p.log.Debug("answering with the status page", "error", err)
	}
}

// view gives what is to be shown at a time.
func (p *Page) view(now time.Time) *View {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil || now.Sub(p.last.Time) >= freshFor {
		p.last = p.look(now)
	}
	return p.last
}

// look makes a view.
func (p *Page) look(now time.Time) *View {
	metrics, err := gather(p.metrics)
	if err != nil {
		p.log.Debug("not all metrics can be gathered for the status page", "error", err)
	}
	reasons := p.health.NotReady()
	partitions, window := metrics.partitions(reasons), p.history.add(metrics.read(now))
	v := &View{
		Worker: p.worker, Time: now, UptimeSeconds: now.Sub(p.worker.Started).Seconds(), WindowSeconds: window.length().Seconds(),
		Ready: len(reasons) == 0, Stuck: p.health.Stuck(),
		DeadLetters: metrics.counts(deadLettersMetric), Retries: metrics.counts(retriesMetric), Recent: p.recent.Lines(),
	}
	v.NotReady, v.LeftOut.NotReady = bounded(reasons)
	v.Topics, v.LeftOut.Topics = bounded(metrics.topics(partitions, window))
	v.Partitions, v.LeftOut.Partitions = bounded(partitions)
	v.Nodes, v.LeftOut.Nodes = bounded(metrics.nodes())
	return v
}

// bounded gives the first rows of a list, and how many are left out.
func bounded[T any](rows []T) ([]T, int64) {
	n := min(len(rows), maxRows)
	return rows[:n], int64(len(rows) - n)
}
