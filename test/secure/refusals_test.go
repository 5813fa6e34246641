//go:build stack

package secure

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ingest/test/harness"
)

// wrongPassword is unlike anything that a worker may say.
const wrongPassword = "wr0ng-Passw0rd-never-to-be-seen"

// refusal is a connection that a server or the worker itself refuses.
type refusal struct {
	name      string
	change    map[string]string
	component string // what /readyz must blame
	says      string // must stand in the reason, in whatever case
	mend      func() // makes the connection possible
}

// testRefusals starts workers that are not let in. Each stays, says on /readyz
// whom it waits for without giving a password away, and goes on by itself when
// the fault is mended while it runs.
func testRefusals(t *testing.T, g *goods) {
	for _, r := range append(slices.Concat(wrongPasswords(t), wrongCertificates(t)), withoutRights(t, g)) {
		t.Run(r.name, func(t *testing.T) {
			d := g.deliver(t)
			maps.Copy(d.env, r.change)
			w := d.start()
			var reasons map[string]string
			harness.Eventually(t, 30*time.Second, "/readyz blames "+r.component, func() error {
				var err error
				if reasons, err = w.Unready(); err != nil {
					return errors.Join(err, w.Alive())
				}
				if text := reasons[r.component]; !strings.Contains(strings.ToLower(text), r.says) {
					return fmt.Errorf("not ready: %v", reasons)
				}
				return w.Alive()
			})
			for component, reason := range reasons {
				t.Logf("%s: %s", component, reason)
				demandNoSecrets(t, component+reason)
			}
			if r.mend != nil {
				r.mend()
				demandDone(t, w, runLimit)
				d.check()
			}
			demandNoSecrets(t, w.Output())
		})
	}
}

// wrongPasswords are in files, so that they can be put right.
func wrongPasswords(t *testing.T) []refusal {
	t.Helper()
	s := servers.Security
	var out []refusal
	for _, c := range []struct{ name, variable, component, says, right string }{
		{"wrong password for Kafka", "INGEST_KAFKA_SASL_PASSWORD_FILE", "dead letters", "authentication", s.KafkaPassword},
		{"wrong password for Cassandra", "INGEST_CASSANDRA_PASSWORD_FILE", "cassandra", "password", s.CassandraPassword},
		{"wrong password for the registry", "INGEST_SCHEMA_REGISTRY_PASSWORD_FILE", "schema registry", "401", s.RegistryPassword},
	} {
		file := filepath.Join(t.TempDir(), "password")
		writeFile(t, file, []byte(wrongPassword))
		out = append(out, refusal{
			name: c.name, change: map[string]string{c.variable: file}, component: c.component, says: c.says,
			mend: func() { writeFile(t, file, []byte(c.right)) },
		})
	}
	return out
}

// wrongCertificates: servers that an authority signed which the worker does not
// trust, and a worker whose own certificate nobody signed.
func wrongCertificates(t *testing.T) []refusal {
	t.Helper()
	other := servers.Security.OtherCAFile
	certFile, keyFile := stranger(t)
	return []refusal{
		{name: "Kafka of another authority", change: map[string]string{"INGEST_KAFKA_TLS_CA_FILE": other},
			component: "dead letters", says: "certificate"},
		{name: "Cassandra of another authority", change: map[string]string{"INGEST_CASSANDRA_TLS_CA_FILE": other},
			component: "cassandra", says: "certificate"},
		{name: "registry of another authority", change: map[string]string{"INGEST_SCHEMA_REGISTRY_TLS_CA_FILE": other},
			component: "schema registry", says: "certificate"},
		{name: "client certificate of nobody", change: clientCertificate(certFile, keyFile),
			component: "dead letters", says: "tls"},
	}
}

// stranger makes a client certificate that only it itself has signed.
func stranger(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stranger"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeFile(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	writeFile(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return certFile, keyFile
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
