package kafka

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ingest/config/secret"
)

// valid gives settings that work, which a test then spoils.
func valid() Config {
	return Config{
		Brokers: []string{"kafka-1:9092", "[::1]:9093"}, GroupID: "g", Start: "earliest", ClientID: "ingest",
		SessionTimeout: 45 * time.Second, FetchMaxBytes: 16 << 20, DecompressMaxBytes: 64 << 20,
	}
}

func TestValidate(t *testing.T) {
	password := secret.Literal("hunter2hunter2")
	for name, test := range map[string]struct {
		change func(*Config)
		want   []string // how each line begins
	}{
		"valid": {func(*Config) {}, nil},
		"nothing that is asked for by some commands only": {func(c *Config) { c.Brokers, c.GroupID = nil, "" }, nil},
		"SASL": {func(c *Config) { c.SASL = SASL{"SCRAM-SHA-512", "u", password} }, nil},
		"brokers": {func(c *Config) {
			c.Brokers = []string{"kafka", ":9092", "kafka:0", "kafka:99999", "https://u:hunter2hunter2@kafka:9092"}
		}, []string{
			"INGEST_KAFKA_BROKERS: entry 1 is not host:port", "INGEST_KAFKA_BROKERS: entry 2", "INGEST_KAFKA_BROKERS: entry 3",
			"INGEST_KAFKA_BROKERS: entry 4", "INGEST_KAFKA_BROKERS: entry 5"}},
		"start":                      {func(c *Config) { c.Start = "newest" }, []string{`INGEST_KAFKA_START: "newest" is not one of earliest, latest`}},
		"session too short":          {func(c *Config) { c.SessionTimeout = 5 * time.Second }, []string{"INGEST_KAFKA_SESSION_TIMEOUT: 5s is not between 6s and 30m0s"}},
		"session too long":           {func(c *Config) { c.SessionTimeout = time.Hour }, []string{"INGEST_KAFKA_SESSION_TIMEOUT: "}},
		"fetch too small":            {func(c *Config) { c.FetchMaxBytes = 65535 }, []string{"INGEST_KAFKA_FETCH_MAX_BYTES: 65535 is not between 65536 and 50331648"}},
		"fetch too large":            {func(c *Config) { c.FetchMaxBytes = 48<<20 + 1 }, []string{"INGEST_KAFKA_FETCH_MAX_BYTES: "}},
		"mechanism":                  {func(c *Config) { c.SASL = SASL{"GSSAPI", "u", password} }, []string{`INGEST_KAFKA_SASL_MECHANISM: "GSSAPI" is not one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512`}},
		"password without mechanism": {func(c *Config) { c.SASL.Password = password }, []string{"INGEST_KAFKA_SASL_MECHANISM: is not set"}},
		"mechanism alone": {func(c *Config) { c.SASL.Mechanism = "PLAIN" }, []string{
			"INGEST_KAFKA_SASL_USERNAME: is not set; PLAIN needs it", "INGEST_KAFKA_SASL_PASSWORD: is not set; PLAIN needs it, or set INGEST_KAFKA_SASL_PASSWORD_FILE"}},
		"several at once": {func(c *Config) { c.Start, c.FetchMaxBytes, c.TLS.CAFile = "x", 1, "/ca" }, []string{
			"INGEST_KAFKA_START: ", "INGEST_KAFKA_FETCH_MAX_BYTES: ", "INGEST_KAFKA_TLS_CA_FILE: is set, but TLS is off; set INGEST_KAFKA_TLS_ENABLED=true"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := valid()
			test.change(&config)
			var lines []string
			if err := config.Validate(); err != nil {
				lines = strings.Split(err.Error(), "\n")
			}
			if len(lines) != len(test.want) {
				t.Fatalf("got %q, want %q", lines, test.want)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) || strings.Contains(lines[i], "hunter2") {
					t.Errorf("got %q, want %q", lines[i], want)
				}
			}
		})
	}
}

func TestOptionsRefuses(t *testing.T) {
	log, _ := recorder(0)
	if _, err := Options(Config{}, log); err == nil || !strings.Contains(err.Error(), "INGEST_KAFKA_BROKERS: is not set") {
		t.Errorf("no brokers: got %v", err)
	}
	config := valid()
	config.SASL = SASL{"GSSAPI", "u", secret.File(filepath.Join(t.TempDir(), "none"))}
	if _, err := Options(config, log); err == nil || !strings.Contains(err.Error(), "INGEST_KAFKA_SASL_MECHANISM: ") {
		t.Errorf("unknown mechanism: got %v", err)
	}
}

func TestSoftwareVersion(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3": "1.2.3", "v1.2.3-4-gabc+dirty": "v1.2.3-4-gabc-dirty", "(devel)": "devel", "": "unknown", "+": "unknown", "1.0~": "1.0",
	} {
		if got := softwareVersion(version); got != want {
			t.Errorf("%q: got %q, want %q", version, got, want)
		}
	}
}
