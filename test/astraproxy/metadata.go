package astraproxy

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// Answer makes the metadata service answer something else: with a status that is no
// success when the database is paused, or with a body of its own. A nil handler ends
// that.
func (p *Proxy) Answer(handler http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = handler
}

// Asked counts the questions to the metadata service.
func (p *Proxy) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func (p *Proxy) serveMetadata(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked++
	answer := p.answer
	p.mu.Unlock()
	switch {
	case answer != nil:
		answer(w, r)
	case r.URL.Path != "/metadata":
		http.NotFound(w, r)
	default:
		// The caller that went away hears nothing of it.
		_ = json.NewEncoder(w).Encode(p.metadata())
	}
}

// metadata is the answer in the form of Astra's own.
func (p *Proxy) metadata() any {
	return map[string]any{
		"version": 1, "region": "local",
		"contact_info": map[string]any{
			"type": "sni_proxy", "local_dc": p.options.Datacenter, "sni_proxy_address": p.address,
			"contact_points": slices.Sorted(maps.Keys(p.options.Nodes)),
		},
	}
}

// Status is an answer of nothing but a status.
func Status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}
