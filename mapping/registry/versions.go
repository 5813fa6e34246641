package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/sr"

	"ingest/mapping"
)

// ErrUnknownSubject says that nothing is registered under a subject.
var ErrUnknownSubject = errors.New("the schema registry does not know the subject")

// maxVersions bounds how many versions of a subject are looked at, the newest.
const maxVersions = 1000

// Version is one registered version of a subject.
type Version struct {
	Subject string
	Version int
	ID      int32
	Shape   *mapping.Shape // nil when Err says why
	Err     error          // its text is no Avro schema that can be read
	File    string         // that it was read from, empty: the registry has it
}

// Name is what diagnostics call it.
func (v *Version) Name() string {
	if v.File != "" {
		return fmt.Sprintf("%s (subject %s version %d)", v.File, v.Subject, v.Version)
	}
	return fmt.Sprintf("subject %s version %d (id %d)", v.Subject, v.Version, v.ID)
}

// Versions gives every registered version of a subject, the newest last. It
// waits as Schema does. Its error is ctx's cause or wraps ErrUnknownSubject.
func (c *Client) Versions(ctx context.Context, subject string) ([]Version, error) {
	if c.files != nil {
		return c.fromFiles(subject)
	}
	numbers, err := call(ctx, c, fmt.Sprintf("the versions of subject %q", subject), func(ctx context.Context, cl *sr.Client) ([]int, error) {
		return cl.SubjectVersions(ctx, subject)
	})
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil && len(numbers) == 0, errors.Is(err, errNotFound):
		return nil, fmt.Errorf("%w %q", ErrUnknownSubject, subject)
	case err != nil:
		return nil, fmt.Errorf("listing the versions of subject %q: %w", subject, err)
	}
	slices.Sort(numbers)
	numbers = numbers[max(0, len(numbers)-maxVersions):]
	var versions []Version
	for _, number := range numbers {
		v, err := c.version(ctx, subject, number)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !errors.Is(err, errNotFound) { // else it was deleted meanwhile
			v.Err = err
			versions = append(versions, v)
		}
	}
	return versions, nil
}

func (c *Client) version(ctx context.Context, subject string, number int) (Version, error) {
	v := Version{Subject: subject, Version: number}
	found, err := call(ctx, c, fmt.Sprintf("subject %q version %d", subject, number), func(ctx context.Context, cl *sr.Client) (sr.SubjectSchema, error) {
		return cl.SchemaByVersion(ctx, subject, number)
	})
	if err != nil {
		return v, err
	}
	v.ID = int32(found.ID)
	parsed, err := c.parse(ctx, found.Schema)
	if err != nil {
		// Not errNotFound: the version is there, a reference of it is not.
		return v, errors.New(v.Name() + ": " + err.Error())
	}
	v.Shape = parsed.schema.Shape()
	return v, nil
}

// Shapes gives what CheckShapes holds a program against: every registered version
// of its topic's key and value schemas that can be read, the newest last. A subject
// that is not registered yet, or a version that cannot be read, is a warning:
// records of it become dead letters, others are written. A schema that the file
// gives is the only version, and c may be nil when there is none else. Its error is
// ctx's cause.
func (c *Client) Shapes(ctx context.Context, p *mapping.Program) (key, value []mapping.NamedShape, found mapping.Diagnostics, err error) {
	if key, found, err = c.shapes(ctx, p.Topic.Key, p.Topic.Name+"-key", p.Topic.Pos); err != nil {
		return nil, nil, nil, err
	}
	value, more, err := c.valueShapes(ctx, &p.Topic)
	if err != nil {
		return nil, nil, nil, err
	}
	found = append(found, more...)
	for i := range found {
		found[i].File, found[i].Topic = p.FileName(), p.Topic.Name
	}
	return key, value, found, nil
}

// shapes gives the shapes of a key's or value's subject.
func (c *Client) shapes(ctx context.Context, f mapping.Format, subject string, at mapping.Pos) ([]mapping.NamedShape, mapping.Diagnostics, error) {
	if f.Kind != mapping.FormatAvro {
		return nil, nil, nil
	}
	if f.Schema != nil {
		named, found := givenShape(f.Schema)
		return named, found, nil
	}
	subject = cmp.Or(f.Subject, subject)
	warn := warner(f, at)
	versions, err := c.Versions(ctx, subject)
	switch {
	case ctx.Err() != nil:
		return nil, nil, context.Cause(ctx)
	case err != nil:
		hint := "register the schema, or name its subject with `subject:`"
		if c.files != nil {
			hint = "give it: --schema " + subject + "=FILE"
		}
		return nil, mapping.Diagnostics{warn(err.Error()+": what it feeds is not checked", hint)}, nil
	}
	named, found := readable(versions, warn)
	return named, found, nil
}

// warner makes the warnings about a key's or value's schemas.
func warner(f mapping.Format, at mapping.Pos) func(message, hint string) mapping.Diagnostic {
	if f.Pos != (mapping.Pos{}) {
		at = f.Pos
	}
	return func(message, hint string) mapping.Diagnostic {
		return mapping.Diagnostic{Severity: mapping.Warning, Line: at.Line, Col: at.Col, Message: message, Hint: hint}
	}
}

// readable gives the shapes of versions, and a warning for each that has none.
func readable(versions []Version, warn func(message, hint string) mapping.Diagnostic) (named []mapping.NamedShape, found mapping.Diagnostics) {
	for i := range versions {
		v := &versions[i]
		if v.Err != nil {
			found = append(found, warn(v.Err.Error(), "records of this version become dead letters"))
			continue
		}
		named = append(named, mapping.NamedShape{Name: v.Name(), Shape: v.Shape})
	}
	return named, found
}
