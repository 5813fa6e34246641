package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
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
	waiting  *waits
}

// connect waits for Cassandra until ctx ends; the registry's client waits when it
// is asked.
func (p *process) connect(ctx context.Context, cfg *config.Config, file *mappingFile) (*servers, error) {
	w := &waits{out: p.stderr}
	quiet := slog.New(slog.DiscardHandler)
	session, err := sink.Connect(ctx, cfg.Sink, sink.Deps{Log: quiet, Meter: noop.Meter{}, Waiting: w.hear})
	if err != nil {
		if ctx.Err() == nil {
			return nil, misconfigured(err)
		}
		return nil, fmt.Errorf("waiting for Cassandra: %w (%s)", err, w.get())
	}
	client, err := openRegistry(cfg, file, registry.Deps{Log: quiet, Meter: noop.Meter{}, Waiting: w.hear, Retry: cfg.Sink.Retry})
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

// waits tells people what a command waits for, each reason once in a row, and keeps
// the latest. The parts say so themselves, from any goroutine.
type waits struct {
	out  io.Writer
	mu   sync.Mutex
	last string
}

// hear takes a part's reason, "" for none.
func (w *waits) hear(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if reason == "" || reason == w.last {
		return
	}
	w.last = reason
	fmt.Fprintln(w.out, "waiting: "+reason)
}

func (w *waits) get() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.last, "no answer yet")
}
