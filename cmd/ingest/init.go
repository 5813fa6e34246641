package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ingest/mapping/draft"
)

func (p *process) initCommand() *cobra.Command {
	d := &drafting{process: p}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Draft a mapping, and its table, from a schema or from a table",
		Long: "Draft a mapping file to begin with. From a schema, of the registry (--subject) or of a file (--schema), it comes with the\n" +
			"CREATE statements of a table: the records' key is its primary key, each field has a column of a type that loses nothing.\n" +
			"For a table that is there (--table) each column takes the field of its name. Both run as they are; comments name what is\n" +
			"left out. Without -o they are printed.",
		Example: "  ingest init --subject orders-value --keyspace shop -o .\n" +
			"  ingest init --schema order.avsc --topic orders --key-format string\n" +
			"  ingest init --table shop.orders --subject orders-value",
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeoutCause(cmd.Context(), d.timeout, errLate)
			defer cancel()
			return d.run(ctx)
		},
	}
	d.flags.add(cmd)
	cmd.Flags().StringVarP(&d.folder, "output", "o", "", "write mapping.yaml and schema.cql into this folder")
	cmd.Flags().BoolVar(&d.force, "force", false, "with -o: replace files that are there")
	cmd.Flags().DurationVar(&d.timeout, "timeout", 30*time.Second, "how long to wait for the servers")
	return cmd
}

// drafting is one run of `ingest init`.
type drafting struct {
	*process
	flags   draftFlags
	folder  string
	force   bool
	timeout time.Duration
}

func (d *drafting) run(ctx context.Context) error {
	if err := d.flags.check(); err != nil {
		return err
	}
	in, live, err := d.input(ctx)
	if err != nil {
		return err
	}
	var out *draft.Draft
	if live != nil {
		out, err = draft.FromTable(live, in)
	} else {
		out, err = draft.FromSchema(in)
	}
	if errors.Is(err, draft.ErrNoKey) {
		return &codedError{exitUsage, fmt.Errorf("%w: say how keys are encoded, for example --key-format string, or name the fields of the value that tell rows apart, for example --key value.id", err)}
	}
	if err != nil {
		return misconfigured(err)
	}
	if d.folder == "" {
		return d.print(out)
	}
	return d.write(out)
}

// print prints the mapping, then the statements.
func (d *drafting) print(out *draft.Draft) error {
	text := out.Mapping
	if out.CQL != "" {
		text = "# mapping.yaml\n" + text + "\n-- schema.cql\n" + out.CQL
	}
	_, err := fmt.Fprint(d.stdout, text)
	return err
}

// write writes the files, all or none where one is there already.
func (d *drafting) write(out *draft.Draft) error {
	files := [][2]string{{"mapping.yaml", out.Mapping}, {"schema.cql", out.CQL}}
	if out.CQL == "" {
		files = files[:1]
	}
	if err := os.MkdirAll(d.folder, 0o755); err != nil { //nolint:gosec // the files hold no secrets
		return misconfigured(err)
	}
	var there []string
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(d.folder, f[0])); err == nil {
			there = append(there, filepath.Join(d.folder, f[0]))
		}
	}
	if len(there) > 0 && !d.force {
		return &codedError{exitUsage, fmt.Errorf("%s is there already: name another folder, or replace it with --force", strings.Join(there, " and "))}
	}
	for _, f := range files {
		path := filepath.Join(d.folder, f[0])
		if err := os.WriteFile(path, []byte(f[1]), 0o644); err != nil { //nolint:gosec // the files hold no secrets
			return misconfigured(err)
		}
		if _, err := fmt.Fprintln(d.stdout, "wrote", path); err != nil {
			return err
		}
	}
	if out.LeftOut > 0 {
		_, err := fmt.Fprintf(d.stdout, "%d fields or columns are left out; the mapping's comments say why\n", out.LeftOut)
		return err
	}
	return nil
}
