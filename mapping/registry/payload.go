package registry

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/retry"
)

// The framing of the Confluent serializers: a zero byte, then the schema id in
// four bytes, big-endian ("Wire format" in the Confluent documentation).
const (
	magic     = 0
	headBytes = 5
)

// maxPlans bounds the decoders that are kept for one form.
const maxPlans = 1024

// payload decodes one root of a form: its key or its value.
type payload struct {
	client  *Client
	root    string // for messages
	format  mapping.FormatKind
	targets []mapping.Target
	plain   *plan // of formats without schema

	last  atomic.Pointer[plan]            // the plan used last, which nearly always is the next one
	plans atomic.Pointer[map[int32]*plan] // copied to be written; read without a lock
	mu    sync.Mutex                      // held by writers of plans
}

// plan is how payloads of one schema fill a form's slots.
type plan struct {
	id       int32
	decoder  mapping.Decoder
	problems []avro.Problem // slots that this schema cannot fill
}

func newPayload(client *Client, form *mapping.Form, root mapping.Root, format mapping.FormatKind) *payload {
	p := &payload{client: client, root: "value", format: format, targets: form.Targets(root)}
	if root == mapping.RootKey {
		p.root = "key"
	}
	p.plans.Store(&map[int32]*plan{})
	if format == mapping.FormatString || format == mapping.FormatLong {
		d, problems := newPlainDecoder(format, p.targets)
		p.plain = &plan{decoder: d, problems: problems}
	}
	return p
}

// unframe reads the schema id in front of an Avro payload.
func unframe(data []byte) (id int32, body []byte, err error) {
	switch {
	case len(data) < headBytes:
		return 0, nil, &retry.Poison{Reason: retry.ReasonFraming, Err: fmt.Errorf("%d bytes are too few for a schema id in front", len(data))}
	case data[0] != magic:
		return 0, nil, &retry.Poison{Reason: retry.ReasonFraming, Err: fmt.Errorf("the first byte is %#02x, where 0 stands in front of a schema id", data[0])}
	}
	return int32(binary.BigEndian.Uint32(data[1:headBytes])), data[headBytes:], nil
}

// decode fills the slots that the root feeds. It gives the plan's problems.
func (p *payload) decode(ctx context.Context, id int32, body []byte, f *mapping.Frame) ([]avro.Problem, error) {
	plan := p.plain
	if plan == nil {
		var err error
		if plan, err = p.plan(ctx, id); err != nil {
			return nil, err
		}
	}
	return plan.problems, plan.decoder.Decode(body, f)
}

// plan gives the plan of a schema.
func (p *payload) plan(ctx context.Context, id int32) (*plan, error) {
	last := p.last.Load()
	if last != nil && last.id == id {
		return last, nil
	}
	if found, ok := (*p.plans.Load())[id]; ok {
		p.last.Store(found)
		return found, nil
	}
	schema, err := p.client.Schema(ctx, id)
	if err != nil {
		return nil, err
	}
	return p.add(id, schema), nil
}

// add compiles the plan of a schema.
func (p *payload) add(id int32, schema *avro.Schema) *plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	plans := *p.plans.Load()
	if found, ok := plans[id]; ok {
		return found
	}
	decoder, problems := avro.Compile(schema, p.targets)
	made := &plan{id: id, decoder: decoder, problems: problems}
	if len(plans) >= maxPlans {
		plans = nil
	}
	next := make(map[int32]*plan, len(plans)+1)
	maps.Copy(next, plans)
	next[id] = made
	p.plans.Store(&next)
	p.last.Store(made)
	return made
}

// poison says which root a whole record failed at. Errors that are no poison yet
// are about the payload's bytes.
func (p *payload) poison(err error) *retry.Poison {
	out := retry.Poison{Reason: retry.ReasonDecode, Err: err}
	if cause, ok := errors.AsType[*retry.Poison](err); ok {
		out = *cause // others may share it
	}
	if out.Path == "" {
		out.Path = p.root
	}
	return &out
}
