package config_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ingest/config"
)

var update = flag.Bool("update", false, "write docs/configuration.md")

func TestReferenceIsUpToDate(t *testing.T) {
	path := filepath.Join("..", "docs", "configuration.md")
	want := config.Reference()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Fatalf("docs/configuration.md is out of date (%v); run: go test ./config -update", err)
	}
}

func TestEverySettingIsDescribed(t *testing.T) {
	c, err := config.LoadFor(nil) // every default is parsed
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range c.Effective() {
		if !strings.HasPrefix(s.Name, "INGEST_") || seen[s.Name] {
			t.Errorf("%q: a wrong name, or one that stands twice", s.Name)
		}
		seen[s.Name] = true
		if s.Description == "" || !strings.HasSuffix(s.Description, ".") {
			t.Errorf("%s: description %q", s.Name, s.Description)
		}
		if s.Origin != config.Default {
			t.Errorf("%s: origin %q of an empty environment", s.Name, s.Origin)
		}
	}
	for _, name := range []string{"INGEST_MAPPING_FILE", "INGEST_KAFKA_SASL_PASSWORD", "INGEST_CASSANDRA_HOSTS", "INGEST_RETRY_MAX", "INGEST_HTTP_ADDR"} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestRequiredSettingsHaveExamples(t *testing.T) {
	if reference := config.Reference(); strings.Contains(reference, "for example ``") {
		t.Errorf("a required setting has no example:\n%s", reference)
	}
}

func TestEffective(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("hunter2hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(with(
		"INGEST_KAFKA_BROKERS", "a:1, b:2",
		"INGEST_KAFKA_SASL_MECHANISM", "PLAIN", "INGEST_KAFKA_SASL_USERNAME", "u", "INGEST_KAFKA_SASL_PASSWORD", "hunter2hunter2",
		"INGEST_CASSANDRA_USERNAME", "u", "INGEST_CASSANDRA_PASSWORD_FILE", path,
		"INGEST_MAPPING_FILE", "https://u:hunter2@hunter2@files.example/m.yaml",
	))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]config.Setting{
		"INGEST_KAFKA_BROKERS":         {Value: "a:1,b:2", Origin: config.Environment},
		"INGEST_KAFKA_SASL_PASSWORD":   {Value: "[redacted]", Origin: config.Environment},
		"INGEST_CASSANDRA_PASSWORD":    {Value: "[redacted] from " + path, Origin: config.File},
		"INGEST_KAFKA_SESSION_TIMEOUT": {Value: "45s", Origin: config.Default},
		"INGEST_KAFKA_TLS_ENABLED":     {Value: "false", Origin: config.Default},
		"INGEST_KAFKA_RACK":            {Value: "", Origin: config.Default},
		"INGEST_MAPPING_FILE":          {Value: "https://[redacted]@files.example/m.yaml", Origin: config.Environment},
	}
	for _, s := range c.Effective() {
		if w, ok := want[s.Name]; ok {
			if s.Value != w.Value || s.Origin != w.Origin {
				t.Errorf("%s: got %q from %s, want %q from %s", s.Name, s.Value, s.Origin, w.Value, w.Origin)
			}
			delete(want, s.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
}

// No secret shows in any error, listing or print of a Config, whatever else is
// wrong with the environment.
func TestSecretsAreNeverShown(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[G-W]{14,30}`).Draw(t, "secret")
		path := filepath.Join(dir, "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		env := minimal()
		for _, name := range []string{"INGEST_KAFKA_SASL_PASSWORD", "INGEST_CASSANDRA_PASSWORD", "INGEST_SCHEMA_REGISTRY_PASSWORD", "INGEST_KAFKA_SASL_PASWORD",
			"INGEST_CASSANDRA_ASTRA_TOKEN", "INGEST_CASSANDRA_ASTRA_CLIENT_SECRET"} {
			switch rapid.IntRange(0, 3).Draw(t, name) {
			case 1:
				env[name] = text
			case 2:
				env[name+"_FILE"] = path
			case 3:
				env[name], env[name+"_FILE"] = text, path
			}
		}
		if rapid.Bool().Draw(t, "in a URL") {
			env["INGEST_SCHEMA_REGISTRY_URLS"] = "https://user:" + text + "@registry:8081"
			env["INGEST_KAFKA_BROKERS"] = "kafka://user:" + text + "@kafka-1:9092"
			env["INGEST_CASSANDRA_HOSTS"] = "user:" + text + "@cassandra-1"
		}
		c, err := config.Load(environ(env))
		encoded, jsonErr := json.Marshal(c)
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		shown := fmt.Sprint(err)
		for _, s := range c.Effective() {
			shown += fmt.Sprintf("%+v\n", s)
		}
		if env["INGEST_CASSANDRA_HOSTS"] == minimal()["INGEST_CASSANDRA_HOSTS"] {
			shown += fmt.Sprintf("%v %+v %#v %s", c, c, c, encoded)
		}
		if strings.Contains(shown, text) {
			t.Fatalf("the secret is shown:\n%s", shown)
		}
	})
}
