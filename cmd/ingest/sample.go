package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/mapping/registry"
)

// sample is the record that is explained.
type sample struct {
	mapping.Record
	live bool // it stands in the topic
}

// maxSampleBytes bounds a file with a record's value.
const maxSampleBytes = 64 << 20

// record gives the record that the flags name.
func (e *explaining) record(ctx context.Context, p *mapping.Program, client *registry.Client) (*sample, error) {
	if e.flags.live() {
		return e.fetch(ctx, p.Topic.Name)
	}
	rec := &sample{Record: mapping.Record{Topic: p.Topic.Name}}
	var err error
	if rec.Timestamp, err = e.flags.at(time.Now()); err != nil {
		return nil, err
	}
	for _, pair := range e.flags.headers {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usage("--header", errors.New("write NAME=VALUE"))
		}
		rec.Headers = append(rec.Headers, mapping.Header{Name: name, Value: []byte(value)})
	}
	if e.flags.hasKey {
		if rec.Key, err = e.flags.keyOf(ctx, &p.Topic, client); err != nil {
			return nil, err
		}
	}
	if e.flags.tombstone {
		return rec, nil
	}
	rec.Value, err = e.flags.valueOf(ctx, &p.Topic, client)
	return rec, err
}

// keyOf encodes the sample's key as the topic's format wants it.
func (f *explainFlags) keyOf(ctx context.Context, t *mapping.Topic, client *registry.Client) ([]byte, error) {
	if digits, ok := strings.CutPrefix(f.key, "0x"); ok {
		key, err := hex.DecodeString(digits)
		if err != nil {
			return nil, usage("--key", errors.New("after 0x come hexadecimal digits, two for each byte"))
		}
		return key, nil
	}
	switch {
	case t.Key.Schema != nil:
		return encodeGiven(t.Key.Schema, []byte(f.key), "--key")
	case t.Key.Kind == mapping.FormatAvro:
		return (&encoding{format: &t.Key, subject: t.Name + "-key", flag: "--key"}).encode(ctx, client, []byte(f.key))
	}
	return plainKey(t.Key.Kind, f.key)
}

// valueOf gives the sample's value with its framing.
func (f *explainFlags) valueOf(ctx context.Context, t *mapping.Topic, client *registry.Client) ([]byte, error) {
	if f.raw != "" {
		data, err := readSample(f.raw)
		if err != nil {
			return nil, usage("--raw", err)
		}
		return data, nil
	}
	text, err := readSample(f.value)
	if err != nil {
		return nil, usage("--value", err)
	}
	if t.Value.Kind != mapping.FormatAvro {
		return nil, usage("--value", fmt.Errorf("the topic's values are of format %s: give their bytes with --raw", t.Value.Kind))
	}
	if t.Value.Schema != nil && (f.version != 0 || f.schemaID != 0) {
		return nil, usage("--schema-version", fmt.Errorf("the mapping file gives the schema %s, and there is no other: leave --schema-version and --schema-id out", t.Value.Schema.Path))
	}
	if t.Value.Schema != nil {
		return encodeGiven(t.Value.Schema, text, "--value")
	}
	return (&encoding{format: &t.Value, subject: t.Name + "-value", version: f.version, id: f.schemaID, flag: "--value"}).encode(ctx, client, text)
}

// readSample reads a file, at least an empty one: only a null value is nil.
func readSample(path string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if path != "-" {
		file, err := os.Open(path) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, maxSampleBytes+1))
	if err == nil && len(data) > maxSampleBytes {
		err = fmt.Errorf("%s has more than %d bytes", path, maxSampleBytes)
	}
	return append([]byte{}, data...), err
}

// encoding says by which schema JSON becomes a key or value.
type encoding struct {
	format      *mapping.Format
	subject     string // where the format names none
	version, id int    // 0: the latest version of the subject
	flag        string // that the JSON came from
}

// encode gives the bytes as they would stand in the topic.
func (e *encoding) encode(ctx context.Context, client *registry.Client, text []byte) ([]byte, error) {
	if given := e.format.Schema; given != nil { // without a framing
		schema, err := avro.Parse(given.Text, nil)
		if err != nil {
			return nil, misconfigured(fmt.Errorf("%s: %w", given.Path, err))
		}
		return e.body(schema, nil, text)
	}
	id, err := e.schemaID(ctx, client)
	if err != nil {
		return nil, err
	}
	schema, err := client.Schema(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", e.flag, err)
	}
	return e.body(schema, binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), text)
}

// body appends the encoded JSON to the framing in front of it.
func (e *encoding) body(schema *avro.Schema, framing, text []byte) ([]byte, error) {
	body, err := schema.EncodeJSON(text)
	if err != nil {
		return nil, usage(e.flag, err)
	}
	return append(framing, body...), nil
}

// schemaID gives the id of the schema to encode by.
func (e *encoding) schemaID(ctx context.Context, client *registry.Client) (int32, error) {
	if e.id > math.MaxInt32 {
		return 0, usage("--schema-id", errors.New("a schema id has 32 bits"))
	}
	if e.id > 0 {
		return int32(e.id), nil
	}
	subject := cmp.Or(e.format.Subject, e.subject)
	versions, err := client.Versions(ctx, subject)
	if err != nil {
		return 0, misconfigured(fmt.Errorf("encoding %s: %w", e.flag, err))
	}
	at := len(versions) - 1
	for at >= 0 && e.version != 0 && versions[at].Version != e.version {
		at--
	}
	if at < 0 {
		return 0, usage("--schema-version", fmt.Errorf("subject %q has no version %d", subject, e.version))
	}
	if versions[at].Err != nil {
		return 0, misconfigured(versions[at].Err)
	}
	return versions[at].ID, nil
}
