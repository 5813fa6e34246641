package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/otel/metric/noop"

	"ingest/config"
	"ingest/mapping"
	"ingest/mapping/registry"
	"ingest/pipeline/kafka"
	"ingest/pipeline/verify"
	"ingest/sink"
)

func (p *process) verifyCommand() *cobra.Command {
	v := &verification{process: p}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare the live rows with what the log says",
		Long: "Read the mapped topics again, up to the group's commits, and compare the rows that they give with those\n" +
			"in Cassandra: values, WRITETIMEs, lives, deletes. It writes nothing, and it may run beside workers.\n\n" +
			"Exit codes: 0 no difference, 1 differences (or it failed), 2 not everything could be compared (or wrong usage),\n" +
			"78 configuration or mapping.",
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return v.run(cmd.Context()) },
	}
	v.flags.add(cmd)
	v.completeTopics(cmd)
	return cmd
}

// verification is one run of `ingest verify`.
type verification struct {
	*process
	flags verifyFlags
	cfg   *config.Config
	file  *mappingFile
	kafka []kgo.Opt

	session  *sink.Session
	registry *registry.Client
}

func (v *verification) run(ctx context.Context) error {
	if err := v.open(); err != nil {
		return err
	}
	cfg, err := v.flags.config(v.cfg, time.Now())
	if err != nil {
		return err
	}
	if err := v.follow(ctx); err != nil {
		return err
	}
	topics, err := v.flags.chosen(v.file.File)
	if err != nil {
		return err
	}
	if v.flags.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, v.flags.limit, verify.ErrTimeLimit)
		defer cancel()
	}
	defer v.close()
	deps, err := v.prepare(ctx, topics, &cfg)
	if err != nil {
		return err
	}
	bar := newPhaseBar(v.stderr)
	deps.Progress = bar.set
	report, err := verify.Run(ctx, cfg, *deps)
	bar.end()
	if errors.Is(err, verify.ErrNoCommit) {
		return &codedError{exitUsage, fmt.Errorf("there is nothing to compare with: %w: INGEST_KAFKA_GROUP_ID must name the workers' group", err)}
	}
	if err != nil {
		return err
	}
	return v.tell(report)
}

// open reads settings and mapping file; nothing is contacted.
func (v *verification) open() error {
	var err error
	if v.cfg, err = config.LoadFor(v.environ, v.required("", "INGEST_MAPPING_FILE", "INGEST_KAFKA_BROKERS", "INGEST_KAFKA_GROUP_ID",
		"INGEST_CASSANDRA_HOSTS", envRegistry)...); err != nil {
		return misconfigured(err)
	}
	if v.file, _, err = readMapping(v.cfg.MappingFile); err != nil {
		return misconfigured(err)
	}
	v.cfg.Kafka.Version = version
	if v.kafka, err = kafka.Options(v.cfg.Kafka, v.log()); err != nil {
		return misconfigured(err)
	}
	return nil
}

// log is for what servers make us wait for. It goes where no output is.
func (v *verification) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(v.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// prepare contacts the servers and plans the topics.
func (v *verification) prepare(ctx context.Context, chosen []int, cfg *verify.Config) (*verify.Deps, error) {
	soon, cancel := context.WithTimeoutCause(ctx, v.flags.timeout, errLate)
	defer cancel()
	if err := v.connect(soon); err != nil {
		return nil, err
	}
	programs, err := v.plan(soon, chosen)
	if err != nil {
		return nil, err
	}
	deps := &verify.Deps{
		Client: v.kafka, Group: v.cfg.Kafka.GroupID, Floor: v.file.Floor, Generation: int64(v.file.Generation), Mapping: v.file.Hash(),
		Tables: verify.Tables(programs, v.flags.takes), Now: time.Now,
	}
	if err := v.whole(programs, deps.Tables, chosen); err != nil {
		return nil, err
	}
	var topics []mapping.Topic
	for _, p := range programs {
		topics = append(topics, p.Topic)
		deps.Topics = append(deps.Topics, verify.Topic{Name: p.Topic.Name, Mapper: registry.NewMapper(p, v.registry)})
	}
	if cfg.Key, err = v.flags.keyBytes(topics); err != nil {
		return nil, err
	}
	err = v.withAdmin(ctx, func(ctx context.Context, admin *kadm.Client) error { return askPolicies(ctx, admin, deps.Topics) })
	if err != nil {
		return nil, err
	}
	deps.Letters = v.lettersOf(deps.Topics)
	deps.Rows, err = sink.NewReader(v.session, sink.ReaderConfig{Consistency: v.flags.consistency, RowsPerSecond: v.flags.rate, Retry: v.cfg.Sink.Retry})
	if err != nil {
		return nil, usage("--consistency", err)
	}
	return deps, nil
}

// connect makes the session and the registry's client.
func (v *verification) connect(ctx context.Context) error {
	w := &waits{out: v.stderr}
	quiet := slog.New(slog.DiscardHandler)
	var err error
	if v.session, err = sink.Connect(ctx, v.cfg.Sink, sink.Deps{Log: quiet, Meter: noop.Meter{}, Waiting: w.hear}); err != nil {
		if ctx.Err() == nil {
			return misconfigured(err)
		}
		return fmt.Errorf("waiting for Cassandra: %w (%s)", err, w.get())
	}
	v.registry, err = openRegistry(v.cfg, v.file, registry.Deps{Log: v.log(), Meter: noop.Meter{}, Waiting: func(string) {}, Retry: v.cfg.Sink.Retry})
	return err
}

func (v *verification) close() {
	if v.session != nil {
		v.session.Close()
	}
	if v.registry != nil {
		v.registry.Close()
	}
}
