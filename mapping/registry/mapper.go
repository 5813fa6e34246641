package registry

import (
	"context"
	"errors"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/retry"
)

// Mapper maps the records of one topic. It is safe for use by several lanes.
type Mapper struct {
	write, tombstone *half
}

// half is the way of the records with a value, or of those without.
type half struct {
	form       *mapping.Form
	key, value *payload
}

// NewMapper makes the Mapper of a program. Decoders are compiled as schemas are
// met. client may be nil when the file needs no registry.
func NewMapper(program *mapping.Program, client *Client) *Mapper {
	return &Mapper{write: newHalf(program, program.Write, client), tombstone: newHalf(program, program.Tombstone, client)}
}

func newHalf(p *mapping.Program, form *mapping.Form, client *Client) *half {
	return &half{
		form:  form,
		key:   newPayload(client, form, mapping.RootKey, p.Topic.Key),
		value: newPayload(client, form, mapping.RootValue, p.Topic.Value),
	}
}

// Map appends a record's rows to buf, or poison that says why a table gets none;
// poison without a table keeps the record from all of them. It sets
// rec.SchemaID. It waits for the registry; its only error is ctx's cause.
//
// A payload that no column wants is not decoded, and its schema need not be
// known. A value's framing is read all the same, because a letter and
// meta.schema_id name the id: a value without it is poison. The id of a schema
// that is named by its GUID is known once its value was decoded, if the registry
// says it. A null key makes every column that it feeds null.
func (m *Mapper) Map(ctx context.Context, rec *mapping.Record, stamp int64, record int32, buf *mapping.Buffer) error {
	h := m.write
	if rec.Value == nil {
		h = m.tombstone
	}
	if len(h.form.Parts) == 0 {
		return nil
	}
	frame := buf.Frame(len(h.form.Slots))
	var problems found
	if at, err := h.fill(ctx, rec, frame, &problems); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		buf.Poison = append(buf.Poison, mapping.RowPoison{Record: record, Err: at.poison(err)})
		return nil
	}
	before := len(buf.Poison)
	h.form.Rows(rec, frame, stamp, record, buf)
	if len(problems.key)+len(problems.value) > 0 {
		problems.mark(buf.Poison[before:])
	}
	return nil
}

// found holds the slots that the schemas of one record cannot fill.
type found struct{ key, value []avro.Problem }

// fill decodes a record's value and key. An error comes with what it is about.
func (h *half) fill(ctx context.Context, rec *mapping.Record, frame *mapping.Frame, problems *found) (at *payload, err error) {
	if rec.Value != nil {
		body, ref := rec.Value, schemaRef{}
		if h.value.framed() {
			if ref, body, err = frameOf(rec, h.value.header, body); err != nil {
				return h.value, err
			}
			rec.SchemaID = ref.id
		}
		if len(h.value.targets) > 0 || h.form.ByRecord() {
			plan, err := h.value.decode(ctx, ref, body, frame)
			if plan != nil {
				rec.SchemaID, problems.value = plan.id, plan.problems
			}
			if err != nil {
				return h.value, err
			}
		}
	}
	name := frame.Record // the key's decoder gives its own
	problems.key, err = h.fillKey(ctx, rec, frame)
	frame.Record = name
	return h.key, err
}

func (h *half) fillKey(ctx context.Context, rec *mapping.Record, frame *mapping.Frame) ([]avro.Problem, error) {
	var ref schemaRef
	body := rec.Key
	switch {
	case len(h.key.targets) == 0 || h.key.format == mapping.FormatNone:
		return nil, nil
	case body == nil:
		h.form.Null(mapping.RootKey, frame)
		return nil, nil
	case h.key.framed():
		var err error
		if ref, body, err = frameOf(rec, h.key.header, body); err != nil {
			return nil, err
		}
	}
	plan, err := h.key.decode(ctx, ref, body, frame)
	if plan == nil {
		return nil, err
	}
	return plan.problems, err
}

// mark gives poison that comes from a schema its reason: what the schema cannot
// fill is no fault of the record's value.
func (p *found) mark(poison []mapping.RowPoison) {
	for _, row := range poison {
		reason, ok := errors.AsType[*retry.Poison](row.Err)
		if ok && (reason.Reason == retry.ReasonValue || reason.Reason == retry.ReasonEventTime) && (has(p.key, reason.Err) || has(p.value, reason.Err)) {
			reason.Reason = retry.ReasonSchema
		}
	}
}

func has(problems []avro.Problem, err error) bool {
	for i := range problems {
		if errors.Is(err, problems[i].Err) {
			return true
		}
	}
	return false
}
