package config_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ingest/config"
)

// minimal is an environment that suffices.
func minimal() map[string]string {
	return map[string]string{
		"INGEST_MAPPING_FILE":         "/etc/ingest/mapping.yaml",
		"INGEST_KAFKA_BROKERS":        "kafka-1:9092",
		"INGEST_KAFKA_GROUP_ID":       "orders",
		"INGEST_SCHEMA_REGISTRY_URLS": "https://registry:8081",
		"INGEST_CASSANDRA_HOSTS":      "cassandra-1",
	}
}

func environ(env map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		out = append(out, name+"="+env[name])
	}
	return out
}

// with gives the minimal environment with names and values added or replaced.
func with(pairs ...string) []string {
	env := minimal()
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return environ(env)
}

// faultLines gives the lines of a Load error.
func faultLines(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*config.Error](err); !ok {
		t.Fatalf("got %T, want *config.Error", err)
	}
	return strings.Split(err.Error(), "\n")
}

func TestDefaults(t *testing.T) {
	c, err := config.Load(with("PATH", "/bin", "KAFKA_BROKERS", "not ours"))
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]any{
		"mapping file":     {c.MappingFile, "/etc/ingest/mapping.yaml"},
		"brokers":          {strings.Join(c.Kafka.Brokers, " "), "kafka-1:9092"},
		"start":            {c.Kafka.Start, "earliest"},
		"client id":        {c.Kafka.ClientID, "ingest"},
		"session timeout":  {c.Kafka.SessionTimeout, 45 * time.Second},
		"fetch bytes":      {c.Kafka.FetchMaxBytes, int32(512 << 10)},
		"cassandra port":   {c.Sink.Cassandra.Port, 9042},
		"consistency":      {c.Sink.Cassandra.Consistency, "LOCAL_QUORUM"},
		"in flight bytes":  {c.Pipeline.InFlightBytes, int64(64 << 20)},
		"commit interval":  {c.Pipeline.CommitInterval, time.Second},
		"shutdown timeout": {c.Pipeline.ShutdownTimeout, 25 * time.Second},
		"retry max":        {c.Sink.Retry.Max, 15 * time.Second},
		"http address":     {c.Telemetry.HTTPAddr, "127.0.0.1:8080"},
		"log level":        {c.Telemetry.LogLevel, "info"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %v, want %v", name, pair[0], pair[1])
		}
	}
}

func TestValuesAreRead(t *testing.T) {
	c, err := config.Load(with(
		"INGEST_KAFKA_BROKERS", " kafka-1:9092 ,, kafka-2:9093,\n",
		"INGEST_KAFKA_SESSION_TIMEOUT", "1m30s",
		"INGEST_KAFKA_FETCH_MAX_BYTES", "1048576\n",
		"INGEST_KAFKA_TLS_ENABLED", "true",
		"INGEST_KAFKA_RACK", "zone=a",
		"INGEST_KAFKA_CLIENT_ID", "", // empty: the default
		"INGEST_BATCH_ROWS", "7",
		"INGEST_DEAD_LETTER_REPLICATION_FACTOR", "3",
	))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Kafka.Brokers, "|"); got != "kafka-1:9092|kafka-2:9093" {
		t.Errorf("brokers %q", got)
	}
	if c.Kafka.SessionTimeout != 90*time.Second || c.Kafka.FetchMaxBytes != 1<<20 || !c.Kafka.TLS.Enabled ||
		c.Kafka.Rack != "zone=a" || c.Kafka.ClientID != "ingest" || c.Sink.Batch.Rows != 7 || c.DeadLetter.ReplicationFactor != 3 {
		t.Errorf("got %+v %+v %+v", c.Kafka, c.Sink.Batch, c.DeadLetter)
	}
}

