package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"ingest/config"
	"ingest/mapping"
	"ingest/mapping/registry"
	"ingest/pipeline"
	"ingest/pipeline/deadletter"
	"ingest/pipeline/kafka"
	"ingest/sink"
	"ingest/telemetry"
	"ingest/telemetry/status"
)

// The components that readiness speaks of.
const (
	onCassandra = "cassandra"
	onRegistry  = "schema registry"
	onLetters   = "dead letters"
	onMapping   = "mapping"
	onGroup     = "kafka group"
)

// worker is `ingest run`: every part of it, wired.
type worker struct {
	cfg     *config.Config
	file    *mappingFile
	process *process
	log     *slog.Logger
	health  *telemetry.Health
	metrics *telemetry.Metrics
	export  *telemetry.Export
	recent  *telemetry.Recent
	tracer  trace.Tracer // nil: nothing is traced
	meter   metric.Meter
	server  *telemetry.Server
	pprof   *telemetry.Server
	kafka   []kgo.Opt

	session  *sink.Session
	writer   *sink.Writer
	registry *registry.Client
	letters  *deadletter.Producer
	schema   nudges   // of the schema watch, from whoever notices a change
	refused  refusals // for the schema watch, from the writer
}

// newWorker builds what needs no server.
func newWorker(p *process, cfg *config.Config, file *mappingFile) (*worker, error) {
	w := &worker{cfg: cfg, file: file, process: p, schema: newNudges()}
	if err := w.observe(); err != nil {
		return nil, err
	}
	w.health = telemetry.NewHealth(w.log, onCassandra, onRegistry, onLetters, onMapping, onGroup)
	if err := w.health.Observe(w.meter); err != nil {
		return nil, err
	}
	cfg.Kafka.Version = version
	var err error
	if w.kafka, err = kafka.Options(cfg.Kafka, w.log); err != nil {
		return nil, misconfigured(err)
	}
	w.server = telemetry.NewServer(cfg.Telemetry.HTTPAddr, w.health, w.metrics.Handler(), w.log)
	w.page().Register(w.server)
	w.pprof = telemetry.NewPprof(cfg.Telemetry.PprofAddr, w.log)
	return w, nil
}

// observe sets up log, metrics and traces.
func (w *worker) observe() error {
	ctx, log := context.Background(), telemetry.NewLogger(w.process.stdout, w.cfg.Telemetry)
	resource, err := telemetry.NewResource(ctx, version)
	if err != nil {
		return misconfigured(err)
	}
	if w.export, err = telemetry.NewExport(ctx, resource, os.LookupEnv); err != nil {
		return misconfigured(err)
	}
	w.recent, w.tracer = telemetry.NewRecent(), w.export.Tracer(version)
	w.log = telemetry.Seldom(w.recent.Remember(w.export.Logger(log)))
	telemetry.HandleErrors(w.recent.Remember(log)) // not w.log: it would export them
	if w.metrics, err = telemetry.NewMetrics(resource, version, w.log, w.export.Readers()...); err != nil {
		return err
	}
	w.meter = w.metrics.Provider().Meter("ingest")
	return nil
}

// page is the status page of this process.
func (w *worker) page() *status.Page {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return status.NewPage(status.Worker{Version: version, Host: host, Group: w.cfg.Kafka.GroupID, Mapping: w.file.path,
		MappingHash: w.file.Hash(), Started: time.Now()}, w.health, w.metrics.Gatherer(), w.recent, w.log)
}

// run starts the parts in the order in which they need each other, consumes, and
// stops them in the reverse order.
func (w *worker) run(ctx, force context.Context, untilCurrent bool) (err error) {
	w.log.Info("starting", "version", version, "mapping", w.file.path, "mapping_hash", w.file.Hash(), "group", w.cfg.Kafka.GroupID)
	defer w.stop(&err)
	if err := errors.Join(w.server.Start(ctx), w.pprof.Start(ctx)); err != nil {
		return misconfigured(err)
	}
	if err := w.connect(ctx); err != nil {
		return err
	}
	if err := w.follow(ctx); err != nil {
		return err
	}
	plans, err := w.plan(ctx)
	if err != nil {
		return err
	}
	if err := w.ensureLetters(ctx); err != nil {
		return err
	}
	return w.consume(ctx, force, plans, untilCurrent)
}

// connect waits for Cassandra and builds the clients that wait by themselves.
func (w *worker) connect(ctx context.Context) error {
	var err error
	if w.registry, err = openRegistry(w.cfg, w.file, registry.Deps{
		Log: w.log, Meter: w.meter, Waiting: w.waiting(onRegistry), Retry: w.cfg.Sink.Retry,
	}); err != nil {
		return err
	}
	if w.letters, err = deadletter.New(w.kafka, w.cfg.DeadLetter, deadletter.Deps{
		Logger: w.log, Meter: w.meter, Waiting: w.waiting(onLetters), Retry: w.cfg.Sink.Retry, Version: version, Group: w.cfg.Kafka.GroupID,
	}); err != nil {
		return misconfigured(err)
	}
	deps := sink.Deps{Log: w.log, Meter: w.meter, Tracer: w.tracer, Waiting: w.waiting(onCassandra), SchemaChanged: func(string) { w.schema.nudge() },
		Refused: func(table, reason string) { w.refused.add(table, reason); w.schema.nudge() }}
	if w.session, err = sink.Connect(ctx, w.cfg.Sink, deps); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return misconfigured(err)
	}
	w.writer, err = sink.NewWriter(w.session, w.cfg.Sink, deps)
	return err
}

