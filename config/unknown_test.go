package config_test

import (
	"strings"
	"testing"

	"ingest/config"
)

func TestUnknownNamesAreErrors(t *testing.T) {
	for name, want := range map[string]string{
		"INGEST_KAFKA_BROKER":              "did you mean INGEST_KAFKA_BROKERS?",
		"INGEST_KAKFA_BROKERS":             "did you mean INGEST_KAFKA_BROKERS?",
		"INGEST_BROKERS":                   "did you mean INGEST_KAFKA_BROKERS?",
		"INGEST_HTTP_ADDRESS":              "did you mean INGEST_HTTP_ADDR?",
		"INGEST_LOGLEVEL":                  "did you mean INGEST_LOG_LEVEL?",
		"INGEST_KAFKA_SASL_PASWORD_FILE":   "did you mean INGEST_KAFKA_SASL_PASSWORD_FILE?",
		"INGEST_CASANDRA_PORT":             "did you mean INGEST_CASSANDRA_PORT?",
		"INGEST_SOMETHING_ELSE_ALTOGETHER": "docs/configuration.md lists them, and so does ingest config",
		"INGEST_":                          "docs/configuration.md lists them, and so does ingest config",
	} {
		_, err := config.Load(with(name, "s3cret-value"))
		got := faultLines(t, err)
		if len(got) != 1 || !strings.HasPrefix(got[0], name+": is no setting; ") || !strings.HasSuffix(got[0], want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if strings.Contains(err.Error(), "s3cret-value") {
			t.Errorf("%s: the value is shown", name)
		}
	}
}

// What Kubernetes v1.37 injects for services called ingest, ingest-foo and
// ingest-cassandra with a port named http.
func TestInjectedNamesAreLeftAlone(t *testing.T) {
	c, err := config.Load(with(
		"INGEST_SERVICE_HOST", "10.0.0.1",
		"INGEST_SERVICE_PORT", "8080",
		"INGEST_SERVICE_PORT_HTTP", "8080",
		"INGEST_PORT", "tcp://10.0.0.1:8080",
		"INGEST_PORT_8080_TCP", "tcp://10.0.0.1:8080",
		"INGEST_PORT_8080_TCP_PROTO", "tcp",
		"INGEST_PORT_8080_TCP_PORT", "8080",
		"INGEST_PORT_8080_TCP_ADDR", "10.0.0.1",
		"INGEST_FOO_SERVICE_HOST", "10.0.0.2",
		"INGEST_FOO_SERVICE_PORT", "9042",
		"INGEST_FOO_PORT", "tcp://10.0.0.2:9042",
		"INGEST_FOO_PORT_53_UDP_ADDR", "10.0.0.2",
		"INGEST_CASSANDRA_SERVICE_HOST", "10.0.0.3",
		"INGEST_CASSANDRA_PORT", "tcp://10.0.0.3:9042",
		"INGEST_CASSANDRA_PORT_9042_TCP", "tcp://10.0.0.3:9042",
	))
	if err != nil {
		t.Fatal(err)
	}
	if c.Sink.Cassandra.Port != 9042 {
		t.Errorf("port %d", c.Sink.Cassandra.Port)
	}
	c, err = config.Load(with("INGEST_CASSANDRA_PORT", "19042"))
	if err != nil || c.Sink.Cassandra.Port != 19042 {
		t.Errorf("our own port: %v, %v", c.Sink.Cassandra.Port, err)
	}
}
