package registry

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/retry"
)

// maxPlans bounds the decoders that are kept for one form.
const maxPlans = 1024

// payload decodes one root of a form: its key or its value.
type payload struct {
	client  *Client
	root    string // for messages
	header  string // that may name the schema
	format  mapping.FormatKind
	targets []mapping.Target
	plain   *plan // of formats without schema, and of a schema that the file gives

	last  atomic.Pointer[plan]                // the plan used last, which nearly always is the next one
	plans atomic.Pointer[map[schemaRef]*plan] // copied to be written; read without a lock
	mu    sync.Mutex                          // held by writers of plans
}

// plan is how payloads of one schema fill a form's slots.
type plan struct {
	ref      schemaRef
	id       int32        // the registry's of the schema, 0 when it is not known
	schema   *avro.Schema // nil: of a format without one
	decoder  mapping.Decoder
	problems []avro.Problem // slots that this schema cannot fill
}

func newPayload(client *Client, form *mapping.Form, root mapping.Root, format mapping.Format) *payload {
	p := &payload{client: client, root: "value", header: valueHeader, format: format.Kind, targets: form.Targets(root)}
	if root == mapping.RootKey {
		p.root, p.header = "key", keyHeader
	}
	p.plans.Store(&map[schemaRef]*plan{})
	switch {
	case format.Schema != nil:
		p.plain = givenPlan(format.Schema, p.targets)
	case format.Kind.Shape() != nil:
		d, problems := newPlainDecoder(format.Kind, p.targets)
		p.plain = &plan{decoder: d, problems: problems}
	}
	return p
}

// framed reports whether records say which schema the payload has.
func (p *payload) framed() bool { return p.format == mapping.FormatAvro && p.plain == nil }

// decode fills the slots that the root feeds. It gives the plan that did.
func (p *payload) decode(ctx context.Context, ref schemaRef, body []byte, f *mapping.Frame) (*plan, error) {
	plan := p.plain
	if plan == nil {
		var err error
		if plan, err = p.plan(ctx, ref); err != nil {
			return nil, err
		}
	}
	return plan, plan.decoder.Decode(body, f)
}

// plan gives the plan of a schema.
func (p *payload) plan(ctx context.Context, ref schemaRef) (*plan, error) {
	last := p.last.Load()
	if last != nil && last.ref == ref {
		return last, nil
	}
	if found, ok := (*p.plans.Load())[ref]; ok {
		p.last.Store(found)
		return found, nil
	}
	entry, err := p.client.find(ctx, ref)
	if err != nil {
		return nil, err
	}
	return p.add(ref, entry), nil
}

// add compiles the plan of a schema, once for all names that the schema has.
func (p *payload) add(ref schemaRef, e *entry) *plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	plans := *p.plans.Load()
	if found, ok := plans[ref]; ok {
		return found
	}
	made := &plan{ref: ref, id: e.id, schema: e.schema}
	if same := sameSchema(plans, e.schema); same != nil {
		made.decoder, made.problems = same.decoder, same.problems
	} else {
		made.decoder, made.problems = avro.Compile(e.schema, p.targets)
	}
	if len(plans) >= maxPlans {
		plans = nil
	}
	next := make(map[schemaRef]*plan, len(plans)+1)
	maps.Copy(next, plans)
	next[ref] = made
	p.plans.Store(&next)
	p.last.Store(made)
	return made
}

// sameSchema gives a plan of the same schema under another name.
func sameSchema(plans map[schemaRef]*plan, s *avro.Schema) *plan {
	for _, p := range plans {
		if p.schema == s {
			return p
		}
	}
	return nil
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
