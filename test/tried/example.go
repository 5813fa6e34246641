package tried

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ingest/mapping"
	"ingest/mapping/ddl"
	"ingest/mapping/registry"
	"ingest/pipeline"
)

// Example is a mapping file with what it needs to be tried.
type Example struct {
	Mapping string
	CQL     string
	Schemas []registry.SchemaFile
	Records string // JSON lines
}

// Rows gives what the records become, a line for each row, delete and fault, or
// what is wrong with the example.
func (e *Example) Rows(ctx context.Context) (string, error) {
	records, err := ReadRecords(e.Records)
	if err != nil {
		return "", err
	}
	var topics []string
	for i := range records {
		topics = append(topics, records[i].Topic)
	}
	x, err := e.plan(ctx, topics)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for i := range records {
		if err := x.record(ctx, &records[i], &out); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// trial is an example that fits.
type trial struct {
	file     *mapping.File
	programs []*mapping.Program
	client   *registry.Client
	clocks   map[string]*pipeline.Clock // by topic: each has one partition
}

func (e *Example) plan(ctx context.Context, topics []string) (*trial, error) {
	file, err := e.read(topics)
	if err != nil {
		return nil, err
	}
	var tables ddl.Schema
	if err := tables.Read("tables", []byte(e.CQL)).Err(); err != nil {
		return nil, err
	}
	client, err := registry.NewOffline(e.Schemas, nil)
	if err != nil {
		return nil, err
	}
	x := &trial{file: file, client: client, clocks: map[string]*pipeline.Clock{}}
	var faults []error
	for i := range file.Topics {
		program, found := mapping.Examine(file, i, tables.Catalog())
		key, value, more, err := client.Shapes(ctx, program)
		if err == nil {
			more = append(more, mapping.CheckShapes(program, key, value)...)
		}
		faults = append(faults, found.Err(), more.Err(), err)
		x.programs = append(x.programs, program)
	}
	return x, errors.Join(faults...)
}

// read gives the mapping file with its schemas and what its patterns match among
// topics.
func (e *Example) read(topics []string) (*mapping.File, error) {
	file, found := mapping.Parse("mapping.yaml", []byte(e.Mapping))
	if err := found.Err(); err != nil {
		return nil, err
	}
	file, found = file.ReadSchemas(func(path string) (string, error) {
		for _, f := range e.Schemas {
			if f.Subject == path {
				return f.Text, nil
			}
		}
		return "", errors.New("the example has no such schema")
	})
	return file.Follow(slices.DeleteFunc(topics, func(topic string) bool { return topic == "" })), found.Err()
}

// now is when the records of examples arrive.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (x *trial) record(ctx context.Context, r *Record, out *strings.Builder) error {
	if r.Topic == "" {
		r.Topic = x.file.Topics[0].Name
	}
	at := x.file.Topic(r.Topic)
	if at < 0 {
		return fmt.Errorf("record %d: the mapping has no topic %q", r.Line, r.Topic)
	}
	topic := &x.file.Topics[at]
	if ahead := x.file.MaxFuture; ahead > 0 && r.Timestamp.After(now.Add(ahead)) {
		fmt.Fprintf(out, "%d: held until %s\n", r.Line, r.Timestamp.Add(-ahead).Format(time.RFC3339))
		return nil
	}
	rec, err := r.Encode(topic, x.encode(ctx))
	if err != nil {
		return err
	}
	clock := x.clock(r.Topic)
	var buf mapping.Buffer
	if err := registry.NewMapper(x.programs[at], x.client).Map(ctx, rec, clock.Stamp(clock.Tick(rec.Timestamp)), 0, &buf); err != nil {
		return err
	}
	for i := range buf.Rows {
		text, err := rowText(&buf.Rows[i], rec.Timestamp*1000)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%d: %s\n", r.Line, text)
	}
	for i := range buf.Poison {
		fmt.Fprintf(out, "%d: %s\n", r.Line, poisonText(topic.OnError, buf.Poison[i].Err))
	}
	if len(buf.Rows)+len(buf.Poison) == 0 {
		fmt.Fprintf(out, "%d: no row\n", r.Line)
	}
	return nil
}

// clock gives the clock of a topic's partition.
func (x *trial) clock(topic string) *pipeline.Clock {
	c := x.clocks[topic]
	if c == nil {
		c = &pipeline.Clock{Floor: x.file.Floor, Generation: int64(x.file.Generation)}
		x.clocks[topic] = c
	}
	return c
}

// encode encodes by the schemas of the example.
func (x *trial) encode(ctx context.Context) Encoder {
	return func(subject string, version int, text []byte) ([]byte, error) {
		versions, err := x.client.Versions(ctx, subject)
		if err != nil {
			return nil, err
		}
		if version == 0 {
			version = len(versions)
		}
		if version > len(versions) {
			return nil, fmt.Errorf("subject %q has no version %d", subject, version)
		}
		id := versions[version-1].ID
		schema, err := x.client.Schema(ctx, id)
		if err != nil {
			return nil, err
		}
		body, err := schema.EncodeJSON(text)
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), body...), err
	}
}
