package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"ingest/config/secret"
)

// dialTimeout bounds a connection attempt with its TLS handshake.
const dialTimeout = 10 * time.Second

// metadataAge is how long partitions that are added to a topic go unnoticed. The
// client's default of five minutes is long for a group that follows its topics.
const metadataAge = time.Minute

// Options gives what every client of ours needs. Nothing is contacted. The
// settings must be valid, and name at least one broker. Passwords and
// certificates are read again for each connection.
func Options(c Config, log *slog.Logger) ([]kgo.Opt, error) {
	if len(c.Brokers) == 0 {
		return nil, fmt.Errorf("%sBROKERS: is not set; name a broker, for example kafka-1:9092", prefix)
	}
	dialer := &secret.Dialer{TLS: c.TLS, Net: net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}}
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...),
		kgo.Dialer(dialer.DialContext),
		kgo.MetadataMaxAge(metadataAge),
		kgo.WithLogger(newLogger(log)),
		kgo.SoftwareNameAndVersion("ingest", softwareVersion(c.Version)),
	}
	if c.ClientID != "" {
		opts = append(opts, kgo.ClientID(c.ClientID))
	}
	if c.Rack != "" {
		opts = append(opts, kgo.Rack(c.Rack))
	}
	if c.SASL.Mechanism != "" {
		mechanism, err := c.SASL.mechanism()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(mechanism))
	}
	if c.TLS.InsecureSkipVerify {
		log.Warn("the Kafka brokers' certificates are not verified; set " + prefix + "TLS_INSECURE_SKIP_VERIFY=false outside of tests")
	}
	return opts, nil
}

// mechanism reveals the password once for every SASL session, so that a rotated
// one is used by the next connection.
func (s SASL) mechanism() (sasl.Mechanism, error) {
	scramAuth := func(context.Context) (scram.Auth, error) {
		password, err := s.Password.Reveal()
		return scram.Auth{User: s.Username, Pass: password}, err
	}
	switch s.Mechanism {
	case mechanismPlain:
		return plain.Plain(func(context.Context) (plain.Auth, error) {
			password, err := s.Password.Reveal()
			return plain.Auth{User: s.Username, Pass: password}, err
		}), nil
	case mechanismScramSHA256:
		return scram.Sha256(scramAuth), nil
	case mechanismScramSHA512:
		return scram.Sha512(scramAuth), nil
	}
	return nil, oneOf("SASL_MECHANISM", s.Mechanism, mechanismPlain, mechanismScramSHA256, mechanismScramSHA512)
}

// softwareVersion makes a version that brokers accept: letters, digits, dots
// and hyphens, with a letter or digit at both ends (KIP-511).
func softwareVersion(version string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.':
			return r
		}
		return '-'
	}, version)
	if clean = strings.Trim(clean, ".-"); clean == "" {
		return "unknown"
	}
	return clean
}
