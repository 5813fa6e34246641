package stack

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// tlsFiles is what a client of a secured Cassandra needs, as paths of PEM files.
type tlsFiles struct {
	CA   string `json:"ca"`
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

// probeNative asks a node for its options, which it tells before any login
// (native protocol v4, OPTIONS and SUPPORTED). files is nil without TLS.
func probeNative(ctx context.Context, addr string, files *tlsFiles) error {
	conn, err := dialNative(ctx, addr, files)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(probeTimeout)); err != nil {
		return err
	}
	const version, opOptions, opSupported = 0x04, 0x05, 0x06
	if _, err := conn.Write([]byte{version, 0, 0, 0, opOptions, 0, 0, 0, 0}); err != nil {
		return err
	}
	var header [9]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		return fmt.Errorf("reading its answer: %w", err)
	}
	if header[4] != opSupported {
		return fmt.Errorf("it answered with opcode %#x instead of SUPPORTED", header[4])
	}
	return nil
}

func dialNative(ctx context.Context, addr string, files *tlsFiles) (net.Conn, error) {
	if files == nil {
		return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	}
	settings, err := files.config()
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{Config: settings}).DialContext(ctx, "tcp", addr)
}

func (f *tlsFiles) config() (*tls.Config, error) {
	authority, err := os.ReadFile(f.CA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, errors.New(f.CA + " holds no certificate")
	}
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}
