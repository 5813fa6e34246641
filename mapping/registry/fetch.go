package registry

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"ingest/mapping/avro"
	"ingest/retry"
)

// Bounds of what a schema may refer to, in all.
const (
	maxReferences     = 256
	maxReferenceDepth = 32
	maxSchemaBytes    = 8 << 20
)

// confirmAfter is how long after a first "unknown" the registry is asked again:
// a producer may use an id as soon as the registry's leader has it, when the
// node that answers us has not.
const confirmAfter = 500 * time.Millisecond

// fetch asks for a schema and what it refers to; nil when ctx ends.
func (c *Client) fetch(ctx context.Context, ref schemaRef) *entry {
	for attempt := 0; ; attempt++ {
		if c.throttle(ctx) != nil {
			return nil
		}
		found, err := call(ctx, c, ref.String(), ref.ask)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			return c.resolve(ctx, ref, found)
		case !errors.Is(err, errNotFound):
			return refuse(ref, err)
		case attempt > 0:
			c.mu.Lock()
			c.budget.spend(time.Now())
			c.mu.Unlock()
			return &entry{poison: unknownSchema(ref)}
		case retry.Sleep(ctx, confirmAfter) != nil:
			return nil
		}
	}
}

// throttle waits while too many answers of late were "unknown".
func (c *Client) throttle(ctx context.Context) error {
	for {
		c.mu.Lock()
		wait := c.budget.wait(time.Now())
		c.mu.Unlock()
		if wait == 0 {
			return nil
		}
		if err := retry.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// refuse is the entry of an id whose schema is there and cannot be used.
func refuse(ref schemaRef, err error) *entry {
	return &entry{poison: &retry.Poison{Reason: retry.ReasonSchema, Err: fmt.Errorf("%s: %w", ref, err)}}
}

// resolve fetches what a schema refers to and parses it all; nil when ctx ends.
func (c *Client) resolve(ctx context.Context, ref schemaRef, found sr.SubjectSchema) *entry {
	parsed, err := c.parse(ctx, found.Schema)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		e := refuse(ref, err)
		if errors.Is(err, errNotFound) {
			e.poison.Reason = retry.ReasonUnknownSchema // it may be registered yet
		}
		return e
	}
	parsed.id = int32(found.ID)
	return parsed
}

// ask asks the registry for the schema. Some registries say its id to who asks
// by the GUID.
func (r schemaRef) ask(ctx context.Context, cl *sr.Client) (sr.SubjectSchema, error) {
	if r.byGUID {
		return cl.SchemaByGUID(ctx, r.text())
	}
	found, err := cl.SchemaByID(ctx, int(r.id))
	return sr.SubjectSchema{ID: int(r.id), Schema: found}, err
}

// parse gives a schema with its references.
func (c *Client) parse(ctx context.Context, s sr.Schema) (*entry, error) {
	if s.Type != sr.TypeAvro {
		return nil, fmt.Errorf("it is a schema of type %s, and only Avro is read", s.Type)
	}
	r := resolver{client: c, seen: map[sr.SchemaReference]bool{}, size: len(s.Schema)}
	if err := r.walk(ctx, s.References, 1); err != nil {
		return nil, err
	}
	parsed, err := avro.Parse(s.Schema, r.refs)
	if err != nil {
		return nil, err
	}
	return &entry{schema: parsed, size: r.size, print: r.print(s.Schema)}, nil
}

// print tells a schema with its references from all others.
func (r *resolver) print(text string) [sha256.Size]byte {
	h := sha256.New()
	for _, ref := range r.refs {
		fmt.Fprintf(h, "%d %s", len(ref.Schema), ref.Schema)
	}
	fmt.Fprintf(h, "%d %s", len(text), text)
	return [sha256.Size]byte(h.Sum(nil))
}

// resolver gathers references, each after those it needs itself.
type resolver struct {
	client *Client
	refs   []avro.Reference
	seen   map[sr.SchemaReference]bool // false while on the way down, true when gathered
	size   int
}

func (r *resolver) walk(ctx context.Context, references []sr.SchemaReference, depth int) error {
	for _, ref := range references {
		// The same version may be referred to under several names; it is one schema.
		at := sr.SchemaReference{Subject: ref.Subject, Version: ref.Version}
		gathered, met := r.seen[at]
		switch {
		case gathered:
			continue
		case met:
			return fmt.Errorf("its references go in a circle at subject %q version %d", ref.Subject, ref.Version)
		case depth > maxReferenceDepth:
			return fmt.Errorf("its references are more than %d deep", maxReferenceDepth)
		case len(r.seen) >= maxReferences:
			return fmt.Errorf("it has more than %d references", maxReferences)
		}
		r.seen[at] = false
		if err := r.gather(ctx, ref, depth); err != nil {
			return err
		}
		r.seen[at] = true
	}
	return nil
}

func (r *resolver) gather(ctx context.Context, ref sr.SchemaReference, depth int) error {
	what := fmt.Sprintf("subject %q version %d", ref.Subject, ref.Version)
	found, err := call(ctx, r.client, what, func(ctx context.Context, cl *sr.Client) (sr.SubjectSchema, error) {
		// A deleted version may still be referred to.
		return cl.SchemaByVersion(sr.WithParams(ctx, sr.ShowDeleted), ref.Subject, ref.Version)
	})
	if err != nil {
		return fmt.Errorf("its reference to %s: %w", what, err)
	}
	if r.size += len(found.Schema.Schema); r.size > maxSchemaBytes {
		return fmt.Errorf("it has more than %d bytes with its references", maxSchemaBytes)
	}
	if err := r.walk(ctx, found.References, depth+1); err != nil {
		return err
	}
	r.refs = append(r.refs, avro.Reference{Name: ref.Name, Schema: found.Schema.Schema})
	return nil
}
