package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"ingest/mapping"
	"ingest/mapping/registry"
	"ingest/sink"
)

// mappingFile is a mapping file that parsed, with its text for diagnostics.
type mappingFile struct {
	*mapping.File // nil when it did not parse
	path          string
	text          []byte
}

// maxMappingBytes bounds a mapping file.
const maxMappingBytes = 1 << 20

// readMapping parses a mapping file. Its error is what a person has to mend,
// every fault at once, rendered.
func readMapping(path string) (*mappingFile, mapping.Diagnostics, error) {
	text, err := readBounded(path)
	if err != nil {
		return nil, nil, fmt.Errorf("INGEST_MAPPING_FILE: %w", err)
	}
	file, found := mapping.Parse(path, text)
	if file != nil {
		read, faults := readSchemas(file, path)
		file, found = read, append(found, faults...)
	}
	m := &mappingFile{File: file, path: path, text: text}
	if err := found.Err(); err != nil {
		return m, found, errors.New(m.render(found))
	}
	return m, found, nil
}

func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxMappingBytes {
		return nil, fmt.Errorf("%s is not a file of at most %d bytes", path, maxMappingBytes)
	}
	return os.ReadFile(path) //nolint:gosec // the operator names the file
}

// render writes diagnostics for a person.
func (m *mappingFile) render(found mapping.Diagnostics) string {
	var b bytes.Buffer
	_ = found.Render(&b, m.text) // a buffer takes everything
	return string(bytes.TrimRight(b.Bytes(), "\n"))
}

// planner holds the topics of a mapping file against the live cluster and the
// registered schemas.
type planner struct {
	file     *mappingFile
	keyspace string // of tables for which the file names none
	session  *sink.Session
	registry *registry.Client
	offline  *mapping.Catalog // what CQL files say, in place of the session
	remarks  remarker
}

// remarker says what is worth knowing about a topic that fits; nil: nothing.
type remarker func(c *compiled, file *mapping.File, topic int, catalog *mapping.Catalog, key, value []mapping.NamedShape) mapping.Diagnostics

// compiled is one topic's program, or what is wrong with it.
type compiled struct {
	topic   string
	program *mapping.Program // nil when found holds an error
	found   mapping.Diagnostics

	tables   []string // that it feeds
	versions int      // of schemas, that it was held against
}

// compile plans the topics, by their index in the file, and finds the faults of
// tables and schemas together. An error means that the cluster or the registry did
// not answer.
func (p *planner) compile(ctx context.Context, topics []int) ([]compiled, error) {
	catalog, err := p.catalog(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]compiled, len(topics))
	for i, topic := range topics {
		if out[i], err = p.one(ctx, topic, catalog); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// catalog reads the live tables of the keyspaces that the file names.
func (p *planner) catalog(ctx context.Context) (*mapping.Catalog, error) {
	if p.offline != nil {
		p.offline.Default = p.keyspace
		return p.offline, nil
	}
	catalog, err := p.session.Catalog(ctx, p.file.Keyspaces(p.keyspace))
	if err != nil {
		return nil, fmt.Errorf("reading the live tables: %w", err)
	}
	catalog.Default = p.keyspace
	return catalog, nil
}

// one plans one topic against a catalog. An error means that the registry did not
// answer.
func (p *planner) one(ctx context.Context, topic int, catalog *mapping.Catalog) (compiled, error) {
	c := compiled{topic: p.file.Topics[topic].Name}
	c.program, c.found = mapping.Examine(p.file.File, topic, catalog)
	key, value, found, err := p.registry.Shapes(ctx, c.program)
	if err != nil {
		return compiled{}, err
	}
	c.found = slices.Concat(c.found, mapping.CheckShapes(c.program, key, value), found)
	c.versions = len(key) + len(value)
	if c.found.Err() == nil && p.session != nil {
		refused, err := p.tryStatements(ctx, c.program)
		if err != nil {
			return compiled{}, err
		}
		c.found = append(c.found, refused...)
	}
	for _, t := range c.program.Tables() {
		c.tables = append(c.tables, t.FullName())
	}
	if c.found.Err() != nil {
		c.program = nil
	} else if p.remarks != nil {
		c.found = append(c.found, p.remarks(&c, p.file.File, topic, catalog, key, value)...)
	}
	c.found.Sort()
	return c, nil
}

// tryStatements has the cluster prepare the statements that the mapping file writes
// out: it knows functions and constants better than the plan does.
func (p *planner) tryStatements(ctx context.Context, program *mapping.Program) (mapping.Diagnostics, error) {
	var found mapping.Diagnostics
	for i := range program.Write.Parts {
		st := program.Write.Parts[i].Statement
		if st == nil || st.Custom == nil {
			continue
		}
		refused, err := p.session.Try(ctx, st)
		if err != nil {
			return nil, err
		}
		if refused != "" {
			found = append(found, program.RefusedStatement(i, refused))
		}
	}
	return found, nil
}

// all gives the indexes of every topic of the file.
func (p *planner) all() []int {
	topics := make([]int, len(p.file.Topics))
	for i := range topics {
		topics[i] = i
	}
	return topics
}
