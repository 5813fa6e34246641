package sink

import (
	"strings"
	"testing"

	"github.com/caarlos0/env/v11"

	"ingest/config/secret"
)

func defaultConfig(t *testing.T) Config {
	t.Helper()
	var c Config
	if err := env.ParseWithOptions(&c, env.Options{Environment: map[string]string{"CASSANDRA_HOSTS": "a,b"}}); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultsAreValid(t *testing.T) {
	if err := defaultConfig(t).Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidateReportsAllFaults(t *testing.T) {
	c := defaultConfig(t)
	c.Cassandra.Hosts = []string{"ok", "http://user:sekrit@host"}
	c.Cassandra.Port = 0
	c.Cassandra.Consistency = "ANY"
	c.Cassandra.Password = secret.Literal("sekrit")
	c.Cassandra.Timeout = 0
	c.Cassandra.ConnectTimeout = 0
	c.Cassandra.TLS.CAFile = "/ca.pem"
	c.Batch = BatchConfig{Rows: 0, Bytes: -1, PartitionBytes: 1 << 30, Partitions: 0}
	c.InFlight = InFlightConfig{Requests: 0, RowsPerSecond: -1}
	c.Retry.Max = 0
	text := ""
	if err := c.Validate(); err != nil {
		text = err.Error()
	}
	for _, name := range []string{"CASSANDRA_HOSTS: entry 2", "CASSANDRA_PORT", "CASSANDRA_CONSISTENCY: ANY", "CASSANDRA_PASSWORD", "CASSANDRA_TIMEOUT",
		"CASSANDRA_CONNECT_TIMEOUT", "CASSANDRA_TLS_CA_FILE", "BATCH_ROWS", "BATCH_BYTES", "BATCH_PARTITION_BYTES", "BATCH_PARTITIONS",
		"IN_FLIGHT_REQUESTS", "IN_FLIGHT_ROWS_PER_SECOND", "RETRY_MAX"} {
		if !strings.Contains(text, "INGEST_"+name) && !strings.Contains(text, name) {
			t.Errorf("no fault names %s:\n%s", name, text)
		}
	}
	if strings.Contains(text, "sekrit") {
		t.Errorf("a secret is shown: %s", text)
	}
}

func TestParseConsistency(t *testing.T) {
	for text, ok := range map[string]bool{"LOCAL_QUORUM": true, "local_one": true, "EACH_QUORUM": true, "ALL": true, "ANY": false, "any": false, "": false, "SOME": false} {
		if _, err := parseConsistency(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