func TestFaults(t *testing.T) {
	for name, test := range map[string]struct {
		environ []string
		want    []string // how each line begins
	}{
		"nothing is set": {nil, []string{
			"INGEST_MAPPING_FILE: is not set; for example INGEST_MAPPING_FILE=/etc/ingest/mapping.yaml",
			"INGEST_KAFKA_BROKERS: is not set; for example INGEST_KAFKA_BROKERS=kafka-1:9092,kafka-2:9092",
			"INGEST_KAFKA_GROUP_ID: is not set; for example INGEST_KAFKA_GROUP_ID=ingest-orders",
			"INGEST_SCHEMA_REGISTRY_URLS: is not set; for example INGEST_SCHEMA_REGISTRY_URLS=https://registry:8081",
			"INGEST_CASSANDRA_HOSTS: is not set; for example INGEST_CASSANDRA_HOSTS=cassandra-1,cassandra-2, or set INGEST_CASSANDRA_ASTRA_BUNDLE_FILE"}},
		"empty is not set":  {with("INGEST_KAFKA_GROUP_ID", " "), []string{"INGEST_KAFKA_GROUP_ID: is not set"}},
		"an empty list":     {with("INGEST_KAFKA_BROKERS", " , "), []string{"INGEST_KAFKA_BROKERS: is not set"}},
		"duration":          {with("INGEST_COMMIT_INTERVAL", "5"), []string{`INGEST_COMMIT_INTERVAL: "5" is not a duration such as 500ms, 30s or 5m`}},
		"boolean":           {with("INGEST_KAFKA_TLS_ENABLED", "yes"), []string{`INGEST_KAFKA_TLS_ENABLED: "yes" is not true or false`}},
		"number":            {with("INGEST_BATCH_ROWS", "1e3"), []string{`INGEST_BATCH_ROWS: "1e3" is not a whole number`}},
		"number too large":  {with("INGEST_KAFKA_FETCH_MAX_BYTES", "2147483648"), []string{`INGEST_KAFKA_FETCH_MAX_BYTES: "2147483648" is not a whole number, or too large`}},
		"a very long value": {with("INGEST_BATCH_ROWS", strings.Repeat("x", 50)), []string{`INGEST_BATCH_ROWS: "` + strings.Repeat("x", 40) + `"… is not`}},
		"out of bounds":     {with("INGEST_SHUTDOWN_TIMEOUT", "1ms"), []string{"INGEST_SHUTDOWN_TIMEOUT: 1ms is less than 1s"}},
		"fields of one name": {with("INGEST_SCHEMA_REGISTRY_TIMEOUT", "1", "INGEST_CASSANDRA_TIMEOUT", "2", "INGEST_CASSANDRA_TLS_ENABLED", "on"), []string{
			`INGEST_SCHEMA_REGISTRY_TIMEOUT: "1" is not a duration`, `INGEST_CASSANDRA_TLS_ENABLED: "on" is not true or false`, `INGEST_CASSANDRA_TIMEOUT: "2" is not a duration`}},
		"the name of a group": {with("INGEST_KAFKA_", "x"), []string{"INGEST_KAFKA_: is no setting"}},
		"all at once": {with("INGEST_KAFKA_START", "now", "INGEST_LOG_LEVEL", "loud", "INGEST_BATCH_ROWS", "x", "INGEST_KAFKA_BROKER", "k:1"), []string{
			`INGEST_BATCH_ROWS: "x" is not`, "INGEST_KAFKA_BROKER: is no setting; did you mean INGEST_KAFKA_BROKERS?",
			`INGEST_KAFKA_START: "now" is not one of`, `INGEST_LOG_LEVEL: "loud" is not one of`}},
		"TLS of each connection": {with("INGEST_KAFKA_TLS_CA_FILE", "/ca", "INGEST_CASSANDRA_TLS_CA_FILE", "/ca", "INGEST_SCHEMA_REGISTRY_TLS_CA_FILE", "/ca"), []string{
			"INGEST_KAFKA_TLS_CA_FILE: is set, but TLS is off", "INGEST_SCHEMA_REGISTRY_TLS_CA_FILE: is set, but TLS is off", "INGEST_CASSANDRA_TLS_CA_FILE: is set, but TLS is off"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(test.environ)
			got := faultLines(t, err)
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}

func TestLoadForAsksOnlyForWhatIsNeeded(t *testing.T) {
	if _, err := config.LoadFor(nil); err != nil {
		t.Errorf("nothing needed: %v", err)
	}
	_, err := config.LoadFor(nil, "INGEST_KAFKA_BROKERS")
	if got := faultLines(t, err); len(got) != 1 || !strings.HasPrefix(got[0], "INGEST_KAFKA_BROKERS: is not set") {
		t.Errorf("got %q", got)
	}
	c, err := config.LoadFor([]string{"INGEST_KAFKA_START=now", "INGEST_KAFKA_RACK=a"})
	if got := faultLines(t, err); len(got) != 1 || !strings.HasPrefix(got[0], "INGEST_KAFKA_START: ") {
		t.Errorf("what is set must be right: got %q", got)
	}
	if c == nil || c.Kafka.Rack != "a" {
		t.Errorf("what could be read: got %v", c)
	}
}

func TestSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("from the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const name = "INGEST_CASSANDRA_PASSWORD"
	for title, test := range map[string]struct {
		environ []string
		want    string // the secret
		fault   string // how the only fault begins
	}{
		"literal":        {with("INGEST_CASSANDRA_USERNAME", "u", name, " given "), " given ", ""},
		"file":           {with("INGEST_CASSANDRA_USERNAME", "u", name+"_FILE", path), "from the file", ""},
		"none":           {with("INGEST_CASSANDRA_USERNAME", "", name, "", name+"_FILE", ""), "", ""},
		"empty and file": {with("INGEST_CASSANDRA_USERNAME", "u", name, "", name+"_FILE", path), "from the file", ""},
		"both": {with("INGEST_CASSANDRA_USERNAME", "u", name, "given", name+"_FILE", path), "",
			name + ": is set, and so is " + name + "_FILE; set only one of them"},
		"missing file": {with("INGEST_CASSANDRA_USERNAME", "u", name+"_FILE", path+".none"), "",
			name + "_FILE: reading the secret file " + path + ".none: no such file or directory"},
	} {
		t.Run(title, func(t *testing.T) {
			c, err := config.Load(test.environ)
			if test.fault != "" {
				if got := faultLines(t, err); len(got) != 1 || !strings.HasPrefix(got[0], test.fault) {
					t.Fatalf("got %q, want %q", got, test.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.Sink.Cassandra.Password.Reveal(); err != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestTheFirstOfTwoCounts(t *testing.T) {
	c, err := config.Load(append(with("INGEST_KAFKA_RACK", "first"), "INGEST_KAFKA_RACK=second"))
	if err != nil || c.Kafka.Rack != "first" {
		t.Errorf("got %v, %v", c.Kafka.Rack, err)
	}
}

// The package that parses falls back to the process's own environment.
func TestOnlyTheGivenEnvironmentCounts(t *testing.T) {
	t.Setenv("INGEST_KAFKA_RACK", "of the process")
	for _, environ := range [][]string{nil, {}, {"PATH=/bin"}} {
		c, err := config.LoadFor(environ)
		if err != nil || c.Kafka.Rack != "" {
			t.Errorf("%q: got %q, %v", environ, c.Kafka.Rack, err)
		}
	}
}
