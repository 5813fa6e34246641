//go:build stack && crash

package crash

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"ingest/test/oracle"
)

const rowSchema = `{"type": "record", "name": "Row", "fields": [
	{"name": "a", "type": ["null", "long"], "default": null},
	{"name": "b", "type": ["null", "string"], "default": null},
	{"name": "c", "type": ["null", "double"], "default": null}]}`

// encoder writes values with the registry's framing; it shares nothing with the
// worker.
type encoder struct {
	id     int
	schema *avro.Schema
}

func (w *world) register(subject string) *encoder {
	w.t.Helper()
	return w.registerSchema(subject, rowSchema)
}

// registerNext registers a schema with one more field.
func (w *world) registerNext(subject string) *encoder {
	w.t.Helper()
	return w.registerSchema(subject, strings.Replace(rowSchema, `}]}`, `},
	{"name": "more", "type": "long", "default": 0}]}`, 1))
}

func (w *world) registerSchema(subject, text string) *encoder {
	w.t.Helper()
	client, err := sr.NewClient(sr.URLs(w.RegistryURL()))
	if err != nil {
		w.t.Fatal(err)
	}
	registered, err := client.CreateSchema(w.t.Context(), subject, sr.Schema{Schema: text})
	if err != nil {
		w.t.Fatalf("registering %s: %v", subject, err)
	}
	schema, err := avro.Parse(text)
	if err != nil {
		w.t.Fatal(err)
	}
	return &encoder{id: registered.ID, schema: schema}
}

// record makes the record of an event; a delete has no value.
func (e *encoder) record(topic string, partition int, event *oracle.Event) (*kgo.Record, error) {
	r := &kgo.Record{Topic: topic, Partition: int32(partition), Key: []byte(event.Key), Timestamp: time.UnixMilli(event.Millis)}
	if event.Delete {
		return r, nil
	}
	var err error
	framed := binary.BigEndian.AppendUint32([]byte{0}, uint32(e.id))
	r.Value, err = e.schema.AppendEncode(framed, event.Fields())
	return r, err
}

// producer appends the events of a source to a topic and to the log, at a rate,
// until it is stopped.
type producer struct {
	client  *kgo.Client
	encoder atomic.Pointer[encoder]
	source  *oracle.Source
	log     *oracle.Log
	topic   string
	rate    int // records per second

	stop context.CancelFunc
	work sync.WaitGroup
	mu   sync.Mutex
	err  error // the first fault, also that the topic is not the log
}

// use makes the producer write with another schema from now on.
func (p *producer) use(e *encoder) { p.encoder.Store(e) }

func (p *producer) start(ctx context.Context) {
	ctx, p.stop = context.WithCancel(ctx)
	p.work.Go(func() {
		if err := p.run(ctx); err != nil {
			p.fail(err)
		}
	})
}

// produceEvery is how often the producer appends what is due.
const produceEvery = 50 * time.Millisecond

func (p *producer) run(ctx context.Context) error {
	tick := time.NewTicker(produceEvery)
	defer tick.Stop()
	started, sent := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for due := int(time.Since(started).Seconds() * float64(p.rate)); sent < due; sent++ {
			if err := p.produce(); err != nil {
				return err
			}
		}
	}
}

// produce appends one event. It waits for room when a broker is away.
func (p *producer) produce() error {
	partition, event := p.source.Next()
	record, err := p.encoder.Load().record(p.topic, partition, &event)
	if err != nil {
		return err
	}
	want := p.log.Append(partition, event)
	p.client.Produce(context.Background(), record, func(r *kgo.Record, err error) {
		switch {
		case err != nil:
			p.fail(fmt.Errorf("producing to partition %d: %w", partition, err))
		case r.Offset != want:
			p.fail(fmt.Errorf("a record of partition %d has offset %d, want %d: the topic is not the log", partition, r.Offset, want))
		}
	})
	return nil
}

func (p *producer) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
}

// fault gives the first fault so far.
func (p *producer) fault() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// end stops the producer and waits until all it produced is acknowledged.
func (p *producer) end(ctx context.Context) error {
	p.stop()
	p.work.Wait()
	return errors.Join(p.client.Flush(ctx), p.fault())
}
