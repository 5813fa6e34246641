package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"ingest/config"
	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/mapping/registry"
)

// envRegistry is the setting that a file without schemas of the registry can do
// without.
const envRegistry = "INGEST_SCHEMA_REGISTRY_URLS"

// withoutRegistry gives what need not be set for a mapping file; path is that of a
// command's argument, or empty for the one that the environment names. A file with
// faults is told of later.
func (p *process) withoutRegistry(path string) []string {
	if path == "" {
		cfg, _ := config.LoadFor(p.environ)
		path = cfg.MappingFile
	}
	if file, _, err := readMapping(path); err != nil || file.NeedsRegistry() {
		return nil
	}
	return []string{envRegistry}
}

// required gives the settings of names that a command needs for a mapping file.
func (p *process) required(path string, names ...string) []string {
	waived := p.withoutRegistry(path)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(waived, name) })
}

// openRegistry makes the client of the schema registry; nil when the file needs none.
func openRegistry(cfg *config.Config, file *mappingFile, deps registry.Deps) (*registry.Client, error) {
	if !file.NeedsRegistry() {
		return nil, nil
	}
	client, err := registry.New(cfg.Registry, deps)
	if err != nil {
		return nil, misconfigured(err)
	}
	return client, nil
}

// readSchemas reads the schemas that a mapping file gives by their paths.
func readSchemas(file *mapping.File, path string) (*mapping.File, mapping.Diagnostics) {
	return file.ReadSchemas(func(name string) (string, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		text, err := readBounded(name)
		if fault, ok := errors.AsType[*fs.PathError](err); ok {
			return "", fmt.Errorf("%s: %w", fault.Path, fault.Err)
		}
		if err != nil {
			return "", err
		}
		_, err = avro.Parse(string(text), nil)
		return string(text), err
	})
}
