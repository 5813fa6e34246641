package astra

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// How long metadata is taken for current, and how often it is asked for at most
// while connecting fails: then the proxy or the nodes may be other ones.
const (
	metadataAge   = time.Minute
	metadataPause = 5 * time.Second
)

// Dialer opens connections to the nodes of one database. It reads the bundle again
// for every connection, so that a new one is taken up without a restart. It is safe
// for concurrent use.
type Dialer struct {
	path string
	net  net.Dialer
	now  func() time.Time

	turn  chan struct{} // holds one token: whoever has it may use what follows
	known *Metadata
	of    string    // the metadata service that known comes from
	got   time.Time // when known was got
	asked time.Time // when it was asked for last
	doubt bool      // a connection has failed since
	fault error     // why it could not be got, when it was asked for last
}

// NewDialer makes a dialer of the bundle at a path. The net.Dialer's Timeout, which
// must not be 0, bounds each connection with its handshake, and each question to the
// metadata service.
func NewDialer(path string, dialer net.Dialer) *Dialer {
	d := &Dialer{path: path, net: dialer, now: time.Now, turn: make(chan struct{}, 1)}
	d.turn <- struct{}{}
	return d
}

// Metadata says how the database can be reached now.
func (d *Dialer) Metadata(ctx context.Context) (*Metadata, error) {
	b, err := ReadBundle(d.path)
	if err != nil {
		return nil, err
	}
	m, _, err := d.metadata(ctx, b)
	return m, err
}

// Dial connects to a node by its host id.
func (d *Dialer) Dial(ctx context.Context, hostID string) (net.Conn, error) {
	return d.dial(ctx, func(*Metadata) string { return hostID })
}

// DialContactPoint connects to one of the nodes that the metadata name now: the one
// with a number, counted round and round.
func (d *Dialer) DialContactPoint(ctx context.Context, number int) (net.Conn, error) {
	return d.dial(ctx, func(m *Metadata) string { return m.ContactPoints[number%len(m.ContactPoints)] })
}

func (d *Dialer) dial(ctx context.Context, choose func(*Metadata) string) (net.Conn, error) {
	b, err := ReadBundle(d.path)
	if err != nil {
		return nil, err
	}
	m, stale, err := d.metadata(ctx, b)
	if err != nil {
		return nil, err
	}
	hostID := choose(m)
	conn, err := d.handshake(ctx, m.proxy, b.nodeTLS(hostID))
	if err == nil {
		return conn, nil
	}
	d.suspect(ctx)
	err = fmt.Errorf("connecting to node %s through the proxy %s: %w", hostID, m.proxy, err)
	if stale != nil { // likely the cause: a paused database, for one
		err = fmt.Errorf("%w; %w", stale, err)
	}
	return nil, err
}

func (d *Dialer) handshake(ctx context.Context, address string, config *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.net.Timeout)
	defer cancel()
	raw, err := d.net.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}

// metadata gives what is known, asking again when that is old or in doubt. While the
// service does not answer, what was known stays: then stale says why. One caller
// asks at a time, and the others wait for its answer.
func (d *Dialer) metadata(ctx context.Context, b *Bundle) (m *Metadata, stale, err error) {
	select {
	case <-d.turn:
		defer func() { d.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	if d.of != b.metadataAddress() { // a bundle of another database
		d.of, d.known = b.metadataAddress(), nil
	}
	if d.known != nil && !d.due() {
		return d.known, d.fault, nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.net.Timeout)
	defer cancel()
	d.asked = d.now()
	found, err := b.fetch(ctx, &d.net)
	switch d.fault = err; {
	case err == nil:
		d.known, d.got, d.doubt = found, d.asked, false
	case d.known == nil:
		return nil, nil, err
	}
	return d.known, d.fault, nil
}

// due reports whether it is time to ask again.
func (d *Dialer) due() bool {
	now := d.now()
	return (d.doubt || now.Sub(d.got) > metadataAge) && now.Sub(d.asked) > metadataPause
}

// suspect notes that what is known did not help to connect.
func (d *Dialer) suspect(ctx context.Context) {
	select {
	case <-d.turn:
		d.doubt = true
		d.turn <- struct{}{}
	case <-ctx.Done():
	}
}
