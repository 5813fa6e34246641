package telemetry

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxReason bounds a reason, in bytes: it may quote what a server answered.
const maxReason = 1024

// Health gathers what components say about themselves. Readiness is for their
// dependencies; liveness only for loops that no longer turn, because restarting
// a worker brings no Kafka and no Cassandra back. All methods are safe for
// concurrent use.
type Health struct {
	log      *slog.Logger
	expected []string // the components that NewHealth was told of

	mu      sync.Mutex
	outages map[string]*outage // by component that is not ready
	dogs    []*Watchdog
}

// outage is the time for which a component is not ready.
type outage struct {
	reason string
	said   []string // the reasons that were logged, without what differs between attempts
}

// maxSaid bounds how many reasons of one outage are logged.
const maxSaid = 16

// localPort is what errors of connections hold besides the server's address: it
// is another one with every attempt.
var localPort = regexp.MustCompile(`[^\s]+:\d+->`)

// news says whether a reason has not been logged in this outage yet, and notes
// that it is now. Attempts that fail now this way, now that way, are no news.
func (o *outage) news(reason string) bool {
	reason = localPort.ReplaceAllString(reason, "")
	if len(o.said) == maxSaid || slices.Contains(o.said, reason) {
		return false
	}
	o.said = append(o.said, reason)
	return true
}

// NewHealth builds a Health that is not ready until each of the components named
// has reported ready.
func NewHealth(log *slog.Logger, components ...string) *Health {
	h := &Health{log: log, expected: components, outages: map[string]*outage{}}
	for _, component := range components {
		h.outages[component] = &outage{reason: "starting"}
	}
	return h
}

// SetReady says that a component works.
func (h *Health) SetReady(component string) { h.Report(component, "") }

// SetNotReady says that a component does not work, and why. The reason is
// logged and served, so it must hold no secret.
func (h *Health) SetNotReady(component, reason string) {
	if reason == "" {
		reason = "not ready"
	}
	h.Report(component, reason)
}

// Report says why a component does not work; an empty reason means that it does.
// Each reason is logged once until the component works again.
func (h *Health) Report(component, reason string) {
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "") + "…"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.outages[component]
	if reason == "" {
		if o != nil {
			delete(h.outages, component)
			h.log.Info("component is ready", "component", component)
		}
		return
	}
	if o == nil {
		o = &outage{}
		h.outages[component] = o
	}
	o.reason = reason
	if o.news(reason) {
		h.log.Warn("component is not ready", "component", component, "reason", reason)
	}
}

// Reason is why one component is not ready.
type Reason struct {
	Component string `json:"component"`
	Reason    string `json:"reason"`
}

// NotReady lists what keeps the process from being ready, sorted by component.
func (h *Health) NotReady() []Reason {
	h.mu.Lock()
	defer h.mu.Unlock()
	reasons := make([]Reason, 0, len(h.outages))
	for _, component := range slices.Sorted(maps.Keys(h.outages)) {
		reasons = append(reasons, Reason{component, h.outages[component].reason})
	}
	return reasons
}

// Watch adds a loop that must beat at least once within the limit. It is watched
// from its first beat on, so that start-up may wait for servers.
func (h *Health) Watch(loop string, limit time.Duration) *Watchdog {
	dog := &Watchdog{loop: loop, limit: limit, epoch: time.Now()}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dogs = append(h.dogs, dog)
	return dog
}

// Stuck lists the loops that no longer turn, in the order they were added.
func (h *Health) Stuck() []Reason {
	h.mu.Lock()
	defer h.mu.Unlock()
	stuck := []Reason{}
	for _, dog := range h.dogs {
		if silence := dog.silence(); silence > dog.limit {
			stuck = append(stuck, Reason{dog.loop, "no progress for " + silence.Truncate(time.Second).String()})
		}
	}
	return stuck
}

// serveReady answers /readyz: 200, or 503 with the reasons.
func (h *Health) serveReady(w http.ResponseWriter, _ *http.Request) {
	reasons := h.NotReady()
	h.answer(w, len(reasons) == 0, struct {
		Ready   bool     `json:"ready"`
		Reasons []Reason `json:"reasons"`
	}{len(reasons) == 0, reasons})
}

// serveLive answers /livez: 200, or 503 with the loops that are stuck.
func (h *Health) serveLive(w http.ResponseWriter, _ *http.Request) {
	stuck := h.Stuck()
	h.answer(w, len(stuck) == 0, struct {
		Live    bool     `json:"live"`
		Reasons []Reason `json:"reasons"`
	}{len(stuck) == 0, stuck})
}

// serveStarted answers /startupz: 200, since nobody answers before the configuration
// has been found right. It asks for no server: a pod that waits for Cassandra has
// started, and killing it would mend nothing.
func (h *Health) serveStarted(w http.ResponseWriter, _ *http.Request) {
	h.answer(w, true, struct {
		Started bool `json:"started"`
	}{true})
}

func (h *Health) answer(w http.ResponseWriter, ok bool, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(body); err != nil {
		h.log.Debug("answering a probe", "error", err)
	}
}
