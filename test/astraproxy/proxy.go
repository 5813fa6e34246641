package astraproxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Host is the name that both servers carry in their certificates. Only the metadata
// service is dialled by it.
const Host = "localhost"

// Options say what is behind the proxy.
type Options struct {
	// Nodes are the nodes' addresses, host:port, by host id.
	Nodes map[string]string
	// TLS is how nodes are connected to; nil for without.
	TLS *tls.Config
	// Datacenter and Keyspace are what metadata and bundle say of them.
	Datacenter, Keyspace string
}

// Proxy is a metadata service with its proxy. All methods are safe for concurrent
// use.
type Proxy struct {
	options      Options
	authority    *authority
	config       *tls.Config
	address      string // of the proxy
	service      *http.Server
	metadataPort int
	work         sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while the proxy is down
	open     []net.Conn   // in the order in which they came
	dialled  map[string]int
	answer   http.HandlerFunc
	asked    int
}

// Start opens both servers on loopback.
func Start(o Options) (*Proxy, error) {
	p := &Proxy{options: o, dialled: map[string]int{}}
	var err error
	if p.authority, err = newAuthority(); err != nil {
		return nil, err
	}
	if p.config, err = p.authority.server(); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.address = listener.Addr().String()
	if err := p.startMetadata(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p.serve(listener)
	return p, nil
}

func (p *Proxy) startMetadata() error {
	listener, err := tls.Listen("tcp", "127.0.0.1:0", p.config)
	if err != nil {
		return err
	}
	p.metadataPort = listener.Addr().(*net.TCPAddr).Port
	p.service = &http.Server{Handler: http.HandlerFunc(p.serveMetadata), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	p.work.Go(func() { _ = p.service.Serve(listener) }) // it ends with Close
	return nil
}

// Address is that of the proxy.
func (p *Proxy) Address() string { return p.address }

// Dialled counts, by the name that was asked for, the connections passed on and
// those refused.
func (p *Proxy) Dialled() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.dialled)
}

// Resume opens the proxy, where it was before a Cut.
func (p *Proxy) Resume() error {
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		return err
	}
	p.serve(listener)
	return nil
}

func (p *Proxy) serve(listener net.Listener) {
	config := p.config.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dialled[hello.ServerName]++
		if p.options.Nodes[hello.ServerName] == "" {
			return nil, fmt.Errorf("there is no node %q", hello.ServerName)
		}
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener = listener
	p.work.Go(func() { p.accept(listener, config) })
}

// Cut closes the proxy with all connections through it, as if it was killed.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	for _, conn := range p.open {
		conn.Close()
	}
}

// CutOldest closes the connection that was there first; it reports whether there was
// one.
func (p *Proxy) CutOldest() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.open) == 0 {
		return false
	}
	p.open[0].Close()
	return true
}

// Close ends both servers and waits until nothing of them is left.
func (p *Proxy) Close() {
	p.Cut()
	p.service.Close()
	p.work.Wait()
}

func (p *Proxy) accept(listener net.Listener, config *tls.Config) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		if p.keep(conn) {
			p.work.Go(func() { defer p.drop(conn); p.pass(tls.Server(conn, config)) })
		}
	}
}

// pass connects a client with the node that its handshake names.
func (p *Proxy) pass(client *tls.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if client.HandshakeContext(ctx) != nil {
		return
	}
	node, err := p.dial(ctx, p.options.Nodes[client.ConnectionState().ServerName])
	if err != nil || !p.keep(node) {
		return
	}
	defer p.drop(node)
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(node, client); node.Close() }) // either side may end it
	_, _ = io.Copy(client, node)
	client.Close()
	both.Wait()
}

func (p *Proxy) dial(ctx context.Context, address string) (net.Conn, error) {
	if p.options.TLS == nil {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	return (&tls.Dialer{Config: p.options.TLS}).DialContext(ctx, "tcp", address)
}

// keep remembers a connection for Cut; false, and the connection closed, when that
// has come.
func (p *Proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil {
		conn.Close()
		return false
	}
	p.open = append(p.open, conn)
	return true
}

func (p *Proxy) drop(conn net.Conn) {
	conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = slices.DeleteFunc(p.open, func(other net.Conn) bool { return other == conn })
}
