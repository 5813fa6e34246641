package stack

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// startProxies puts two listeners before the registry that demand basic
// authentication, one of them with TLS. They live in this process: Apicurio
// itself knows passwords only from an identity provider.
func (s *Stack) startProxies() error {
	handler := s.Security.demandPassword(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: s.Registry.Addr})
			r.Out.Header.Del("Authorization")
		},
		ErrorLog: log.New(io.Discard, "", 0), // a registry that is down answers 502
	})
	plain, err := s.startProxy(handler, nil)
	if err != nil {
		return err
	}
	secured, err := s.startProxy(handler, s.Security.proxyTLS)
	if err != nil {
		return err
	}
	s.Security.RegistryBasicURL = "http://" + plain + registryPath
	s.Security.RegistryTLSURL = "https://" + secured + registryPath
	return nil
}

// startProxy returns the address on which the proxy listens.
func (s *Stack) startProxy(handler http.Handler, settings *tls.Config) (string, error) {
	port, err := s.ports.free("127.0.0.1")
	if err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp", local(port))
	if err != nil {
		return "", fmt.Errorf("listening for the registry: %w", err)
	}
	if settings != nil {
		listener = tls.NewListener(listener, settings)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0), // refused handshakes are what tests provoke
	}
	s.proxies = append(s.proxies, server)
	// Serve returns when stopProxies closes the server; nothing else ends it.
	s.proxyWork.Go(func() { _ = server.Serve(listener) })
	return listener.Addr().String(), nil
}

func (s *Stack) stopProxies() {
	for _, server := range s.proxies {
		server.Close()
	}
	s.proxyWork.Wait()
}

// demandPassword compares digests, so that the time taken tells nothing.
func (s *Security) demandPassword(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(s.RegistryUser + ":" + s.RegistryPassword))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		got := sha256.Sum256([]byte(user + ":" + password))
		if subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="schema registry"`)
		http.Error(w, `{"error_code":401,"message":"Unauthorized"}`, http.StatusUnauthorized)
	})
}
