package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ingest/config"
	"ingest/mapping"
)

func (p *process) validateCommand() *cobra.Command {
	v := &validation{process: p}
	cmd := &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Check a mapping file against the live tables and the registered schemas",
		Long: "Check a mapping file (INGEST_MAPPING_FILE when none is named): the file itself, then every table,\n" +
			"column, key and type against the live cluster and every registered version of the schemas; with --offline\n" +
			"against files. It moves nothing.\n\n" +
			"Exit codes: 0 it fits, 1 a server did not answer, 2 wrong usage, 78 it does not fit.",
		Example: "  ingest validate mapping.yaml\n" +
			"  ingest validate --offline --cql tables.cql --schema orders-value=order.avsc mapping.yaml",
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), args) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&v.asJSON, "json", false, "print the findings as a JSON object, see docs/validate.md")
	flags.BoolVar(&v.strict, "strict", false, "a warning is as bad as an error")
	flags.BoolVar(&v.verbose, "verbose", false, "also note each column whose values are checked one by one")
	flags.DurationVar(&v.timeout, "timeout", 30*time.Second, "how long to wait for Cassandra and the registry")
	v.files.add(cmd)
	return cmd
}

// validation is one run of `ingest validate`.
type validation struct {
	*process
	asJSON, strict, verbose bool
	timeout                 time.Duration
	files                   offlineFlags
}

func (v *validation) run(ctx context.Context, args []string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, v.timeout, errLate)
	defer cancel()
	if err := v.files.check(); err != nil {
		return err
	}
	cfg, file, found, err := v.open(&v.files, args)
	if file == nil {
		return err
	}
	out := &findings{File: file.path, Offline: v.files.offline, Findings: found, texts: map[string][]byte{file.path: file.text}}
	if err := v.check(ctx, cfg, file, out); err != nil {
		return err
	}
	return v.tell(out)
}

// open reads settings and mapping file. A file that does not parse has findings and
// no topics; without a file there is an error.
func (p *process) open(f *offlineFlags, args []string) (*config.Config, *mappingFile, mapping.Diagnostics, error) {
	path := ""
	if len(args) > 0 {
		path = args[0]
	}
	var required []string
	if !f.offline {
		required = p.required(path, "INGEST_CASSANDRA_HOSTS", envRegistry)
	}
	cfg, err := config.LoadFor(p.environ, required...)
	if err != nil {
		return nil, nil, nil, misconfigured(err)
	}
	path = cmp.Or(path, cfg.MappingFile)
	if path == "" {
		return nil, nil, nil, &codedError{exitUsage, errors.New("name a mapping file, or set INGEST_MAPPING_FILE")}
	}
	file, found, err := readMapping(path)
	if file == nil {
		return nil, nil, nil, misconfigured(err)
	}
	return cfg, file, found, nil
}

// check holds the file against the servers, or against files.
func (v *validation) check(ctx context.Context, cfg *config.Config, file *mappingFile, out *findings) error {
	planner := &planner{file: file, keyspace: cfg.Sink.Cassandra.Keyspace}
	reason := func() string { return "" }
	switch {
	case v.files.offline:
		out.NotChecked = notJudged(file.File)
		files, err := v.files.read()
		if err != nil {
			return err
		}
		for path, text := range files.texts {
			out.texts[path] = text
		}
		out.Findings = append(out.Findings, files.found...)
		planner.offline, planner.registry = files.catalog, files.registry
	case out.Findings.Err() == nil:
		l, err := v.connect(ctx, cfg, file)
		if err != nil {
			return err
		}
		defer l.close()
		planner.session, planner.registry, reason = l.session, l.registry, l.reason
		var noted mapping.Diagnostics
		if planner.file, noted, err = v.matches(ctx, cfg, file); err != nil {
			return err
		}
		out.Findings = append(out.Findings, noted...)
	}
	if out.Findings.Err() != nil {
		out.NotChecked = append(out.NotChecked, "tables, columns, types and schemas, before the errors above are gone")
		return nil
	}
	return v.plan(ctx, planner, reason, out)
}

func (v *validation) plan(ctx context.Context, planner *planner, reason func() string, out *findings) error {
	planner.remarks = v.remarks
	plans, err := planner.compile(ctx, planner.all())
	if err != nil {
		return fmt.Errorf("%w (%s)", err, reason())
	}
	catalog, err := planner.catalog(ctx)
	if err != nil {
		return fmt.Errorf("%w (%s)", err, reason())
	}
	out.add(plans)
	out.Findings = distinct(append(out.Findings, planner.unmatched(catalog)...))
	return nil
}

// remarks says what is worth knowing about a topic that fits.
func (v *validation) remarks(c *compiled, file *mapping.File, topic int, catalog *mapping.Catalog, key, value []mapping.NamedShape) mapping.Diagnostics {
	found := append(mapping.Remarks(c.program, key, value), mapping.UnusedLabels(file, topic, catalog, key, value)...)
	if v.verbose {
		found = append(found, mapping.Narrowing(c.program, key, value)...)
	}
	return found
}

// tell prints what was found and gives the exit code for it.
func (v *validation) tell(out *findings) error {
	out.finish()
	write := out.writeText
	if v.asJSON {
		write = out.writeJSON
	}
	if err := write(v.stdout); err != nil {
		return err
	}
	if !out.Fits || v.strict && out.Summary.Warnings > 0 {
		return &codedError{code: exitConfig}
	}
	return nil
}