// ensureLetters waits until there is a dead-letter topic, if the mapping file needs
// one: without it a record that cannot be written would have no outcome. What a
// person must grant or set is said on readiness and tried again.
func (w *worker) ensureLetters(ctx context.Context) error {
	if !w.file.Letters() {
		w.health.SetReady(onLetters)
		return nil
	}
	backoff := w.backoff()
	for {
		err := w.letters.EnsureTopic(ctx)
		if err == nil {
			w.health.Report(onLetters, "")
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w.health.Report(onLetters, err.Error())
		if err := backoff.Wait(ctx); err != nil {
			return err
		}
	}
}

func (w *worker) waiting(component string) func(reason string) {
	return func(reason string) { w.health.Report(component, reason) }
}

// plan plans every topic. Those that do not fit are left out of the subscription;
// when none fits there is nothing to run.
func (w *worker) plan(ctx context.Context) ([]*topicPlan, error) {
	p := w.planner()
	found, err := w.tryPlan(ctx, p, p.all())
	if err != nil {
		return nil, err
	}
	plans := make([]*topicPlan, len(found))
	var faults mapping.Diagnostics
	fitting := 0
	for i, c := range found {
		plans[i] = &topicPlan{index: i, name: c.topic, found: w.file.Topics[i].Pattern != nil}
		if c.program == nil {
			plans[i].misfit(c.found)
			faults = append(faults, c.found...)
			continue
		}
		w.warn(c.found)
		plans[i].fit(c.program)
		plans[i].consumed = true
		fitting++
	}
	if fitting == 0 && len(plans) > 0 {
		return nil, misconfigured(errors.New(w.file.render(distinct(faults))))
	}
	return plans, nil
}

// fitting gives the subscription to begin with.
func (w *worker) fitting(plans []*topicPlan) map[string]pipeline.Topic {
	fit := map[string]pipeline.Topic{}
	for _, t := range plans {
		if t.program != nil {
			fit[t.name] = w.topic(t.program)
		}
	}
	return fit
}

// topic is what the pipeline needs of a topic's program.
func (w *worker) topic(p *mapping.Program) pipeline.Topic {
	return pipeline.Topic{Mapper: registry.NewMapper(p, w.registry), OnError: p.Topic.OnError, Found: p.Topic.Pattern != nil}
}

func (w *worker) planner() *planner {
	return &planner{file: w.file, keyspace: w.cfg.Sink.Cassandra.Keyspace, session: w.session, registry: w.registry}
}

// tryPlan plans until the cluster and the registry have answered, which makes
// both ready.
func (w *worker) tryPlan(ctx context.Context, p *planner, topics []int) ([]compiled, error) {
	backoff := w.backoff()
	for {
		plans, err := p.compile(ctx, topics)
		if err == nil {
			w.health.SetReady(onCassandra)
			w.health.SetReady(onRegistry)
			return plans, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		w.health.Report(onCassandra, err.Error())
		if err := backoff.Wait(ctx); err != nil {
			return nil, err
		}
	}
}

// warn logs what is not an error.
func (w *worker) warn(found mapping.Diagnostics) {
	for i := range found {
		d := &found[i]
		level := slog.LevelWarn
		switch d.Severity {
		case mapping.Error:
			continue
		case mapping.Note:
			level = slog.LevelInfo
		}
		w.log.Log(context.Background(), level, "mapping: "+d.String(), "help", d.Hint)
	}
}

// stop closes the parts that were opened, Cassandra last.
func (w *worker) stop(failed *error) {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if w.letters != nil {
		w.letters.Close()
	}
	if w.writer != nil {
		if err := w.writer.Close(ctx); err != nil && *failed == nil {
			*failed = fmt.Errorf("closing the writer: %w", err)
		}
	}
	if w.session != nil {
		w.session.Close()
	}
	if w.registry != nil {
		w.registry.Close()
	}
	if err := errors.Join(w.server.Stop(ctx), w.pprof.Stop(ctx)); err != nil {
		w.log.Warn("a server of health or profiles did not stop in time", "error", err)
	}
	if err := errors.Join(w.metrics.Shutdown(ctx), w.export.Shutdown(ctx)); err != nil {
		w.log.Warn("not all telemetry was exported in time", "error", err)
	}
}

// stopTimeout bounds closing what has nothing left to write.
const stopTimeout = 5 * time.Second
