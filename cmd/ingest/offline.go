package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/mapping/ddl"
	"ingest/mapping/registry"
)

// offlineFlags name files that stand for the servers.
type offlineFlags struct {
	offline    bool
	cql        []string
	schemas    []string // SUBJECT=FILE
	references []string
}

func (f *offlineFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.offline, "offline", false, "contact no server: tables come from --cql, schemas from --schema")
	flags.StringArrayVar(&f.cql, "cql", nil, "with --offline: a file of CREATE statements; may be repeated, in the order in which they run")
	flags.StringArrayVar(&f.schemas, "schema", nil, "with --offline: SUBJECT=FILE, an .avsc file; repeated for one subject they are its versions, the oldest first")
	flags.StringArrayVar(&f.references, "reference", nil, "with --offline: an .avsc file that the schemas refer to; may be repeated, each after those it needs itself")
	for _, name := range []string{"cql", "schema", "reference"} {
		_ = cmd.MarkFlagFilename(name) // the flag is there
	}
}

// check refuses what does not go together.
func (f *offlineFlags) check() error {
	switch {
	case !f.offline && len(f.cql)+len(f.schemas)+len(f.references) > 0:
		return &codedError{exitUsage, errors.New("--cql, --schema and --reference are for --offline: say that too")}
	case f.offline && len(f.cql) == 0:
		return &codedError{exitUsage, errors.New("--offline needs the tables: name a file of CREATE statements with --cql")}
	}
	return nil
}

// notJudged is what no file can say.
func notJudged(file *mapping.File) []string {
	list := []string{
		"whether the cluster and the registry have what the files say",
		"columns that were dropped and added again, which hide what is dated before",
	}
	if file != nil && file.WritesOut() {
		list = append(list, "whether Cassandra takes the statements of `cql:`: their functions and constants")
	}
	if file != nil && len(file.Patterns) > 0 {
		list = append(list, "which topics the patterns match, and their schemas")
	}
	return list
}

// offlineFiles are what the files say.
type offlineFiles struct {
	catalog  *mapping.Catalog
	registry *registry.Client
	found    mapping.Diagnostics
	texts    map[string][]byte
}

// read reads the files. Its error is about what cannot be read at all; faults of
// CQL files are among found.
func (f *offlineFlags) read() (*offlineFiles, error) {
	out := &offlineFiles{texts: map[string][]byte{}}
	var schema ddl.Schema
	for _, path := range f.cql {
		text, err := readBounded(path)
		if err != nil {
			return nil, misconfigured(fmt.Errorf("--cql: %w", err))
		}
		out.texts[path] = text
		out.found = append(out.found, schema.Read(path, text)...)
	}
	out.catalog = schema.Catalog()
	var err error
	out.registry, err = f.readSchemas()
	return out, err
}

func (f *offlineFlags) readSchemas() (*registry.Client, error) {
	var files []registry.SchemaFile
	for _, pair := range f.schemas {
		subject, path, ok := strings.Cut(pair, "=")
		if !ok || subject == "" || path == "" {
			return nil, &codedError{exitUsage, fmt.Errorf("--schema takes SUBJECT=FILE, for example orders-value=order.avsc, not %q", pair)}
		}
		text, err := readBounded(path)
		if err != nil {
			return nil, misconfigured(fmt.Errorf("--schema: %w", err))
		}
		files = append(files, registry.SchemaFile{Subject: subject, File: path, Text: string(text)})
	}
	var refs []avro.Reference
	for _, path := range f.references {
		text, err := readBounded(path)
		if err != nil {
			return nil, misconfigured(fmt.Errorf("--reference: %w", err))
		}
		refs = append(refs, avro.Reference{Name: path, Schema: string(text)})
	}
	client, err := registry.NewOffline(files, refs)
	if err != nil {
		return nil, misconfigured(err)
	}
	return client, nil
}
