package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"go.opentelemetry.io/otel/metric/noop"

	"ingest/config"
	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/mapping/draft"
	"ingest/mapping/registry"
	"ingest/sink"
)

// input gathers what the draft is made from. live is nil unless a table is named.
func (d *drafting) input(ctx context.Context) (in *draft.Input, live *mapping.Table, err error) {
	f := &d.flags
	in = &draft.Input{Topic: f.topicName(), Keyspace: f.keyspace, KeyFormat: f.keyFormat, KeyPaths: f.keyPaths}
	if f.table != "" {
		in.Origin = "table " + f.table
		if live, err = d.liveTable(ctx); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case f.schema != "":
		err = d.fromFiles(in)
	case f.subject != "":
		err = d.fromRegistry(ctx, in)
	}
	return in, live, err
}

func origin(in *draft.Input, more string) {
	if in.Origin != "" {
		more = in.Origin + " and " + more
	}
	in.Origin = more
}

// fromFiles reads the schemas of files.
func (d *drafting) fromFiles(in *draft.Input) error {
	f := &d.flags
	origin(in, filepath.Base(f.schema))
	var refs []avro.Reference
	for _, path := range f.references {
		text, err := readBounded(path)
		if err != nil {
			return misconfigured(fmt.Errorf("--reference: %w", err))
		}
		refs = append(refs, avro.Reference{Name: path, Schema: string(text)})
	}
	var err error
	if in.Value, err = shapeOf("--schema", f.schema, refs); err == nil && f.keySchema != "" {
		in.Key, err = shapeOf("--key-schema", f.keySchema, refs)
	}
	return err
}

func shapeOf(flag, path string, refs []avro.Reference) (*mapping.Shape, error) {
	text, err := readBounded(path)
	if err != nil {
		return nil, misconfigured(fmt.Errorf("%s: %w", flag, err))
	}
	schema, err := avro.Parse(string(text), refs)
	if err != nil {
		return nil, misconfigured(fmt.Errorf("%s: %s: %w", flag, path, err))
	}
	return schema.Shape(), nil
}

// fromRegistry reads the newest versions of the value's and the key's subject.
func (d *drafting) fromRegistry(ctx context.Context, in *draft.Input) error {
	cfg, err := config.LoadFor(d.environ, "INGEST_SCHEMA_REGISTRY_URLS")
	if err != nil {
		return misconfigured(err)
	}
	w := &waits{out: d.stderr}
	client, err := registry.New(cfg.Registry, registry.Deps{Log: slog.New(slog.DiscardHandler), Meter: noop.Meter{}, Waiting: w.hear, Retry: cfg.Sink.Retry})
	if err != nil {
		return misconfigured(err)
	}
	defer client.Close()
	value, err := newest(ctx, client, d.flags.subject)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w (%s)", err, w.get())
	}
	if err != nil {
		return misconfigured(err)
	}
	origin(in, value.Name())
	in.Value = value.Shape
	if d.flags.subject != in.Topic+"-value" {
		in.ValueSubject = d.flags.subject
	}
	if in.KeyFormat != "" || len(in.KeyPaths) > 0 {
		return nil
	}
	key, err := newest(ctx, client, in.Topic+"-key")
	switch {
	case errors.Is(err, registry.ErrUnknownSubject):
		return nil
	case err != nil:
		return misconfigured(err)
	}
	in.Key = key.Shape
	return nil
}

func newest(ctx context.Context, client *registry.Client, subject string) (*registry.Version, error) {
	versions, err := client.Versions(ctx, subject)
	if err != nil {
		return nil, err
	}
	last := versions[len(versions)-1]
	return &last, last.Err
}

// liveTable reads the table that is named.
func (d *drafting) liveTable(ctx context.Context) (*mapping.Table, error) {
	cfg, err := config.LoadFor(d.environ, "INGEST_CASSANDRA_HOSTS")
	if err != nil {
		return nil, misconfigured(err)
	}
	w := &waits{out: d.stderr}
	session, err := sink.Connect(ctx, cfg.Sink, sink.Deps{Log: slog.New(slog.DiscardHandler), Meter: noop.Meter{}, Waiting: w.hear})
	if err != nil && ctx.Err() == nil {
		return nil, misconfigured(err)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for Cassandra: %w (%s)", err, w.get())
	}
	defer session.Close()
	keyspace, name, _ := strings.Cut(d.flags.table, ".")
	catalog, err := session.Catalog(ctx, []string{keyspace})
	if err != nil {
		return nil, fmt.Errorf("reading the live tables: %w", err)
	}
	table := catalog.Keyspaces[keyspace][name]
	if table == nil {
		return nil, misconfigured(fmt.Errorf("the cluster has no table %s", d.flags.table))
	}
	return table, nil
}
