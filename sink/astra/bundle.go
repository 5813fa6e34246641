package astra

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"ingest/config/secret"
)

// maxEntry bounds one unpacked file of a bundle, in bytes. Real ones have less
// than 8 KiB.
const maxEntry = 256 << 10

// Bundle is what a secure connect bundle says.
type Bundle struct {
	// Keyspace and Datacenter are defaults, and may be empty.
	Keyspace, Datacenter string

	host   string // of the metadata service; the proxy's certificate carries it too
	port   int    // of the metadata service
	roots  *x509.CertPool
	client tls.Certificate
}

// ReadBundle reads a bundle of 1 MiB at most. Its errors name the file and what to
// do, and show nothing of what is in it: a bundle holds a private key and
// passwords.
func ReadBundle(path string) (*Bundle, error) {
	packed, err := secret.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b, err := unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("the secure connect bundle %s: %w; download it again, and do not unpack it", path, err)
	}
	return b, nil
}

func unpack(packed []byte) (*Bundle, error) {
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, errors.New("it is no zip file")
	}
	b := &Bundle{}
	config, err := entry(archive, "config.json")
	if err != nil {
		return nil, err
	}
	if err := b.readConfig(config); err != nil {
		return nil, err
	}
	authorities, err := entry(archive, "ca.crt")
	if err != nil {
		return nil, err
	}
	b.roots = x509.NewCertPool()
	if !b.roots.AppendCertsFromPEM(authorities) {
		return nil, errors.New("its ca.crt holds no PEM certificate")
	}
	return b, b.readCertificate(archive)
}

// entry unpacks a file of the archive, whatever size it claims to have.
func entry(archive *zip.Reader, name string) ([]byte, error) {
	for _, file := range archive.File {
		if file.Name != name {
			continue
		}
		content, err := file.Open()
		if err != nil {
			return nil, fmt.Errorf("its %s cannot be unpacked", name)
		}
		defer content.Close()
		unpacked, err := io.ReadAll(io.LimitReader(content, maxEntry+1))
		switch {
		case len(unpacked) > maxEntry:
			return nil, fmt.Errorf("its %s is larger than %d KiB", name, maxEntry>>10)
		case err != nil:
			return nil, fmt.Errorf("its %s cannot be unpacked", name)
		}
		return unpacked, nil
	}
	return nil, fmt.Errorf("it holds no %s", name)
}

// readConfig reads config.json, which holds the passwords of key stores too.
func (b *Bundle) readConfig(text []byte) error {
	var config struct {
		Host     string `json:"host"`
		Port     int    `json:"port"`
		Keyspace string `json:"keyspace"`
		LocalDC  string `json:"localDC"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return errors.New("its config.json is not the JSON of a bundle")
	}
	if config.Host == "" || strings.ContainsAny(config.Host, ":/@?# ") || config.Port < 1 || config.Port > 65535 {
		return errors.New("its config.json names no host and port of a metadata service")
	}
	b.host, b.port, b.Keyspace, b.Datacenter = config.Host, config.Port, config.Keyspace, config.LocalDC
	return nil
}

// readCertificate refuses a certificate that has expired: the servers would, with
// nothing but the number of a TLS alert.
func (b *Bundle) readCertificate(archive *zip.Reader) error {
	cert, err := entry(archive, "cert")
	if err != nil {
		return err
	}
	key, err := entry(archive, "key")
	if err != nil {
		return err
	}
	if b.client, err = tls.X509KeyPair(cert, key); err != nil {
		return errors.New("its cert and key are not a PEM certificate with its private key")
	}
	if end := b.client.Leaf.NotAfter; time.Now().After(end) {
		return fmt.Errorf("its certificate expired at %s", end.UTC().Format(time.RFC3339))
	}
	return nil
}

// metadataAddress is that of the service that knows the nodes.
func (b *Bundle) metadataAddress() string { return net.JoinHostPort(b.host, strconv.Itoa(b.port)) }

// tls gives the settings for a server that must carry the bundle's host in its
// certificate.
func (b *Bundle) tls() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: b.roots, ServerName: b.host, Certificates: []tls.Certificate{b.client}}
}

// nodeTLS gives the settings for a node behind the proxy. Package crypto/tls can
// only ask for a server by the name that it then looks for in the certificate;
// here that is the bundle's host, not the name asked for. So its own check is off,
// and the same one, for the right name, stands in for it.
func (b *Bundle) nodeTLS(hostID string) *tls.Config {
	config := b.tls()
	config.ServerName = hostID
	config.InsecureSkipVerify = true
	config.VerifyConnection = b.verify
	return config
}

// verify does what crypto/tls does for a client, which no resumption skips.
func (b *Bundle) verify(state tls.ConnectionState) error {
	chain := state.PeerCertificates // a client's handshake has one at least
	options := x509.VerifyOptions{Roots: b.roots, DNSName: b.host, Intermediates: x509.NewCertPool()}
	for _, cert := range chain[1:] {
		options.Intermediates.AddCert(cert)
	}
	if _, err := chain[0].Verify(options); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
	}
	return nil
}
