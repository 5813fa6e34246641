//go:build stack

package secure

import (
	"maps"
	"strings"
	"testing"
	"time"
)

// runLimit is how long a handful of records may take, start-up included.
const runLimit = time.Minute

// TestConnections moves a handful of records over every kind of connection.
// Cassandra demands TLS and a password in each of them.
func TestConnections(t *testing.T) {
	g := newGoods(t)
	for _, c := range []struct {
		name   string
		change map[string]string // "" removes a setting
	}{
		{"what the stack says", nil},
		{"PLAIN over TLS", map[string]string{"INGEST_KAFKA_SASL_MECHANISM": "PLAIN"}},
		{"SCRAM-SHA-256 over TLS", map[string]string{"INGEST_KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"}},
		{"SCRAM-SHA-512 over TLS", map[string]string{"INGEST_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512"}},
		{"SCRAM-SHA-512 without TLS", map[string]string{
			"INGEST_KAFKA_BROKERS": list(servers.Security.SASLBrokers), "INGEST_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
			"INGEST_KAFKA_TLS_ENABLED": "", "INGEST_KAFKA_TLS_CA_FILE": "",
		}},
		{"client certificate", clientCertificate(servers.Security.ClientCertFile, servers.Security.ClientKeyFile)},
		{"client certificate for Cassandra", map[string]string{
			"INGEST_CASSANDRA_TLS_CERT_FILE": servers.Security.ClientCertFile, "INGEST_CASSANDRA_TLS_KEY_FILE": servers.Security.ClientKeyFile,
		}},
		{"registry without TLS", map[string]string{
			"INGEST_SCHEMA_REGISTRY_URLS": servers.Security.RegistryBasicURL, "INGEST_SCHEMA_REGISTRY_TLS_ENABLED": "",
			"INGEST_SCHEMA_REGISTRY_TLS_CA_FILE": "",
		}},
		{"passwords in the environment", map[string]string{
			"INGEST_KAFKA_SASL_PASSWORD": servers.Security.KafkaPassword, "INGEST_KAFKA_SASL_PASSWORD_FILE": "",
			"INGEST_CASSANDRA_PASSWORD": servers.Security.CassandraPassword, "INGEST_CASSANDRA_PASSWORD_FILE": "",
			"INGEST_SCHEMA_REGISTRY_PASSWORD": servers.Security.RegistryPassword, "INGEST_SCHEMA_REGISTRY_PASSWORD_FILE": "",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := g.deliver(t)
			maps.Copy(d.env, c.change)
			w := d.start()
			demandDone(t, w, runLimit)
			d.check()
			demandNoSecrets(t, w.Output())
		})
	}
	t.Run("refusals", func(t *testing.T) { testRefusals(t, g) })
	t.Run("behind a bundle", func(t *testing.T) { testBundle(t, g) })
	t.Run("rights in Kafka", func(t *testing.T) { testKafkaRights(t, g) })
}

func list(brokers []string) string { return strings.Join(brokers, ",") }

// clientCertificate are the settings for mutual TLS with Kafka instead of SASL.
func clientCertificate(certFile, keyFile string) map[string]string {
	return map[string]string{
		"INGEST_KAFKA_BROKERS": list(servers.Security.TLSBrokers), "INGEST_KAFKA_SASL_MECHANISM": "",
		"INGEST_KAFKA_SASL_USERNAME": "", "INGEST_KAFKA_SASL_PASSWORD_FILE": "",
		"INGEST_KAFKA_TLS_CERT_FILE": certFile, "INGEST_KAFKA_TLS_KEY_FILE": keyFile,
	}
}

// demandNoSecrets fails the test when a text holds one of the stack's passwords.
func demandNoSecrets(t *testing.T, text string) {
	t.Helper()
	s := servers.Security
	for _, password := range []string{s.KafkaPassword, s.CassandraPassword, s.RegistryPassword, wrongPassword} {
		if strings.Contains(text, password) {
			t.Errorf("a password stands in what the worker says:\n%s", text)
		}
	}
}
