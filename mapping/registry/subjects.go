package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ingest/mapping"
)

// valueShapes gives the shapes of all versions that a topic's values can have. Where
// tables name the records they take, each record can have a subject of its own:
// <topic>-<record> and <record> are those of the serializers' TopicRecordNameStrategy
// and RecordNameStrategy.
func (c *Client) valueShapes(ctx context.Context, t *mapping.Topic) ([]mapping.NamedShape, mapping.Diagnostics, error) {
	names := t.RecordNames()
	if len(names) == 0 || t.Value.Subject != "" || t.Value.Kind != mapping.FormatAvro || t.Value.Schema != nil {
		return c.shapes(ctx, t.Value, t.Name+"-value", t.Pos)
	}
	subjects, err := c.recordSubjects(ctx, t.Name, names)
	if err != nil {
		return nil, nil, err
	}
	warn := warner(t.Value, t.Pos)
	var named []mapping.NamedShape
	var found mapping.Diagnostics
	for _, subject := range append(subjects, t.Name+"-value") {
		versions, err := c.Versions(ctx, subject)
		switch {
		case ctx.Err() != nil:
			return nil, nil, context.Cause(ctx)
		case errors.Is(err, ErrUnknownSubject):
			continue
		case err != nil:
			found = append(found, warn(err.Error()+": what it feeds is not checked", ""))
			continue
		}
		shapes, more := readable(versions, warn)
		named, found = append(named, shapes...), append(found, more...)
	}
	if len(named) == 0 && len(found) == 0 {
		found = append(found, warn(fmt.Sprintf("the schema registry knows no subject of the records of topic %q: what they feed is not checked", t.Name),
			"register the schemas as "+t.Name+"-value, "+t.Name+"-"+names[0]+" or "+names[0]+", or name their subject with `subject:`"))
	}
	return named, found, nil
}

// recordSubjects gives the subjects that records of these names can be registered
// under. A short name is looked for in the registry's list of subjects. Its error
// is ctx's cause.
func (c *Client) recordSubjects(ctx context.Context, topic string, names []string) ([]string, error) {
	var known, subjects []string
	if slices.ContainsFunc(names, func(n string) bool { return !strings.Contains(n, ".") }) {
		var err error
		known, err = c.listSubjects(ctx)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			known = nil // one that lists none may still know those that are asked for
		}
	}
	for _, name := range names {
		subjects = append(subjects, topic+"-"+name, name)
		for _, subject := range known {
			if full := strings.TrimPrefix(subject, topic+"-"); strings.HasSuffix(full, "."+name) && !strings.Contains(full, "-") {
				subjects = append(subjects, subject)
			}
		}
	}
	slices.Sort(subjects)
	return slices.Compact(subjects), nil
}
