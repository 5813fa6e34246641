// Package kafka turns settings into options of the Kafka client: where the
// brokers are, how to encrypt and authenticate, what to log. The consumer, the
// dead-letter producer and the commands share it. What makes a client a
// consumer or a producer is added by those.
package kafka

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"ingest/config/secret"
)

// Where a partition without a committed offset starts.
const (
	StartEarliest = "earliest"
	StartLatest   = "latest"
)

// SASL mechanisms: RFC 4616 (PLAIN), RFC 5802 and RFC 7677 (SCRAM).
const (
	mechanismPlain       = "PLAIN"
	mechanismScramSHA256 = "SCRAM-SHA-256"
	mechanismScramSHA512 = "SCRAM-SHA-512"
)

// Bounds of the settings. The group protocol's own limits are the broker's
// group.min.session.timeout.ms (6 s) and group.max.session.timeout.ms (30 min).
const (
	minSessionTimeout = 6 * time.Second
	maxSessionTimeout = 30 * time.Minute
	minFetchBytes     = 64 << 10
	minDecompress     = 1 << 20
	maxDecompress     = 1 << 30
	maxFetchBytes     = 48 << 20 // twice this stays under the client's limit of 100 MiB for a response
)

// prefix begins the environment names in Validate's messages.
const prefix = "INGEST_KAFKA_"

// Config says how to reach Kafka and as which member of which group.
type Config struct {
	Brokers            []string      `env:"BROKERS" required:"true" example:"kafka-1:9092,kafka-2:9092" desc:"Brokers to ask for the cluster's members, as host:port separated by commas."`
	GroupID            string        `env:"GROUP_ID" required:"true" example:"ingest-orders" desc:"Consumer group whose offsets say what has been written."`
	Start              string        `env:"START" envDefault:"earliest" desc:"Where a partition without a committed offset starts: earliest or latest."`
	Rack               string        `env:"RACK" desc:"Rack or availability zone of this worker; replicas in it are read first (KIP-392)."`
	ClientID           string        `env:"CLIENT_ID" envDefault:"ingest" desc:"Client id that brokers log and apply quotas to."`
	InstanceID         string        `env:"INSTANCE_ID" desc:"Id of a static group member (KIP-345), different for each worker; empty for dynamic membership."`
	SessionTimeout     time.Duration `env:"SESSION_TIMEOUT" envDefault:"45s" desc:"How long the group waits for a silent member before it gives its partitions to others; 6s to 30m."`
	FetchMaxBytes      int32         `env:"FETCH_MAX_BYTES" envDefault:"524288" desc:"Most bytes, compressed, that one fetch asks a broker for; 65536 to 50331648."`
	DecompressMaxBytes int32         `env:"DECOMPRESS_MAX_BYTES" envDefault:"67108864" desc:"Most bytes that one compressed batch may grow to; a partition with a larger one is held. 1048576 to 1073741824."`
	TLS                secret.TLS    `envPrefix:"TLS_"`
	SASL               SASL          `envPrefix:"SASL_"`

	// Version is this program's version, told to the brokers (KIP-511). It is
	// not a setting; empty for none.
	Version string
}

// SASL says how to authenticate.
type SASL struct {
	Mechanism string       `env:"MECHANISM" desc:"PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; empty for no authentication by password."`
	Username  string       `env:"USERNAME" desc:"User name for SASL."`
	Password  secret.Value `env:"PASSWORD" desc:"Password for SASL, read again for every connection."`
}

// Validate reports every setting that cannot work, each as "INGEST_KAFKA_…:
// what is wrong". It does not ask for the settings that a command may not need:
// brokers and group id may be empty.
func (c Config) Validate() error {
	return errors.Join(
		c.validateBrokers(),
		oneOf("START", c.Start, StartEarliest, StartLatest),
		between("SESSION_TIMEOUT", c.SessionTimeout, minSessionTimeout, maxSessionTimeout),
		between("FETCH_MAX_BYTES", c.FetchMaxBytes, minFetchBytes, maxFetchBytes),
		between("DECOMPRESS_MAX_BYTES", c.DecompressMaxBytes, minDecompress, maxDecompress),
		c.TLS.Validate(prefix+"TLS_"),
		c.SASL.validate(),
	)
}

func (c Config) validateBrokers() error {
	var errs []error
	for i, broker := range c.Brokers {
		// The entry is not repeated: it may be a URL with a password in it.
		if !isAddress(broker) {
			errs = append(errs, fmt.Errorf("%sBROKERS: entry %d is not host:port, for example kafka-1:9092", prefix, i+1))
		}
	}
	return errors.Join(errs...)
}

func isAddress(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" || strings.ContainsAny(host, "/@ ") {
		return false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0
}

func oneOf(name, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s%s: %q is not one of %s", prefix, name, value, strings.Join(allowed, ", "))
}

func between[T time.Duration | int32](name string, value, low, high T) error {
	if value >= low && value <= high {
		return nil
	}
	return fmt.Errorf("%s%s: %v is not between %v and %v", prefix, name, value, low, high)
}

func (s SASL) validate() error {
	if s.Mechanism == "" {
		if s.Username != "" || s.Password.IsSet() {
			return fmt.Errorf("%sSASL_MECHANISM: is not set, but a user name or password is; set it to %s, %s or %s",
				prefix, mechanismPlain, mechanismScramSHA256, mechanismScramSHA512)
		}
		return nil
	}
	errs := []error{oneOf("SASL_MECHANISM", s.Mechanism, mechanismPlain, mechanismScramSHA256, mechanismScramSHA512)}
	if s.Username == "" {
		errs = append(errs, fmt.Errorf("%sSASL_USERNAME: is not set; %s needs it", prefix, s.Mechanism))
	}
	if !s.Password.IsSet() {
		errs = append(errs, fmt.Errorf("%sSASL_PASSWORD: is not set; %s needs it, or set %sSASL_PASSWORD_FILE", prefix, s.Mechanism, prefix))
	}
	return errors.Join(errs...)
}
