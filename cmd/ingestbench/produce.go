package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
	"golang.org/x/term"
)

// topic is a filled topic.
type topic struct {
	name    string
	average float64 // bytes of a record's value, with its framing
}

// schemaText is the Avro schema of the shape's records.
func (s *shape) schemaText() (string, error) {
	type field struct {
		Name string          `json:"name"`
		Type json.RawMessage `json:"type"`
	}
	var fields []field
	for _, c := range s.columns() {
		fields = append(fields, field{c.name, json.RawMessage(c.avro)})
	}
	text, err := json.Marshal(map[string]any{
		"type": "record", "name": "Reading", "namespace": "com.example.bench", "fields": fields,
	})
	return string(text), err
}

// producer fills a topic.
type producer struct {
	shape      *shape
	records    int
	partitions int
	traces     float64 // the share of the records with a sampled context; 0: none has any
	client     *kgo.Client
	schema     *avro.Schema
	schemaID   int
	stderr     io.Writer
}

// fill makes a topic with all records of a shape, or finds one made before.
func fill(ctx context.Context, servers *servers, s *shape, o options, stderr io.Writer) (*topic, error) {
	text, err := s.schemaText()
	if err != nil {
		return nil, err
	}
	t := &topic{name: fmt.Sprintf("ingestbench-%s-%d-%d", s.name, o.Records, o.Partitions)}
	if o.Traces > 0 {
		t.name += fmt.Sprintf("-traced-%v", o.Traces)
	}
	p := &producer{shape: s, records: o.Records, partitions: o.Partitions, traces: o.Traces, stderr: stderr}
	if p.schema, err = avro.Parse(text); err != nil {
		return nil, fmt.Errorf("parsing the schema: %w", err)
	}
	if p.schemaID, err = register(ctx, servers.registry, t.name, text); err != nil {
		return nil, err
	}
	if t.average, err = p.averageSize(); err != nil {
		return nil, err
	}
	p.client, err = kgo.NewClient(kgo.SeedBrokers(servers.brokers...), kgo.DefaultProduceTopic(t.name),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return nil, err
	}
	defer p.client.Close()
	if err := p.create(ctx, t.name); err != nil {
		return nil, err
	}
	return t, nil
}

func register(ctx context.Context, url, topic, text string) (int, error) {
	registry, err := sr.NewClient(sr.URLs(url))
	if err != nil {
		return 0, err
	}
	registered, err := registry.CreateSchema(ctx, topic+"-value", sr.Schema{Schema: text})
	if err != nil {
		return 0, fmt.Errorf("registering the schema: %w", err)
	}
	return registered.ID, nil
}

// create makes and fills the topic unless it is there with all its records.
// Retention is off: the records' timestamps are older than its default.
func (p *producer) create(ctx context.Context, name string) error {
	admin := kadm.NewClient(p.client)
	retention := "-1"
	_, err := admin.CreateTopic(ctx, int32(p.partitions), 1, map[string]*string{"retention.ms": &retention}, name)
	switch {
	case err == nil:
		return p.produce(ctx)
	case !errors.Is(err, kerr.TopicAlreadyExists):
		return fmt.Errorf("creating topic %s: %w", name, err)
	}
	ends, err := admin.ListEndOffsets(ctx, name)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("looking at topic %s: %w", name, err)
	}
	var found int64
	ends.Each(func(o kadm.ListedOffset) { found += o.Offset })
	if found != int64(p.records) {
		return fmt.Errorf("topic %s is there with %d records instead of %d; delete it", name, found, p.records)
	}
	return nil
}

func (p *producer) produce(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	bar := p.bar()
	var acknowledged atomic.Int64
	for i := range p.records {
		record, err := p.record(i)
		if err != nil {
			return err
		}
		p.client.Produce(ctx, record, func(_ *kgo.Record, err error) {
			if err != nil {
				cancel(err)
				return
			}
			acknowledged.Add(1)
		})
		if i%1000 == 999 {
			_ = bar.Add(1000) // a bar that cannot be drawn is no reason to stop
		}
	}
	if err := p.client.Flush(ctx); err != nil {
		return fmt.Errorf("producing: %w", context.Cause(ctx))
	}
	_ = bar.Finish()
	if n := acknowledged.Load(); n != int64(p.records) {
		return fmt.Errorf("producing: %d of %d records are acknowledged: %w", n, p.records, context.Cause(ctx))
	}
	return nil
}

// bar is drawn on a terminal only.
func (p *producer) bar() *progressbar.ProgressBar {
	f, ok := p.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return progressbar.DefaultSilent(int64(p.records))
	}
	return progressbar.NewOptions(p.records, progressbar.OptionSetWriter(p.stderr), progressbar.OptionSetDescription("producing"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("records"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth(),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(p.stderr) }))
}

func (p *producer) record(i int) (*kgo.Record, error) {
	r := p.shape.sample(i)
	value, err := p.encode(&r)
	if err != nil {
		return nil, err
	}
	record := &kgo.Record{
		Key: []byte(r.key()), Value: value, Timestamp: recordTime(i),
		Partition: int32(p.shape.partition(i, p.partitions)),
	}
	if p.traces > 0 {
		record.Headers = traceHeaders(i, p.traces)
	}
	return record, nil
}

// encode gives a record in the registry's framing: a zero byte, the schema id,
// the Avro bytes.
func (p *producer) encode(r *reading) ([]byte, error) {
	framed := binary.BigEndian.AppendUint32([]byte{0}, uint32(p.schemaID))
	framed, err := p.schema.AppendEncode(framed, r)
	if err != nil {
		return nil, fmt.Errorf("encoding a record: %w", err)
	}
	return framed, nil
}

// averageSize is of a thousand records spread over the topic.
func (p *producer) averageSize() (float64, error) {
	const n = 1000
	sum := 0
	for i := range n {
		r := p.shape.sample(spread(i, p.records))
		value, err := p.encode(&r)
		if err != nil {
			return 0, err
		}
		sum += len(value)
	}
	return float64(sum) / n, nil
}
