package secret

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// TLS are the settings of an encrypted connection. Without a CA file the
// system's certificate authorities are trusted.
type TLS struct {
	Enabled            bool   `env:"ENABLED" desc:"Connect with TLS (1.2 or later)."`
	CAFile             string `env:"CA_FILE" desc:"PEM file of the certificate authorities to trust; the system's when empty."`
	CertFile           string `env:"CERT_FILE" desc:"PEM file of the client certificate; needs the key file too."`
	KeyFile            string `env:"KEY_FILE" desc:"PEM file of the client certificate's private key."`
	ServerName         string `env:"SERVER_NAME" desc:"Name that the server's certificate must carry, when it is not the address dialled."`
	InsecureSkipVerify bool   `env:"INSECURE_SKIP_VERIFY" desc:"Accept any server certificate. Only for tests: it gives up on knowing who answers."`
}

// Validate reports every fault, each as "<prefix>NAME: what to do". The prefix
// is that of the settings' environment variables, for example
// INGEST_KAFKA_TLS_. The files must exist and hold what they should.
func (t TLS) Validate(prefix string) error {
	if !t.Enabled {
		return t.validateDisabled(prefix)
	}
	var errs []error
	if _, err := t.roots(); err != nil {
		errs = append(errs, fmt.Errorf("%sCA_FILE: %w", prefix, err))
	}
	switch {
	case t.CertFile != "" && t.KeyFile == "":
		errs = append(errs, fmt.Errorf("%sKEY_FILE: is not set; the certificate of %sCERT_FILE needs its private key", prefix, prefix))
	case t.CertFile == "" && t.KeyFile != "":
		errs = append(errs, fmt.Errorf("%sCERT_FILE: is not set; the key of %sKEY_FILE needs its certificate", prefix, prefix))
	case t.CertFile != "":
		if _, err := t.certificate(); err != nil {
			errs = append(errs, fmt.Errorf("%sCERT_FILE: %w", prefix, err))
		}
	}
	return errors.Join(errs...)
}

// validateDisabled refuses settings that would silently do nothing, because
// whoever sets them believes the connection to be encrypted.
func (t TLS) validateDisabled(prefix string) error {
	var errs []error
	for _, setting := range [...]struct {
		name string
		set  bool
	}{
		{"CA_FILE", t.CAFile != ""},
		{"CERT_FILE", t.CertFile != ""},
		{"KEY_FILE", t.KeyFile != ""},
		{"SERVER_NAME", t.ServerName != ""},
		{"INSECURE_SKIP_VERIFY", t.InsecureSkipVerify},
	} {
		if setting.set {
			errs = append(errs, fmt.Errorf("%s%s: is set, but TLS is off; set %sENABLED=true", prefix, setting.name, prefix))
		}
	}
	return errors.Join(errs...)
}

// Config builds the client settings, nil when TLS is off. The certificate
// authorities are read now, the client certificate at every handshake; a Dialer
// reads both for every connection. Where the settings name no server, the
// connecting library must fill in the host it dials, as crypto/tls requires.
func (t TLS) Config() (*tls.Config, error) {
	if !t.Enabled {
		return nil, nil
	}
	roots, err := t.roots()
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            roots,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify, //nolint:gosec // asked for by name, and off unless asked for
	}
	if t.CertFile != "" {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return t.certificate()
		}
	}
	return config, nil
}

// roots reads the trusted authorities; nil stands for the system's.
func (t TLS) roots() (*x509.CertPool, error) {
	if t.CAFile == "" {
		return nil, nil
	}
	content, err := ReadFile(t.CAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("the file %s holds no PEM certificate", t.CAFile)
	}
	return pool, nil
}

func (t TLS) certificate() (*tls.Certificate, error) {
	certPEM, err := ReadFile(t.CertFile)
	if err != nil {
		return nil, err
	}
	keyPEM, err := ReadFile(t.KeyFile)
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("the certificate %s and the key %s: %w", t.CertFile, t.KeyFile, err)
	}
	return &certificate, nil
}

// Dialer opens connections, encrypted where TLS is enabled. It reads the
// certificate files for every connection, so that rotated ones are taken up
// without a restart. It is safe for concurrent use.
type Dialer struct {
	TLS TLS
	Net net.Dialer // its Timeout bounds the TLS handshake too
}

// DialContext connects to an address host:port. The server's certificate must
// carry TLS.ServerName or, where that is empty, the address's host.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if !d.TLS.Enabled {
		return d.Net.DialContext(ctx, network, address)
	}
	config, err := d.TLS.Config()
	if err != nil {
		return nil, err
	}
	// tls.Dialer takes the server's name from the address when none is set.
	dialer := tls.Dialer{NetDialer: &d.Net, Config: config}
	if d.Net.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.Net.Timeout)
		defer cancel()
	}
	return dialer.DialContext(ctx, network, address)
}
