package sink

import (
	"context"
	"net"
	"sync"

	"ingest/config/secret"
)

// dialer opens the driver's connections.
type dialer struct {
	dialer secret.Dialer
	open   *connections
}

// DialContext opens a connection and keeps hold of it while the session is made.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := d.open.keep(conn); err != nil {
		return nil, err
	}
	return conn, nil
}

// connections are those of a session that is being made. Until it stands they can be
// aborted, because making a session takes no context.
type connections struct {
	mu      sync.Mutex
	aborted bool
	settled bool
	open    []net.Conn // only until settled
}

// keep takes hold of a connection, or closes it when the session is given up.
func (c *connections) keep(conn net.Conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.aborted {
		conn.Close()
		return net.ErrClosed
	}
	if !c.settled {
		c.open = append(c.open, conn)
	}
	return nil
}

func (c *connections) abort() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.settled {
		return
	}
	c.aborted = true
	for _, conn := range c.open {
		conn.Close()
	}
}

func (c *connections) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled, c.open = true, nil
}
