package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInitFromAFile drafts into a folder, and holds the draft against itself with
// `ingest validate --offline`.
func TestInitFromAFile(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	args := []string{"init", "--schema", "testdata/order.avsc", "--topic", "orders", "--key-format", "string", "--keyspace", "shop", "-o", folder}
	code, stdout, stderr := run(t, nil, args...)
	if code != 0 || !strings.Contains(stdout, "wrote "+filepath.Join(folder, "schema.cql")) {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	mappingFile, cql := filepath.Join(folder, "mapping.yaml"), filepath.Join(folder, "schema.cql")
	if code, stdout, stderr := run(t, nil, "validate", "--offline", "--cql", cql, "--schema", "orders-value=testdata/order.avsc", mappingFile); code != 0 {
		t.Errorf("validate: exit code %d\n%s%s", code, stdout, stderr)
	}
	if err := os.WriteFile(mappingFile, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run(t, nil, args...); code != exitUsage || !strings.Contains(stderr, "--force") {
		t.Errorf("files that are there: exit code %d\n%s", code, stderr)
	}
	if text, _ := os.ReadFile(mappingFile); string(text) != "mine" {
		t.Errorf("it is overwritten: %s", text)
	}
	if code, _, stderr := run(t, nil, append(args, "--force")...); code != 0 {
		t.Errorf("--force: exit code %d\n%s", code, stderr)
	}
	code, stdout, _ = run(t, nil, args[:len(args)-2]...)
	if code != 0 || !strings.HasPrefix(stdout, "# mapping.yaml\n") || !strings.Contains(stdout, "CREATE TABLE IF NOT EXISTS shop.orders") {
		t.Errorf("without -o: exit code %d\n%s", code, stdout)
	}
}

func TestInitRefuses(t *testing.T) {
	for _, tc := range []struct {
		args   string
		code   int
		stderr string
	}{
		{"", exitUsage, "--subject"},
		{"--schema testdata/order.avsc", exitUsage, "--key-format string"},
		{"--schema testdata/order.avsc --subject x", exitUsage, "names a schema already"},
		{"--key-schema k.avsc --subject x", exitUsage, "for --schema"},
		{"--schema testdata/order.avsc --key id", exitConfig, "such as value.id"},
		{"--schema testdata/order.avsc --key value.id --key-format long", exitUsage, "not read"},
		{"--schema testdata/none.avsc", exitConfig, "none.avsc"},
		{"--table orders", exitUsage, "KEYSPACE.TABLE"},
		{"--subject x", exitConfig, "INGEST_SCHEMA_REGISTRY_URLS"},
		{"--table shop.orders", exitConfig, "INGEST_CASSANDRA_HOSTS"},
	} {
		code, stdout, stderr := run(t, nil, append([]string{"init"}, strings.Fields(tc.args)...)...)
		if code != tc.code || !strings.Contains(stderr, tc.stderr) || stdout != "" {
			t.Errorf("init %s: exit code %d, want %d with %q:\n%s%s", tc.args, code, tc.code, tc.stderr, stdout, stderr)
		}
	}
}

func TestJSONSchemaIsPrinted(t *testing.T) {
	code, stdout, stderr := run(t, nil, "json-schema")
	var schema map[string]any
	if err := json.Unmarshal([]byte(stdout), &schema); code != 0 || stderr != "" || err != nil || schema["$schema"] == nil {
		t.Errorf("exit code %d, %v\n%s", code, err, stderr)
	}
}
