package secret_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ingest/config/secret"
)

// authority issues certificates for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, encode("CERTIFICATE", der)}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue gives a certificate and key in PEM, for a common name and DNS names.
func (a *authority) issue(t *testing.T, name string, dns ...string) (cert, key string) {
	t.Helper()
	private := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: dns,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return encode("CERTIFICATE", der), encode("EC PRIVATE KEY", keyDER)
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// serve accepts TLS connections, asks for a client certificate and answers with
// its common name. It ends with the test.
func serve(t *testing.T, a *authority, maxVersion uint16) string {
	t.Helper()
	cert, key := a.issue(t, "server", "db.example")
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert, MaxVersion: maxVersion})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			answer(conn.(*tls.Conn))
		}
	}()
	t.Cleanup(func() { closeIt(t, listener); <-done })
	return listener.Addr().String()
}

// answer ignores errors: a client that refuses the certificate hangs up.
func answer(conn *tls.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if conn.Handshake() != nil {
		return
	}
	name := "nobody"
	if certs := conn.ConnectionState().PeerCertificates; len(certs) > 0 {
		name = certs[0].Subject.CommonName
	}
	_, _ = conn.Write([]byte(name))
}

func closeIt(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// dial gives the name that the server saw.
func dial(t *testing.T, settings secret.TLS, address string) (string, error) {
	t.Helper()
	dialer := &secret.Dialer{TLS: settings, Net: net.Dialer{Timeout: 5 * time.Second}}
	conn, err := dialer.DialContext(context.Background(), "tcp", address)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // the server may have hung up before
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 64)
	n, err := conn.Read(buffer)
	return string(buffer[:n]), err
}

func TestDialerTakesUpRotatedFiles(t *testing.T) {
	old, fresh := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	settings := secret.TLS{Enabled: true, ServerName: "db.example", CAFile: filepath.Join(dir, "ca.crt"),
		CertFile: filepath.Join(dir, "user.crt"), KeyFile: filepath.Join(dir, "user.key")}
	for _, step := range []struct {
		authority *authority
		name      string
	}{{old, "first"}, {old, "second"}, {fresh, "third"}} {
		cert, key := step.authority.issue(t, step.name)
		write(t, settings.CAFile, step.authority.pem)
		write(t, settings.CertFile, cert)
		write(t, settings.KeyFile, key)
		if err := settings.Validate("X_"); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got, err := dial(t, settings, serve(t, step.authority, 0)); err != nil || got != step.name {
			t.Errorf("the server saw %q, %v; want %q", got, err, step.name)
		}
	}
}

func TestDialerVerifies(t *testing.T) {
	trusted, other := newAuthority(t), newAuthority(t)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	write(t, ca, trusted.pem)
	address := serve(t, trusted, 0)
	for name, test := range map[string]struct {
		settings secret.TLS
		address  string
		want     string // part of the error; empty: accepted
	}{
		"right":                   {secret.TLS{Enabled: true, CAFile: ca, ServerName: "db.example"}, address, ""},
		"another name":            {secret.TLS{Enabled: true, CAFile: ca, ServerName: "other.example"}, address, "not other.example"},
		"the address is the name": {secret.TLS{Enabled: true, CAFile: ca}, address, "127.0.0.1"},
		"another authority":       {secret.TLS{Enabled: true, CAFile: ca, ServerName: "db.example"}, serve(t, other, 0), "unknown authority"},
		"not the system's":        {secret.TLS{Enabled: true, ServerName: "db.example"}, address, "unknown authority"},
		"TLS 1.1":                 {secret.TLS{Enabled: true, CAFile: ca, ServerName: "db.example"}, serve(t, trusted, tls.VersionTLS11), "protocol version"},
		"insecure":                {secret.TLS{Enabled: true, InsecureSkipVerify: true}, serve(t, other, 0), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := dial(t, test.settings, test.address)
			if test.want == "" && (err != nil || got != "nobody") {
				t.Fatalf("got %q, %v", got, err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestDialerWithoutTLS(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, listener)
	dialer := &secret.Dialer{}
	conn, err := dialer.DialContext(context.Background(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, conn)
	if _, encrypted := conn.(*tls.Conn); encrypted {
		t.Error("the connection is encrypted though TLS is off")
	}
}

func TestTLSValidate(t *testing.T) {
	dir := t.TempDir()
	one := newAuthority(t)
	cert, key := one.issue(t, "client")
	otherCert, _ := one.issue(t, "other")
	paths := map[string]string{"ca": one.pem, "cert": cert, "key": key, "other": otherCert, "junk": "not PEM"}
	for name, content := range paths {
		paths[name] = filepath.Join(dir, name)
		write(t, paths[name], content)
	}
	for name, test := range map[string]struct {
		settings secret.TLS
		want     []string // one for each line
	}{
		"off":                 {secret.TLS{}, nil},
		"system authorities":  {secret.TLS{Enabled: true}, nil},
		"all":                 {secret.TLS{Enabled: true, CAFile: paths["ca"], CertFile: paths["cert"], KeyFile: paths["key"]}, nil},
		"set, but off":        {secret.TLS{CAFile: "x", CertFile: "x", KeyFile: "x", ServerName: "x", InsecureSkipVerify: true}, []string{"P_CA_FILE: ", "P_CERT_FILE: ", "P_KEY_FILE: ", "P_SERVER_NAME: ", "P_INSECURE_SKIP_VERIFY: is set, but TLS is off; set P_ENABLED=true"}},
		"no PEM, no key":      {secret.TLS{Enabled: true, CAFile: paths["junk"], CertFile: paths["cert"]}, []string{"P_CA_FILE: the file " + paths["junk"] + " holds no PEM certificate", "P_KEY_FILE: is not set"}},
		"no certificate":      {secret.TLS{Enabled: true, KeyFile: paths["key"]}, []string{"P_CERT_FILE: is not set"}},
		"missing":             {secret.TLS{Enabled: true, CAFile: filepath.Join(dir, "none")}, []string{"P_CA_FILE: reading the secret file"}},
		"key of another cert": {secret.TLS{Enabled: true, CertFile: paths["other"], KeyFile: paths["key"]}, []string{"P_CERT_FILE: "}},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.settings.Validate("P_")
			var lines []string
			if err != nil {
				lines = strings.Split(err.Error(), "\n")
			}
			if len(lines) != len(test.want) {
				t.Fatalf("got %q, want %q", lines, test.want)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("got %q, want %q", lines[i], want)
				}
			}
		})
	}
}

func TestTLSConfigIsNilWhenOff(t *testing.T) {
	config, err := secret.TLS{}.Config()
	if config != nil || err != nil {
		t.Fatalf("got %v, %v", config, err)
	}
}
