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

// Server serves /metrics, /readyz and /livez.
type Server struct {
	address  string
	log      *slog.Logger
	http     *http.Server
	listener net.Listener
	done     chan struct{} // closed when the serving goroutine ended
}

// NewServer builds a server for an address host:port; Start opens it.
func NewServer(address string, health *Health, metrics http.Handler, log *slog.Logger) *Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /readyz", health.serveReady)
	mux.HandleFunc("GET /livez", health.serveLive)
	return &Server{
		address: address,
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

// Start listens, and serves until Stop. It returns once connections are taken.
func (s *Server) Start(ctx context.Context) error {
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
		s.log.Error("health and metrics are no longer served", "error", err)
	}
}

func (s *Server) listenError(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("INGEST_HTTP_ADDR: %s is in use by another process; set another port, or port 0 for any free one", s.address)
	}
	return fmt.Errorf("INGEST_HTTP_ADDR: cannot serve health and metrics: %w", err)
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
		err = errors.Join(fmt.Errorf("stopping the health server: %w", err), s.http.Close())
	}
	<-s.done
	return err
}
