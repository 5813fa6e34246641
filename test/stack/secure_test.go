//go:build stack

package stack

import (
	"context"
	"crypto/tls"
	"net/http"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

func TestSecureStack(t *testing.T) {
	options := Default()
	options.Secure, options.CassandraVersion = true, CassandraVersion41
	s := begin(context.Background(), t, options)
	t.Run("kafka", func(t *testing.T) { checkSecureKafka(t, s.Security) })
	t.Run("cassandra", func(t *testing.T) { checkSecureCassandra(t, s) })
	t.Run("registry", func(t *testing.T) { checkSecureRegistry(t, s.Security) })
}

func TestCassandraThatDemandsAClientCertificate(t *testing.T) {
	s := begin(context.Background(), t, Options{CassandraNodes: 1, Secure: true, CassandraClientCert: true})
	addr := s.Cassandra[0].Addr
	must(t, s.access.probe(context.Background(), addr))
	without := s.access
	without.tls = withoutCertificate(s.access.tls)
	if err := without.probe(context.Background(), addr); err == nil {
		t.Error("a client without a certificate was let in")
	}
}

func withoutCertificate(settings *tls.Config) *tls.Config {
	settings = settings.Clone()
	settings.Certificates = nil
	return settings
}

func checkSecureKafka(t *testing.T, s *Security) {
	good := scram.Auth{User: s.KafkaUser, Pass: s.KafkaPassword}
	bad := scram.Auth{User: s.KafkaUser, Pass: "wrong"}
	goodPlain := plain.Auth{User: s.KafkaUser, Pass: s.KafkaPassword}
	anonymous := withoutCertificate(s.tls)
	stranger := &tls.Config{MinVersion: tls.VersionTLS12}
	for _, c := range []struct {
		name      string
		addr      string
		tls       *tls.Config
		mechanism sasl.Mechanism
		fails     bool
	}{
		{"PLAIN", s.SASLBrokers[0], nil, goodPlain.AsMechanism(), false},
		{"SCRAM-SHA-256", s.SASLBrokers[0], nil, good.AsSha256Mechanism(), false},
		{"SCRAM-SHA-512", s.SASLBrokers[0], nil, good.AsSha512Mechanism(), false},
		{"wrong password", s.SASLBrokers[0], nil, bad.AsSha512Mechanism(), true},
		{"TLS", s.TLSBrokers[0], anonymous, nil, false},
		{"TLS with a client certificate", s.TLSBrokers[0], s.tls, nil, false},
		{"TLS without the authority", s.TLSBrokers[0], stranger, nil, true},
		{"SASL over TLS", s.SASLTLSBrokers[0], anonymous, good.AsSha512Mechanism(), false},
		{"PLAIN over TLS", s.SASLTLSBrokers[0], anonymous, goodPlain.AsMechanism(), false},
		{"TLS where SASL is demanded", s.SASLTLSBrokers[0], anonymous, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := pingKafka(c.addr, c.tls, c.mechanism)
			if failed := err != nil; failed != c.fails {
				t.Errorf("error = %v, want one: %t", err, c.fails)
			}
		})
	}
}

func pingKafka(addr string, settings *tls.Config, mechanism sasl.Mechanism) error {
	options := []kgo.Opt{kgo.SeedBrokers(addr), kgo.RequestRetries(0)}
	if settings != nil {
		options = append(options, kgo.DialTLSConfig(settings))
	}
	if mechanism != nil {
		options = append(options, kgo.SASL(mechanism))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return client.Ping(ctx)
}

func checkSecureCassandra(t *testing.T, s *Stack) {
	good := s.access
	good.tls = withoutCertificate(s.access.tls)
	noTLS, wrong, initial := good, good, good
	noTLS.tls = nil
	wrong.password = "wrong"
	initial.user, initial.password = "cassandra", "cassandra"
	for _, c := range []struct {
		name   string
		access cassandraAccess
		fails  bool
	}{
		{"TLS and password", good, false},
		{"without TLS", noTLS, true},
		{"wrong password", wrong, true},
		{"the password that everybody knows", initial, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			session, err := c.access.session(s.Cassandra[0].Addr)
			if failed := err != nil; failed != c.fails {
				t.Errorf("error = %v, want one: %t", err, c.fails)
			}
			if err == nil {
				session.Close()
			}
		})
	}
}

func checkSecureRegistry(t *testing.T, s *Security) {
	transport := &http.Transport{TLSClientConfig: withoutCertificate(s.tls)}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	for _, c := range []struct {
		name, base, password string
		status               int
	}{
		{"password", s.RegistryBasicURL, s.RegistryPassword, http.StatusOK},
		{"password over TLS", s.RegistryTLSURL, s.RegistryPassword, http.StatusOK},
		{"wrong password", s.RegistryBasicURL, "wrong", http.StatusUnauthorized},
		{"wrong password over TLS", s.RegistryTLSURL, "wrong", http.StatusUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			request, err := http.NewRequest(http.MethodGet, c.base+"/subjects", nil)
			must(t, err)
			request.SetBasicAuth(s.RegistryUser, c.password)
			response, err := client.Do(request)
			must(t, err)
			defer response.Body.Close()
			if response.StatusCode != c.status {
				t.Errorf("status = %d, want %d", response.StatusCode, c.status)
			}
		})
	}
}
