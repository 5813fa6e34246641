//go:build kube

package kube

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"time"
)

// writeCertificates makes an authority, and one certificate by which the API server
// and the node know each other. Its key signs the tokens of service accounts, too.
func (c *Cluster) writeCertificates() error {
	authority, authorityKey, err := newCertificate("kube test authority", 1)
	if err != nil {
		return err
	}
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	certificate, key, err := newCertificate("kube-test", 2)
	if err != nil {
		return err
	}
	certificate.Subject.Organization = []string{"system:masters"}
	certificate.KeyUsage = x509.KeyUsageDigitalSignature
	certificate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	certificate.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	for file, template := range map[string]*x509.Certificate{"ca.crt": authority, "server.crt": certificate} {
		subject := key
		if template.IsCA {
			subject = authorityKey
		}
		der, err := x509.CreateCertificate(rand.Reader, template, authority, subject.Public(), authorityKey)
		if err != nil {
			return err
		}
		if err := c.writePEM(file, "CERTIFICATE", der); err != nil {
			return err
		}
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return c.writePEM("server.key", "PRIVATE KEY", der)
}

func newCertificate(name string, serial int64) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}, key, err
}

func (c *Cluster) writePEM(file, kind string, der []byte) error {
	return os.WriteFile(c.file(file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
