package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"go.opentelemetry.io/otel/metric/noop"

	"ingest/config"
	"ingest/mapping/registry"
	"ingest/sink"
)

// servers are what a mapping file is held against.
type servers struct {
	session  *sink.Session
	registry *registry.Client
	waiting  *waiting
}

// connect waits for Cassandra until ctx ends; the registry's client waits when it
// is asked.
func (p *process) connect(ctx context.Context, cfg *config.Config, file *mappingFile) (*servers, error) {
	w := &waiting{}
	quiet := slog.New(slog.DiscardHandler)
	session, err := sink.Connect(ctx, cfg.Sink, sink.Deps{Log: quiet, Meter: noop.Meter{}, Waiting: w.set})
	if err != nil {
		if ctx.Err() == nil {
			return nil, misconfigured(err)
		}
		return nil, fmt.Errorf("waiting for Cassandra: %w (%s)", err, w.get())
	}
	client, err := openRegistry(cfg, file, registry.Deps{Log: quiet, Meter: noop.Meter{}, Waiting: w.set, Retry: cfg.Sink.Retry})
	if err != nil {
		session.Close()
		return nil, err
	}
	return &servers{session: session, registry: client, waiting: w}, nil
}

func (s *servers) reason() string { return s.waiting.get() }

func (s *servers) close() {
	s.session.Close()
	s.registry.Close()
}

// waiting keeps the latest reason to wait, from any goroutine.
type waiting struct {
	mu   sync.Mutex
	text string
}

func (w *waiting) set(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if reason != "" {
		w.text = reason
	}
}

func (w *waiting) get() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.text == "" {
		return "no answer yet"
	}
	return w.text
}
