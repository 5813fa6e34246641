package draft_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/mapping/ddl"
	"ingest/mapping/draft"
	"ingest/mapping/registry"
	"ingest/test/tried"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != got {
		t.Errorf("differs from %s (%v); run with -update and look at the change:\n%s", path, err, got)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func shape(t *testing.T, text string) *mapping.Shape {
	t.Helper()
	schema, err := avro.Parse(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return schema.Shape()
}

// runs fails the test unless a draft runs as it is: its statements can be read, its
// mapping has no error against their tables and the schemas.
func runs(t *testing.T, mappingText, cql string, schemas ...registry.SchemaFile) {
	t.Helper()
	e := tried.Example{Mapping: mappingText, CQL: cql, Schemas: schemas}
	if _, err := e.Rows(t.Context()); err != nil {
		t.Errorf("%v\n%s%s", err, mappingText, cql)
	}
}

// TestSchemas drafts for the schemas of testdata. A file name.key.avsc is the
// schema of the keys; without one they are texts.
func TestSchemas(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.value.avsc")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d schemas, %v", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".value.avsc")
		t.Run(name, func(t *testing.T) {
			text := read(t, path)
			in := &draft.Input{Origin: name + ".avsc", Topic: name, Keyspace: "shop", Value: shape(t, text), KeyFormat: "string"}
			schemas := []registry.SchemaFile{{Subject: name + "-value", File: path, Text: text}}
			if key, err := os.ReadFile(filepath.Join("testdata", name+".key.avsc")); err == nil {
				in.Key = shape(t, string(key))
				schemas = append(schemas, registry.SchemaFile{Subject: name + "-key", File: "key", Text: string(key)})
			}
			d, err := draft.FromSchema(in)
			if err != nil {
				t.Fatal(err)
			}
			runs(t, d.Mapping, d.CQL, schemas...)
			golden(t, name+".golden", d.Mapping+"\n"+d.CQL)
		})
	}
}

const customer = `{"type": "record", "name": "Customer", "fields": [
	{"name": "customerId", "type": "long"}, {"name": "name", "type": ["null", "string"]}, {"name": "vip", "type": "boolean"}]}`

// TestKeyOfTheValue: the primary key comes from fields of the value.
func TestKeyOfTheValue(t *testing.T) {
	in := &draft.Input{Origin: "customer.avsc", Topic: "customers", Keyspace: "shop", Value: shape(t, customer), KeyPaths: []string{"value.customerId"}}
	d, err := draft.FromSchema(in)
	if err != nil {
		t.Fatal(err)
	}
	runs(t, d.Mapping, d.CQL, registry.SchemaFile{Subject: "customers-value", Text: customer})
	golden(t, "key_of_value.golden", d.Mapping+"\n"+d.CQL)
}

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		in   draft.Input
		want string
	}{
		"no record":     {draft.Input{Value: shape(t, `"string"`), KeyFormat: "string"}, "only a record's fields make columns"},
		"no such field": {draft.Input{Value: shape(t, customer), KeyPaths: []string{"value.id"}}, `no field "value.id"`},
		"no path":       {draft.Input{Value: shape(t, customer), KeyPaths: []string{"customerId"}}, `no field "customerId"`},
		"no format":     {draft.Input{Value: shape(t, customer), KeyFormat: "text"}, "no format of keys"},
	} {
		if _, err := draft.FromSchema(&tc.in); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	if _, err := draft.FromSchema(&draft.Input{Value: shape(t, customer)}); !errors.Is(err, draft.ErrNoKey) {
		t.Errorf("no key: %v", err)
	}
}

// TestTables drafts for tables that are there.
func TestTables(t *testing.T) {
	const tables = `CREATE TABLE shop.customers (customer_id bigint PRIMARY KEY, name text, vip int, since timestamp)
		WITH default_time_to_live = 3600;
	CREATE TABLE shop.by_name (name text, customer_id bigint, region text STATIC, vip boolean, PRIMARY KEY (name, customer_id));`
	var s ddl.Schema
	if err := s.Read("tables", []byte(tables)).Err(); err != nil {
		t.Fatal(err)
	}
	const key = `{"type": "record", "name": "Key", "fields": [{"name": "customer_id", "type": "long"}]}`
	schemas := []registry.SchemaFile{{Subject: "customers-value", Text: customer}, {Subject: "customers-key", Text: key}}
	var all strings.Builder
	for _, tc := range []struct {
		table string
		in    draft.Input
	}{
		{"customers", draft.Input{Value: shape(t, customer), Key: shape(t, key)}},
		{"customers", draft.Input{Value: shape(t, customer), KeyFormat: "long"}},
		{"by_name", draft.Input{Value: shape(t, customer), Key: shape(t, key)}},
		{"by_name", draft.Input{Value: shape(t, customer)}},
		{"by_name", draft.Input{}},
	} {
		in := tc.in
		in.Origin, in.Topic = "table shop."+tc.table, "customers"
		d, err := draft.FromTable(s.Catalog().Keyspaces["shop"][tc.table], &in)
		if err != nil {
			t.Error(err)
			continue
		}
		if in.Value != nil {
			runs(t, d.Mapping, tables, schemas...)
		} else if _, ds := mapping.Parse("m", []byte(d.Mapping)); ds.Err() != nil {
			t.Error(ds)
		}
		all.WriteString(d.Mapping + "\n")
	}
	golden(t, "tables.golden", all.String())
}

// TestJSONColumns: what has no CQL type comes as JSON, by the draft as it is.
func TestJSONColumns(t *testing.T) {
	text := read(t, "testdata/tree.value.avsc")
	d, err := draft.FromSchema(&draft.Input{Origin: "tree.avsc", Topic: "tree", Keyspace: "shop", Value: shape(t, text), KeyFormat: "string"})
	if err != nil {
		t.Fatal(err)
	}
	leaf := `"name": "a", "leaf": {"aB": 1, "ab": 2, "self": {"Order": {"aB": 3, "ab": 4, "self": null}}}, "empty": {}, "twin": {"aB": 5, "ab": 6, "self": null}, "twins": [], "only": {"nothing": null, "back": null}`
	e := tried.Example{Mapping: d.Mapping, CQL: d.CQL, Schemas: []registry.SchemaFile{{Subject: "tree-value", Text: text}}, Records: `
		{"key": "k", "value": {` + leaf + `, "children": [{` + leaf + `, "children": [], "events": null, "mixed": {}}], "events": {"View": {"page": "p"}}, "mixed": {"x": {"int": 1}, "y": {"string": "z"}}}}`}
	got, err := e.Rows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{` children='[{"children":[],`, ` events='{"page":"p"}'`, ` leaf_self='{"aB":3,"ab":4,"self":null}'`, ` mixed='{"x":1,"y":"z"}'`, ` empty='{}'`, ` only='{"back":null,"nothing":null}'`} {
		if !strings.Contains(got, want) {
			t.Errorf("no%s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "twin_self") || strings.Contains(got, "dead letter") {
		t.Errorf("a null is no JSON:\n%s", got)
	}
}
