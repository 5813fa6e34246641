package replay

import (
	"context"
	"fmt"
	"strings"

	"ingest/mapping"
	"ingest/pipeline/deadletter"
)

// Replay writes letters again. It belongs to one goroutine.
type Replay struct {
	deps    Deps
	options Options
	plans   map[string]plan
	chunk   *chunk
	summary Summary
}

// plan is the answer of Deps.Plan.
type plan struct {
	mapper Mapper
	err    error
}

// Bounds of a chunk: the letters that are under way at once, and the bytes of
// their keys and values.
const (
	chunkLetters = 500
	chunkBytes   = 8 << 20
)

// New makes a Replay.
func New(deps Deps, options Options) *Replay {
	return &Replay{deps: deps, options: options, plans: map[string]plan{}, chunk: &chunk{buf: &mapping.Buffer{}}}
}

// Summary tells what became of the letters. It is complete once Flush has
// returned.
func (r *Replay) Summary() *Summary { return &r.summary }

// Add takes a letter; its bytes must stay. It returns once there is room for the
// next. Its errors are ctx's cause, and what the sink or Deps.Mark ended with; the
// replay is over then.
func (r *Replay) Add(ctx context.Context, l *deadletter.Stored) error {
	if o, why, skip := r.skip(l); skip {
		r.summary.add(l, o, why)
		return nil
	}
	p := r.plan(l)
	if p.err != nil {
		r.summary.add(l, NotMapped, p.err.Error())
		return nil
	}
	if err := r.mapLetter(ctx, p.mapper, l); err != nil {
		r.summary.add(l, Interrupted, "")
		return err
	}
	if len(r.chunk.letters) >= chunkLetters || r.chunk.bytes >= chunkBytes {
		return r.Flush(ctx)
	}
	return nil
}

// skip gives the outcome of a letter that is not to be mapped.
func (r *Replay) skip(l *deadletter.Stored) (o Outcome, why string, skip bool) {
	switch {
	case l.Fault != nil:
		return Foreign, "", true
	case r.options.Group != "" && l.Group != "" && l.Group != r.options.Group:
		return OtherGroup, fmt.Sprintf("of consumer group %q, and this is %q: name it with --group, and its mapping file", l.Group, r.options.Group), true
	case l.Replayed && !r.options.Again:
		return Before, "", true
	case l.Payload != deadletter.PayloadWhole:
		return NoPayload, "the letter was kept without the record's value; read the record from its source topic again", true
	}
	return 0, "", false
}

// plan gives the mapper for what failed of a letter.
func (r *Replay) plan(l *deadletter.Stored) plan {
	key := l.Topic + "\x00" + strings.Join(l.Tables, "\x00")
	p, ok := r.plans[key]
	if !ok {
		p.mapper, p.err = r.deps.Plan(l.Topic, l.Tables)
		if len(r.plans) < maxPlans {
			r.plans[key] = p
		}
	}
	return p
}

// maxPlans bounds the plans kept, whatever letters name.
const maxPlans = 10_000

// mapLetter puts a letter into the chunk, unless mapping settles it. Its error is
// ctx's cause.
func (r *Replay) mapLetter(ctx context.Context, m Mapper, l *deadletter.Stored) error {
	c := r.chunk
	rows := len(c.buf.Rows)
	rec := l.Record
	if err := m.Map(ctx, &rec, l.WriteTimestamp, int32(len(c.letters)), c.buf); err != nil {
		return err
	}
	made := c.buf.Rows[rows:]
	if o, why := r.guard(l, made); why != "" {
		clear(made)
		c.buf.Rows, c.buf.Poison = c.buf.Rows[:rows], c.buf.Poison[:0]
		r.summary.add(l, o, why)
		return nil
	}
	c.add(l, len(made))
	return nil
}
