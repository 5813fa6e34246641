package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/metric/noop"

	"ingest/config"
	"ingest/mapping"
	"ingest/mapping/registry"
	"ingest/sink"
)

func (p *process) validateCommand() *cobra.Command {
	var asJSON bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Check a mapping file against the live tables and the registered schemas",
		Long: "Check a mapping file (INGEST_MAPPING_FILE when none is named): the file itself, then every table,\n" +
			"column, key and type against the live cluster and every registered version of the schemas. It moves nothing.",
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return p.validate(ctx, args, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as a JSON array")
	cmd.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to wait for Cassandra and the registry")
	return cmd
}

func (p *process) validate(ctx context.Context, args []string, asJSON bool) error {
	cfg, err := config.LoadFor(p.environ, "INGEST_CASSANDRA_HOSTS", "INGEST_SCHEMA_REGISTRY_URLS")
	if err != nil {
		return misconfigured(err)
	}
	path := cfg.MappingFile
	if len(args) > 0 {
		path = args[0]
	}
	if path == "" {
		return &codedError{exitUsage, errors.New("name a mapping file, or set INGEST_MAPPING_FILE")}
	}
	file, found, err := readMapping(path)
	if file == nil {
		return misconfigured(err)
	}
	if err == nil {
		checked, err := p.check(ctx, cfg, file)
		if err != nil {
			return err
		}
		found = append(found, checked...)
	}
	return p.printFindings(file, found, asJSON)
}

// check holds the file against the servers.
func (p *process) check(ctx context.Context, cfg *config.Config, file *mappingFile) (mapping.Diagnostics, error) {
	reason := "no answer yet"
	quiet := slog.New(slog.DiscardHandler)
	waiting := func(r string) {
		if r != "" {
			reason = r
		}
	}
	session, err := sink.Connect(ctx, cfg.Sink, sink.Deps{Log: quiet, Meter: noop.Meter{}, Waiting: waiting})
	if err != nil {
		return nil, fmt.Errorf("waiting for Cassandra: %w (%s)", err, reason)
	}
	defer session.Close()
	client, err := registry.New(cfg.Registry, registry.Deps{Log: quiet, Meter: noop.Meter{}, Waiting: waiting, Retry: cfg.Sink.Retry})
	if err != nil {
		return nil, misconfigured(err)
	}
	defer client.Close()
	planner := &planner{file: file, keyspace: cfg.Sink.Cassandra.Keyspace, session: session, registry: client}
	plans, err := planner.compile(ctx, planner.all())
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, reason)
	}
	var found mapping.Diagnostics
	for _, c := range plans {
		found = append(found, c.found...)
	}
	return found, nil
}

// printFindings prints what was found and gives the exit code for it.
func (p *process) printFindings(file *mappingFile, found mapping.Diagnostics, asJSON bool) error {
	if err := writeFindings(p.stdout, file, found, asJSON); err != nil {
		return err
	}
	if found.Err() != nil {
		return &codedError{code: exitConfig}
	}
	return nil
}

func writeFindings(w io.Writer, file *mappingFile, found mapping.Diagnostics, asJSON bool) error {
	if asJSON {
		if found == nil {
			found = mapping.Diagnostics{}
		}
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(found)
	}
	if text := file.render(found); text != "" {
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	verdict := "fits the cluster and the registered schemas"
	if found.Err() != nil {
		verdict = "does not fit"
	}
	_, err := fmt.Fprintf(w, "%s %s\n", file.path, verdict)
	return err
}
