package stack

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// clientName is in the certificate of Security.ClientCertFile.
const clientName = "client"

// Security says how to connect to the secured listeners of a stack that was
// started with Options.Secure. All files are PEM; passwords are new for each
// stack and also lie in a file each.
type Security struct {
	// CAFile is the authority that signed the certificates of all servers.
	CAFile string
	// ClientCertFile and ClientKeyFile (PKCS #8) identify a client to Kafka and Cassandra.
	ClientCertFile, ClientKeyFile string
	// OtherCAFile is an authority that signed nothing here: connecting with it must fail.
	OtherCAFile string

	// SASLBrokers speak SASL without TLS; TLSBrokers TLS without SASL, and take
	// a client certificate when one is shown; SASLTLSBrokers both. SASL is PLAIN,
	// SCRAM-SHA-256 or SCRAM-SHA-512.
	SASLBrokers, TLSBrokers, SASLTLSBrokers []string
	KafkaUser, KafkaPassword                string
	KafkaPasswordFile                       string

	// Cassandra demands TLS and this password on its only port. The user is a superuser.
	CassandraUser, CassandraPassword string
	CassandraPasswordFile            string

	// RegistryBasicURL and RegistryTLSURL demand basic authentication; the
	// second one speaks TLS. Empty without a registry.
	RegistryBasicURL, RegistryTLSURL string
	RegistryUser, RegistryPassword   string
	RegistryPasswordFile             string

	serverPEM string      // key and certificate of all servers
	tls       *tls.Config // of a client, with a certificate
	proxyTLS  *tls.Config // of a server
}

// prepareSecurity makes certificates and passwords.
func (s *Stack) prepareSecurity(context.Context) error {
	if !s.options.Secure {
		return nil
	}
	dir := s.folder.path("security")
	if err := makeDir(dir); err != nil {
		return err
	}
	security, err := newSecurity(dir)
	if err != nil {
		return fmt.Errorf("making certificates and passwords: %w", err)
	}
	s.Security = security
	return nil
}

func newSecurity(dir string) (*Security, error) {
	s := &Security{KafkaUser: "ingest", CassandraUser: "ingest", RegistryUser: "ingest"}
	if err := s.makeCertificates(dir); err != nil {
		return nil, err
	}
	for name, password := range map[string]struct{ value, file *string }{
		"kafka.password":     {&s.KafkaPassword, &s.KafkaPasswordFile},
		"cassandra.password": {&s.CassandraPassword, &s.CassandraPasswordFile},
		"registry.password":  {&s.RegistryPassword, &s.RegistryPasswordFile},
	} {
		*password.value, *password.file = rand.Text(), dir+"/"+name
		if err := os.WriteFile(*password.file, []byte(*password.value), 0o600); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Security) makeCertificates(dir string) error {
	authority, err := newAuthority("local stack")
	if err != nil {
		return err
	}
	other, err := newAuthority("another authority")
	if err != nil {
		return err
	}
	server, err := authority.issue("server")
	if err != nil {
		return err
	}
	client, err := authority.issue(clientName)
	if err != nil {
		return err
	}
	s.CAFile, s.OtherCAFile = dir+"/ca.pem", dir+"/other-ca.pem"
	s.ClientCertFile, s.ClientKeyFile = dir+"/client.pem", dir+"/client-key.pem"
	s.serverPEM = dir + "/server.pem"
	for path, text := range map[string][]byte{
		s.CAFile: authority.certPEM, s.OtherCAFile: other.certPEM,
		s.ClientCertFile: client.certPEM, s.ClientKeyFile: client.keyPEM,
		s.serverPEM: append(append([]byte{}, server.keyPEM...), server.certPEM...),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	return s.makeTLS(authority, server, client)
}

// makeTLS keeps what the stack itself needs: it is server in the registry's
// proxy and client of Cassandra.
func (s *Security) makeTLS(authority *authority, server, client *identity) error {
	roots := x509.NewCertPool()
	roots.AddCert(authority.cert)
	serverPair, err := tls.X509KeyPair(server.certPEM, server.keyPEM)
	if err != nil {
		return err
	}
	clientPair, err := tls.X509KeyPair(client.certPEM, client.keyPEM)
	if err != nil {
		return err
	}
	s.tls = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{clientPair}}
	s.proxyTLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{serverPair}}
	return nil
}

func (s *Security) kafka() *kafkaSecurity {
	return &kafkaSecurity{caFile: s.CAFile, keyStoreFile: s.serverPEM, user: s.KafkaUser, password: s.KafkaPassword}
}

func (s *Security) cassandra(clientCert bool) *cassandraSecurity {
	return &cassandraSecurity{caFile: s.CAFile, keyStoreFile: s.serverPEM, clientCert: clientCert}
}

func (s *Security) cassandraAccess() cassandraAccess {
	return cassandraAccess{tls: s.tls, user: s.CassandraUser, password: s.CassandraPassword}
}

func (s *Security) addBroker(ports securePorts) {
	s.SASLBrokers = append(s.SASLBrokers, local(ports.sasl))
	s.TLSBrokers = append(s.TLSBrokers, local(ports.tls))
	s.SASLTLSBrokers = append(s.SASLTLSBrokers, local(ports.saslTLS))
}
