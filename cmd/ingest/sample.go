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
	"strconv"
	"strings"
	"time"

	"ingest/mapping"
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
	switch t.Key.Kind {
	case mapping.FormatLong:
		n, err := strconv.ParseInt(f.key, 10, 64)
		if err != nil {
			return nil, usage("--key", errors.New("the topic's keys are long: give a whole number"))
		}
		return binary.BigEndian.AppendUint64(nil, uint64(n)), nil
	case mapping.FormatAvro:
		return encodeSample(ctx, client, cmp.Or(t.Key.Subject, t.Name+"-key"), 0, 0, []byte(f.key), "--key")
	case mapping.FormatString, mapping.FormatNone:
		return []byte(f.key), nil
	}
	return nil, usage("--key", fmt.Errorf("the topic's keys are of format %s: give 0x and the key's bytes in hexadecimal digits", t.Key.Kind))
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
	return encodeSample(ctx, client, cmp.Or(t.Value.Subject, t.Name+"-value"), f.version, f.schemaID, text, "--value")
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

// encodeSample encodes JSON with a version of a subject, 0 for the latest, or with
// the schema of an id, and frames it.
func encodeSample(ctx context.Context, client *registry.Client, subject string, version, id int, text []byte, flag string) ([]byte, error) {
	if id == 0 {
		versions, err := client.Versions(ctx, subject)
		if err != nil {
			return nil, misconfigured(fmt.Errorf("encoding %s: %w", flag, err))
		}
		at := len(versions) - 1
		for at >= 0 && version != 0 && versions[at].Version != version {
			at--
		}
		if at < 0 {
			return nil, usage("--schema-version", fmt.Errorf("subject %q has no version %d", subject, version))
		}
		if versions[at].Err != nil {
			return nil, misconfigured(versions[at].Err)
		}
		id = int(versions[at].ID)
	}
	if id < 1 || id > math.MaxInt32 {
		return nil, usage("--schema-id", errors.New("a schema id is a whole number from 1"))
	}
	schema, err := client.Schema(ctx, int32(id))
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", flag, err)
	}
	body, err := schema.EncodeJSON(text)
	if err != nil {
		return nil, usage(flag, fmt.Errorf("schema id %d: %w", id, err))
	}
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), body...), nil
}
