package tried

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ingest/mapping/registry"
)

// Folder reads an example of a folder: mapping.yaml, schema.cql, records.jsonl,
// and for each subject a file SUBJECT.avsc.
func Folder(path string) (*Example, error) {
	e := &Example{}
	for name, into := range map[string]*string{"mapping.yaml": &e.Mapping, "schema.cql": &e.CQL, "records.jsonl": &e.Records} {
		text, err := os.ReadFile(filepath.Join(path, name))
		if err != nil {
			return nil, err
		}
		*into = string(text)
	}
	files, err := filepath.Glob(filepath.Join(path, "*.avsc"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%d schemas in %s, %w", len(files), path, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		e.Schemas = append(e.Schemas, registry.SchemaFile{Subject: strings.TrimSuffix(filepath.Base(file), ".avsc"), File: file, Text: string(text)})
	}
	return e, nil
}
