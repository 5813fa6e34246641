package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"ingest/config"
	"ingest/mapping"
	"ingest/mapping/registry"
)

func (p *process) explainCommand() *cobra.Command {
	e := &explaining{process: p}
	cmd := &cobra.Command{
		Use:   "explain [FILE]",
		Short: "Show what one record would write, and write nothing",
		Long: "Show what the mapping file (INGEST_MAPPING_FILE when none is named) makes of one record: for each table the CQL,\n" +
			"each bound value with its source, the write timestamp, the time to live, the token and the replicas; or why there\n" +
			"is no row. The record is a live one (--partition, --offset), or a sample (--value, --raw, --tombstone).\n" +
			"Nothing is written, and nothing is committed.\n\n" +
			"It prints the record's values. They may be confidential; terminals and CI systems keep what they print.\n\n" +
			"Exit codes: 0 every table is explained, 1 the record cannot be written to one of them, or it failed, 2 wrong usage,\n" +
			"78 configuration or mapping.",
		Example: "  ingest explain --topic orders --partition 3 --offset 4711\n" +
			"  ingest explain --topic orders --key order-1 --value order.json\n" +
			"  ingest explain --offline --cql tables.cql --schema orders-value=order.avsc --key order-1 --value order.json mapping.yaml",
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error { return e.run(cmd.Context(), args) },
	}
	e.flags.add(cmd)
	e.completeTopics(cmd)
	cmd.Flags().BoolVar(&e.asJSON, "json", false, "print a JSON object, see docs/explain.md")
	cmd.Flags().DurationVar(&e.timeout, "timeout", 30*time.Second, "how long to wait for the servers")
	e.files.add(cmd)
	return cmd
}

// explaining is one run of `ingest explain`.
type explaining struct {
	*process
	flags   explainFlags
	files   offlineFlags
	asJSON  bool
	timeout time.Duration

	cfg     *config.Config
	file    *mappingFile
	servers *servers // nil: offline
}

func (e *explaining) run(ctx context.Context, args []string) error {
	if err := e.flags.check(&e.files); err != nil {
		return err
	}
	var err error
	var found mapping.Diagnostics
	if e.cfg, e.file, found, err = e.open(&e.files, args); err != nil {
		return err
	}
	if found.Err() != nil {
		return misconfigured(errors.New(e.file.render(found)))
	}
	if e.flags.topic != "" {
		e.file = e.file.withTopics([]string{e.flags.topic}) // which a pattern may match
	}
	topic, err := e.flags.chosen(e.file.File)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, e.timeout, errLate)
	defer cancel()
	planner, err := e.planner(ctx)
	if err != nil {
		return err
	}
	if e.servers != nil {
		defer e.servers.close()
	}
	program, err := e.plan(ctx, planner, topic)
	if err != nil {
		return err
	}
	rec, err := e.record(ctx, program, planner.registry)
	if err != nil {
		return err
	}
	return e.explain(ctx, program, planner.registry, rec)
}

// planner holds the mapping against the servers, or against files.
func (e *explaining) planner(ctx context.Context) (*planner, error) {
	p := &planner{file: e.file, keyspace: e.cfg.Sink.Cassandra.Keyspace}
	if !e.files.offline {
		var err error
		if e.servers, err = e.connect(ctx, e.cfg, e.file); err != nil {
			return nil, err
		}
		p.session, p.registry = e.servers.session, e.servers.registry
		return p, nil
	}
	files, err := e.files.read()
	if err != nil {
		return nil, err
	}
	if files.found.Err() != nil {
		return nil, misconfigured(errors.New((&findings{Findings: files.found, texts: files.texts}).render()))
	}
	p.offline, p.registry = files.catalog, files.registry
	return p, nil
}

// plan plans the record's topic.
func (e *explaining) plan(ctx context.Context, p *planner, topic int) (*mapping.Program, error) {
	plans, err := p.compile(ctx, []int{topic})
	if err != nil && e.servers != nil {
		return nil, fmt.Errorf("%w (%s)", err, e.servers.reason())
	}
	if err != nil {
		return nil, err
	}
	if plans[0].program == nil {
		return nil, misconfigured(fmt.Errorf("%s\nthe mapping does not fit, so it has no rows to show", e.file.render(plans[0].found)))
	}
	return plans[0].program, nil
}

// explain maps the record and prints what comes of it.
func (e *explaining) explain(ctx context.Context, p *mapping.Program, client *registry.Client, rec *sample) error {
	x := &explainer{program: p, file: e.file.File, now: time.Now()}
	if e.servers != nil {
		x.replicas = e.servers.session.Replicas
	}
	out, err := x.explain(ctx, client, rec)
	if err != nil {
		return err
	}
	write := out.writeText
	if e.asJSON {
		write = out.writeJSON
	}
	if err := write(e.stdout); err != nil {
		return err
	}
	if out.poisoned() {
		return &codedError{code: exitFailed}
	}
	return nil
}

// log is for what Kafka makes us wait for. It goes where no output is.
func (e *explaining) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
