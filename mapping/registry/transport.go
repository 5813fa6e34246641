package registry

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"ingest/config/secret"
)

// maxBody bounds one answer of the registry, after decompression. Registries
// keep schemas as Kafka messages, which are 1 MiB at most by default.
const maxBody = 4 << 20

var errTooLarge = fmt.Errorf("the registry's answer is larger than %d bytes", maxBody)

// transport sets the credentials, which may change at any time, and bounds what
// comes back.
type transport struct {
	base     http.RoundTripper
	username string
	password secret.Value
}

// RoundTrip reads the password for each request: requests are rare, one for each
// schema, and a rotated password is taken up at once.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.username != "" {
		password, err := t.password.Reveal()
		if err != nil {
			return nil, fmt.Errorf("reading the registry's password: %w", err)
		}
		req = req.Clone(req.Context())
		req.SetBasicAuth(t.username, password)
	}
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &boundedBody{body: resp.Body, left: maxBody}
	return resp, nil
}

// boundedBody fails a body that is too large, where io.LimitReader would cut it.
type boundedBody struct {
	body io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if len(p) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	if n > b.left {
		return 0, errTooLarge
	}
	b.left -= n
	return n, err
}

func (b *boundedBody) Close() error { return b.body.Close() }

// newHTTPClient makes the client for a registry. It follows no redirects: they
// could carry the credentials to another host.
func newHTTPClient(cfg Config, base http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     &transport{base: base, username: cfg.Username, password: cfg.Password},
		Timeout:       cfg.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func newTransport(cfg Config) (*http.Transport, error) {
	dialer := net.Dialer{Timeout: cfg.Timeout}
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           4,
		IdleConnTimeout:        time.Minute,
		TLSHandshakeTimeout:    cfg.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if !cfg.TLS.Enabled {
		return t, nil
	}
	config, err := cfg.TLS.Config()
	if err != nil {
		return nil, err
	}
	t.TLSClientConfig = config // behind a proxy
	encrypted := &secret.Dialer{TLS: cfg.TLS, Net: dialer}
	t.DialTLSContext = encrypted.DialContext // reads the certificates for each connection
	return t, nil
}

// closer is what an http.Transport has beside RoundTrip.
type closer interface{ CloseIdleConnections() }

var errEmpty = errors.New("the answer holds no schema")
