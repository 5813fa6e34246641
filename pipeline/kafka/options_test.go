package kafka

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"ingest/config/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func cluster(t *testing.T, opts ...kfake.Opt) []string {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()
}

// connect builds a client from settings and asks a broker for an answer.
func connect(t *testing.T, c Config, log *slog.Logger) error {
	t.Helper()
	opts, err := Options(c, log)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(append(opts, kgo.RequestRetries(0))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return client.Ping(ctx)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The password must be read for each connection, for each mechanism; a wrong one
// must be refused, and neither may be logged.
func TestSASLUsesTheRotatedPassword(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "password")
			config := valid()
			config.Brokers = cluster(t, kfake.EnableSASL(), kfake.Superuser(mechanism, "worker", "fresh-password"))
			config.SASL = SASL{mechanism, "worker", secret.File(path)}
			log, out := recorder(slog.LevelDebug)

			write(t, path, "stale-password\n")
			err := connect(t, config, log)
			if err == nil {
				t.Fatal("the stale password is accepted")
			}
			write(t, path, "fresh-password\n")
			if err := connect(t, config, log); err != nil {
				t.Fatalf("the fresh password: %v", err)
			}
			for _, password := range []string{"stale-password", "fresh-password"} {
				if strings.Contains(out.String()+err.Error(), password) {
					t.Errorf("%s is shown", password)
				}
			}
		})
	}
}

// One client must take up the new password too, when it connects again.
func TestSASLOfOneClientIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	config := valid()
	config.Brokers = cluster(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "worker", "fresh"))
	config.SASL = SASL{"PLAIN", "worker", secret.File(path)}
	log, _ := recorder(slog.LevelError)
	opts, err := Options(config, log)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(append(opts, kgo.RequestRetries(0))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := client.Ping(ctx); err == nil || !strings.Contains(err.Error(), path) {
		t.Fatalf("without a file: got %v, want an error naming it", err)
	}
	write(t, path, "fresh")
	if err := client.Ping(ctx); err != nil {
		t.Fatalf("after the file came: %v", err)
	}
}

func TestTLS(t *testing.T) {
	pair, ca := selfSigned(t)
	config := valid()
	config.Brokers = cluster(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}}))
	log, out := recorder(slog.LevelInfo)

	config.TLS = secret.TLS{Enabled: true}
	if err := connect(t, config, log); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown authority: got %v", err)
	}
	config.TLS.CAFile = filepath.Join(t.TempDir(), "ca.crt")
	write(t, config.TLS.CAFile, ca)
	if err := connect(t, config, log); err != nil {
		t.Errorf("a trusted authority: %v", err)
	}
	if strings.Contains(out.String(), "not verified") {
		t.Error("warns of certificates that are verified")
	}
	config.TLS = secret.TLS{Enabled: true, InsecureSkipVerify: true}
	if err := connect(t, config, log); err != nil {
		t.Errorf("insecure: %v", err)
	}
	if !strings.Contains(out.String(), "INGEST_KAFKA_TLS_INSECURE_SKIP_VERIFY=false") {
		t.Error("insecure is not loud")
	}
}

// selfSigned gives a certificate for 127.0.0.1 and its PEM.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestOptionsCarryTheSettings(t *testing.T) {
	config := valid()
	config.Rack, config.ClientID, config.Version = "zone-a", "worker-1", "1.2.3+x"
	log, _ := recorder(slog.LevelError)
	opts, err := Options(config, log)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if got := fmt.Sprint(client.OptValue(kgo.SeedBrokers)); got != "[kafka-1:9092 [::1]:9093]" {
		t.Errorf("brokers: %s", got)
	}
	if got := client.OptValue(kgo.Rack); got != "zone-a" {
		t.Errorf("rack: %v", got)
	}
	if got := client.OptValues(kgo.SoftwareNameAndVersion); fmt.Sprint(got) != "[ingest 1.2.3-x]" {
		t.Errorf("software: %v", got)
	}
	if got, ok := client.OptValue(kgo.ClientID).(string); !ok || got != "worker-1" {
		t.Errorf("client id: %v", client.OptValue(kgo.ClientID))
	}
}
