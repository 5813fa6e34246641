package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/sr"

	"ingest/mapping/avro"
)

// SchemaFile is a version of a subject as a file holds it.
type SchemaFile struct {
	Subject string
	File    string // what messages call it
	Text    string
}

// noFile says that no file was given for a subject. It is an ErrUnknownSubject.
type noFile struct{ subject string }

func (e noFile) Error() string {
	return fmt.Sprintf("no schema file is given for the subject %q", e.subject)
}

func (e noFile) Is(target error) bool { return target == ErrUnknownSubject }

// NewOffline makes a Client that asks nobody: it knows the schemas of files, and no
// others. Several of one subject are its versions, the oldest first. Ids count
// from 1, in the order of the files. refs are what the schemas refer to by name,
// each after those it needs itself. Its error names every file that cannot be read
// as a schema.
func NewOffline(files []SchemaFile, refs []avro.Reference) (*Client, error) {
	c := &Client{known: known{}, unknown: unknown{}, files: map[string][]Version{}}
	var errs []error
	for i, f := range files {
		schema, err := avro.Parse(f.Text, refs)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.File, err))
			continue
		}
		id := int32(i + 1)
		versions := c.files[f.Subject]
		c.files[f.Subject] = append(versions, Version{Subject: f.Subject, Version: len(versions) + 1, ID: id, Shape: schema.Shape(), File: f.File})
		c.known[schemaRef{id: id}] = &entry{id: id, schema: schema}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Client) fromFiles(subject string) ([]Version, error) {
	versions := c.files[subject]
	if len(versions) == 0 {
		return nil, noFile{subject}
	}
	return versions, nil
}

// listSubjects gives all subjects that there are.
func (c *Client) listSubjects(ctx context.Context) ([]string, error) {
	if c.files != nil {
		return slices.Sorted(maps.Keys(c.files)), nil
	}
	return call(ctx, c, "the list of subjects", func(ctx context.Context, cl *sr.Client) ([]string, error) { return cl.Subjects(ctx) })
}
