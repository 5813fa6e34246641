package telemetry

import (
	"log/slog"
	"net/http"
	"net/http/pprof" // registers with the default mux, too, which nothing here serves
)

// NewPprof builds a server of Go's profiles, below /debug/pprof, for an address
// host:port of loopback; Start opens it. One without an address never listens.
func NewPprof(address string, log *slog.Logger) *Server {
	s := newServer("INGEST_PPROF_ADDR", "profiles", address, log)
	s.Handle("GET /debug/pprof/", http.HandlerFunc(pprof.Index))
	s.Handle("GET /debug/pprof/cmdline", http.HandlerFunc(pprof.Cmdline))
	s.Handle("GET /debug/pprof/profile", http.HandlerFunc(pprof.Profile))
	s.Handle("GET /debug/pprof/symbol", http.HandlerFunc(pprof.Symbol))
	s.Handle("POST /debug/pprof/symbol", http.HandlerFunc(pprof.Symbol))
	s.Handle("GET /debug/pprof/trace", http.HandlerFunc(pprof.Trace))
	return s
}
