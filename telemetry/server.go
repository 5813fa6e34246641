package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Server serves health and metrics, or the profiles.
type Server struct {
	setting  string // what the address was set by
	serves   string // for people
	address  string
	mux      *http.ServeMux
	log      *slog.Logger
	http     *http.Server
	listener net.Listener
	done     chan struct{} // closed when the serving goroutine ended
}

// NewServer builds a server of /metrics, /readyz, /livez and /startupz for an
// address host:port; Start opens it.
func NewServer(address string, health *Health, metrics http.Handler, log *slog.Logger) *Server {
	s := newServer("INGEST_HTTP_ADDR", "health and metrics", address, log)
	s.Handle("GET /metrics", metrics)
	s.Handle("GET /readyz", http.HandlerFunc(health.serveReady))
	s.Handle("GET /livez", http.HandlerFunc(health.serveLive))
	s.Handle("GET /startupz", http.HandlerFunc(health.serveStarted))
	return s
}

func newServer(setting, serves, address string, log *slog.Logger) *Server {
	mux := http.NewServeMux()
	return &Server{
		setting: setting,
		serves:  serves,
		address: address,
		mux:     mux,
		log:     log,
		http: &http.Server{
			Handler:           mux,
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Second,
			WriteTimeout:      30 * time.Second,
			IdleTimeout:       time.Minute,
			MaxHeaderBytes:    16 << 10,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
	}
}

// Handle adds what answers a pattern of http.ServeMux. It must be called before
// Start.
func (s *Server) Handle(pattern string, handler http.Handler) { s.mux.Handle(pattern, handler) }

// Start listens, and serves until Stop. It returns once connections are taken. A
// server without an address is off: nothing happens.
func (s *Server) Start(ctx context.Context) error {
	if s.address == "" {
		return nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.address)
	if err != nil {
		return s.listenError(err)
	}
	s.listener, s.done = listener, make(chan struct{})
	go s.serve()
	return nil
}

func (s *Server) serve() {
	defer close(s.done)
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		s.log.Error(s.serves+" are no longer served", "error", err)
	}
}

func (s *Server) listenError(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s: %s is in use by another process; set another port, or port 0 for any free one", s.setting, s.address)
	}
	return fmt.Errorf("%s: cannot serve %s: %w", s.setting, s.serves, err)
}

// Addr gives the address that is listened on, with the actual port; empty
// before Start.
func (s *Server) Addr() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Stop lets open requests finish until ctx ends, then cuts them off, and waits
// for the serving goroutine. It does nothing on a server that was not started.
func (s *Server) Stop(ctx context.Context) error {
	if s.listener == nil {
		return nil
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("stopping the server of %s: %w", s.serves, err), s.http.Close())
	}
	<-s.done
	return err
}
