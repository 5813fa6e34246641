package deadletter

import (
	"bytes"
	"context"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
)

// delivery is one letter on its way to its outcome.
type delivery struct {
	done     func(error)
	release  func()      // runs once, after done
	stop     func() bool // stops watching the letter's context; set before the first attempt
	finished atomic.Bool

	// What follows is written by one goroutine at a time: the one that sends,
	// or the promise that hands the delivery on.
	key, value []byte
	headers    []mapping.Header
	envelope   Envelope
	alone      bool // sent as a batch of one
	size       int64
}

// newDelivery copies the record, so that the caller's memory is free at once and
// a send that outlives its context never reads memory that was used again.
func newDelivery(l *Letter, version, group string, done func(error)) *delivery {
	d := &delivery{done: done, key: bytes.Clone(l.Record.Key), value: bytes.Clone(l.Record.Value), envelope: l.envelope(version, group)}
	d.headers = make([]mapping.Header, len(l.Record.Headers))
	for i, h := range l.Record.Headers {
		d.headers[i] = mapping.Header{Name: h.Name, Value: bytes.Clone(h.Value)}
		d.size += int64(len(h.Name) + len(h.Value))
	}
	d.size += int64(len(d.key)+len(d.value)+len(d.envelope.Message)) + envelopeBytes
	return d
}

// envelopeBytes estimates what an envelope weighs beside its message.
const envelopeBytes = 512

// watch ends the delivery with ctx's cause when ctx ends first.
func (d *delivery) watch(ctx context.Context) {
	d.stop = context.AfterFunc(ctx, func() { d.finish(context.Cause(ctx)) })
}

// settle is finish for the producer's side: nobody need watch the context then.
func (d *delivery) settle(err error) {
	d.stop()
	d.finish(err)
}

// finish reports the outcome; only the first counts.
func (d *delivery) finish(err error) {
	if d.finished.Swap(true) {
		return
	}
	d.done(err)
	d.release()
}

// shrink leaves out more of the payload; it reports false when nothing is left
// to leave out.
func (d *delivery) shrink() bool {
	switch d.envelope.Payload {
	case PayloadWhole:
		d.envelope.Payload = PayloadDropped
	case PayloadDropped:
		d.envelope.Payload = PayloadDroppedAll
	default:
		return false
	}
	return true
}

// record makes the Kafka record of one attempt.
func (d *delivery) record(topic string) *kgo.Record {
	r := &kgo.Record{Topic: topic, Headers: d.envelope.Headers(d.headers)}
	if d.envelope.Payload == PayloadWhole {
		r.Value = d.value
	}
	if d.envelope.Payload != PayloadDroppedAll {
		r.Key = d.key
	}
	return r
}
