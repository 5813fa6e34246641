package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// settings that pass, for servers that nobody contacts.
var settings = []string{
	"INGEST_KAFKA_BROKERS=127.0.0.1:1", "INGEST_KAFKA_GROUP_ID=g",
	"INGEST_SCHEMA_REGISTRY_URLS=http://127.0.0.1:1", "INGEST_CASSANDRA_HOSTS=127.0.0.1",
	"INGEST_HTTP_ADDR=127.0.0.1:0",
}

const goodMapping = `version: 1
topics:
  - topic: orders
    key:
      format: string
    tables:
      - table: shop.orders
        columns:
          id: key
`

// run executes a command line without a process of its own.
func run(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &process{stdout: &out, stderr: &errs, environ: environ, exit: func(int) { t.Error("the process was ended") }}
	code = p.run(args)
	return code, out.String(), errs.String()
}

func mappingAt(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mapping.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatIsRefusedBeforeAnythingIsContacted(t *testing.T) {
	good := "INGEST_MAPPING_FILE=" + mappingAt(t, goodMapping)
	misspelt := mappingAt(t, strings.Replace(goodMapping, "columns:", "colums:", 1))
	for _, tc := range []struct {
		name    string
		environ []string
		args    []string
		code    int
		stderr  []string // each stands in it
	}{
		{"an unknown command", nil, []string{"rum"}, exitUsage, []string{`no command "rum"`}},
		{"an unknown flag", nil, []string{"run", "--fast"}, exitUsage, []string{"unknown flag: --fast", "ingest run --help"}},
		{"an argument too many", nil, []string{"run", "x"}, exitUsage, []string{"ingest run --help"}},
		{"nothing set", nil, []string{"run"}, exitConfig, []string{
			"INGEST_MAPPING_FILE", "INGEST_KAFKA_BROKERS", "INGEST_KAFKA_GROUP_ID", "INGEST_SCHEMA_REGISTRY_URLS", "INGEST_CASSANDRA_HOSTS"}},
		{"a misspelt setting", append([]string{good, "INGEST_KAFKA_BROKER=x:1"}, settings...), []string{"run"}, exitConfig,
			[]string{"INGEST_KAFKA_BROKER:", "did you mean INGEST_KAFKA_BROKERS?"}},
		{"no mapping file there", append([]string{"INGEST_MAPPING_FILE=/nonexistent/m.yaml"}, settings...), []string{"run"}, exitConfig,
			[]string{"INGEST_MAPPING_FILE", "/nonexistent/m.yaml", "no such file"}},
		{"a folder as mapping file", append([]string{"INGEST_MAPPING_FILE=/"}, settings...), []string{"run"}, exitConfig,
			[]string{"is not a file of at most"}},
		{"a misspelt mapping key", append([]string{"INGEST_MAPPING_FILE=" + misspelt}, settings...), []string{"run"}, exitConfig,
			[]string{misspelt + ":8:9: error", "colums:", "^", `did you mean "columns"?`}},
		{"validate without a file", settings, []string{"validate"}, exitUsage, []string{"INGEST_MAPPING_FILE"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, _, stderr := run(t, tc.environ, tc.args...)
			if code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			for _, part := range tc.stderr {
				if !strings.Contains(stderr, part) {
					t.Errorf("%q is not in:\n%s", part, stderr)
				}
			}
		})
	}
}

func TestValidateNamesTheFaultsOfTheFile(t *testing.T) {
	path := mappingAt(t, strings.Replace(goodMapping, "format: string", "format: xml", 1))
	code, stdout, _ := run(t, settings, "validate", path)
	if code != exitConfig || !strings.Contains(stdout, path+":5:15: error") || !strings.Contains(stdout, "does not fit") {
		t.Errorf("exit code %d and\n%s", code, stdout)
	}
	code, stdout, _ = run(t, settings, "validate", "--json", path)
	if code != exitConfig || !strings.Contains(stdout, `"line": 5`) {
		t.Errorf("exit code %d and\n%s", code, stdout)
	}
}

func TestValidateSaysForWhomItWaited(t *testing.T) {
	code, _, stderr := run(t, append([]string{"INGEST_CASSANDRA_PORT=1"}, settings...), "validate", "--timeout", "1s", mappingAt(t, goodMapping))
	if code != exitFailed || !strings.Contains(stderr, "Cassandra") {
		t.Errorf("exit code %d and\n%s", code, stderr)
	}
}

func TestConfigRedacts(t *testing.T) {
	code, stdout, _ := run(t, append([]string{"INGEST_CASSANDRA_USERNAME=writer", "INGEST_CASSANDRA_PASSWORD=correct-horse"}, settings...), "config")
	if code != exitDone || !strings.Contains(stdout, "writer") || strings.Contains(stdout, "correct-horse") {
		t.Errorf("exit code %d and\n%s", code, stdout)
	}
}

func TestVersion(t *testing.T) {
	if code, stdout, _ := run(t, nil, "version"); code != exitDone || !strings.HasPrefix(stdout, "ingest ") {
		t.Errorf("exit code %d and %q", code, stdout)
	}
}
