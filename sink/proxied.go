package sink

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/gocql/gocql"

	"ingest/sink/astra"
)

// The driver wants addresses, and a cluster behind a secure connect bundle has none
// that can be dialled: there is one proxy, and nodes are told apart by their host
// ids. So the driver is given placeholders to begin with, one for each contact point
// of the metadata, and nodes keep the addresses that the server says they have, which
// nobody dials. Connections go by host id.

// placeholders are addresses that lead nowhere: 100::/64, IPv6's discard-only block
// (RFC 6666).
func placeholder(number int) net.IP {
	return net.IP{0: 1, 1: 0, 12: byte(number >> 24), 13: byte(number >> 16), 14: byte(number >> 8), 15: byte(number)}
}

// contactPoint gives the number of a placeholder, -1 for another address.
func contactPoint(address net.IP) int {
	ip := address.To16()
	if ip == nil {
		return -1
	}
	number := int(ip[12])<<24 | int(ip[13])<<16 | int(ip[14])<<8 | int(ip[15])
	if !ip.Equal(placeholder(number)) {
		return -1
	}
	return number
}

// proxied is the driver's dialer for a cluster behind a bundle.
type proxied struct {
	way  *astra.Dialer
	open *connections
}

// DialHost connects to a node by its id, or to a contact point before the driver
// knows any.
func (p *proxied) DialHost(ctx context.Context, h *gocql.HostInfo) (*gocql.DialedHost, error) {
	var conn net.Conn
	var err error
	if id := h.HostID(); id != "" {
		conn, err = p.way.Dial(ctx, id)
	} else {
		conn, err = p.way.DialContactPoint(ctx, max(0, contactPoint(h.ConnectAddress())))
	}
	if err != nil {
		return nil, err
	}
	if err := p.open.keep(conn); err != nil {
		return nil, err
	}
	// Gathering frames pays with writev alone, which TLS does not have.
	return &gocql.DialedHost{Conn: conn, DisableCoalesce: true}, nil
}

// ownAddresses gives a node that the driver has met at a placeholder the address
// that the server says it has. Without that, the driver would take the node for one
// that has moved when it reads the ring again, and close its connections.
type ownAddresses struct{ gocql.HostFilter }

// Accept is called for each node that the driver learns of, before it is used.
func (o ownAddresses) Accept(h *gocql.HostInfo) bool {
	if h.HostID() != "" && contactPoint(h.ConnectAddress()) >= 0 {
		for _, own := range []net.IP{h.RPCAddress(), h.BroadcastAddress()} {
			if own != nil && !own.IsUnspecified() {
				h.SetConnectAddress(own)
				break
			}
		}
	}
	return o.HostFilter.Accept(h)
}

// astraAuthenticators are those that a password is shown to behind a bundle. The
// driver's own list has not the first.
var astraAuthenticators = []string{
	"org.apache.cassandra.auth.AstraAuthenticator",
	"org.apache.cassandra.auth.PasswordAuthenticator",
	"com.datastax.bdp.cassandra.auth.DseAuthenticator",
}

// lookBehind asks what there is behind the bundle, and sets the cluster's data
// centre. Its errors are *unusable where no waiting mends them.
func (o *opener) lookBehind(ctx context.Context, way *astra.Dialer, centres *centres) (hosts []string, err error) {
	bundle := o.config.Astra.BundleFile
	if _, err := astra.ReadBundle(bundle); err != nil {
		return nil, &unusable{fmt.Errorf("%sBUNDLE_FILE: %w", astraPrefix, err)}
	}
	m, err := way.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	if centres.want != "" && m.Datacenter != "" && centres.want != m.Datacenter {
		return nil, &unusable{fmt.Errorf("INGEST_CASSANDRA_DATACENTER: is %q, but the secure connect bundle %s leads to %q; unset it, or download the bundle of the other data centre",
			centres.want, bundle, m.Datacenter)}
	}
	if centres.want = m.Datacenter; centres.want == "" {
		return nil, errors.New("neither the secure connect bundle nor its metadata service names a data centre; set INGEST_CASSANDRA_DATACENTER")
	}
	for i := range m.ContactPoints {
		hosts = append(hosts, placeholder(i).String())
	}
	return hosts, nil
}
