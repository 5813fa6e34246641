package sink

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gocql/gocql"
)

// policy is the driver's host selection. The driver can route by token for one
// keyspace only and looks at a batch's first row alone, so this package places
// batches itself: a request whose context carries a pin goes to the pinned
// node, then to the other replicas, then to any node; other requests go round.
// The driver skips hosts that are down or have no connection.
//
// One policy serves one session of the driver.
type policy struct {
	registry *registry
	next     atomic.Uint64
	hosts    atomic.Pointer[[]*gocql.HostInfo]
	topology atomic.Pointer[topology]
	changed  chan struct{} // tells the owner that a keyspace has changed

	mu          sync.Mutex // orders changes
	partitioner string
	keyspaces   map[string]replication
}

// registry holds the nodes across sessions.
type registry struct {
	proxied bool // the nodes are behind a proxy

	mu    sync.Mutex
	nodes map[string]*node // by host id
}

func newPolicy(r *registry) *policy {
	p := &policy{registry: r, changed: make(chan struct{}, 1)}
	p.hosts.Store(new([]*gocql.HostInfo))
	p.topology.Store(newTopology(nil, nil))
	return p
}

// pin is the context of one request: where it should go.
type pin struct {
	context.Context
	node     *node
	replicas []*node
}

type pinKey struct{}

// Value gives the pin itself; it spares the allocation of a context.WithValue.
func (p *pin) Value(key any) any {
	if _, ok := key.(pinKey); ok {
		return p
	}
	return p.Context.Value(key)
}

// picked is a host that Pick offers.
type picked gocql.HostInfo

func (h *picked) Info() *gocql.HostInfo { return (*gocql.HostInfo)(h) }
func (h *picked) Mark(error)            {}

// Pick offers the pinned node, the other replicas, and then all hosts in turn.
func (p *policy) Pick(q gocql.ExecutableQuery) gocql.NextHost {
	hosts := *p.hosts.Load()
	var replicas []*node
	var first *node
	if q != nil {
		if pinned, ok := q.Context().Value(pinKey{}).(*pin); ok {
			first, replicas = pinned.node, pinned.replicas
		}
	}
	turn := int(p.next.Add(1) % (1 << 30))
	step := -1
	return func() gocql.SelectedHost {
		if step++; step == 0 && first != nil {
			if h := first.host.Load(); h != nil {
				return (*picked)(h)
			}
			step++
		}
		for ; step <= len(replicas); step++ {
			if step > 0 && replicas[step-1] != first {
				if h := replicas[step-1].host.Load(); h != nil {
					return (*picked)(h)
				}
			}
		}
		if i := step - len(replicas) - 1; i < len(hosts) {
			return (*picked)(hosts[(turn+i)%len(hosts)])
		}
		return nil
	}
}

// Init is called once when the session is made.
func (p *policy) Init(*gocql.Session) {}

// IsLocal holds for every host: those of other data centres are filtered before.
func (p *policy) IsLocal(*gocql.HostInfo) bool { return true }

// KeyspaceChanged is called from a goroutine of the driver; the session's owner
// reads the replication again.
func (p *policy) KeyspaceChanged(gocql.KeyspaceUpdateEvent) {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// SetPartitioner comes at the start and after every refresh of the ring, which
// may have changed tokens in place.
func (p *policy) SetPartitioner(partitioner string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.partitioner = partitioner
	p.rebuild()
}

// AddHost adds a host or replaces the one with its id.
func (p *policy) AddHost(h *gocql.HostInfo) { p.AddHosts([]*gocql.HostInfo{h}) }

// AddHosts spares a rebuild of the ring for each host at start-up.
func (p *policy) AddHosts(added []*gocql.HostInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	hosts := slices.Clone(*p.hosts.Load())
	changed := false
	for _, h := range added {
		i := slices.IndexFunc(hosts, func(other *gocql.HostInfo) bool { return other.HostID() == h.HostID() })
		switch {
		case i < 0:
			hosts = append(hosts, h)
		case hosts[i] != h:
			hosts[i] = h
		default:
			continue
		}
		changed = true
	}
	if changed {
		p.hosts.Store(&hosts)
		p.rebuild()
	}
}

// RemoveHost forgets a host that left the ring.
func (p *policy) RemoveHost(h *gocql.HostInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	hosts := slices.DeleteFunc(slices.Clone(*p.hosts.Load()), func(other *gocql.HostInfo) bool { return other.HostID() == h.HostID() })
	p.hosts.Store(&hosts)
	p.rebuild()
}

// HostUp is followed by the host's own state.
func (p *policy) HostUp(h *gocql.HostInfo) { p.AddHost(h) }

// HostDown leaves the host in the ring: it still owns its tokens.
func (p *policy) HostDown(*gocql.HostInfo) {}

// setKeyspaces tells how the keyspaces are replicated.
func (p *policy) setKeyspaces(keyspaces map[string]replication) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keyspaces = keyspaces
	p.rebuild()
}

// rebuild makes the topology anew. It is called with the lock held.
func (p *policy) rebuild() {
	hosts := *p.hosts.Load()
	ring := make([]ringHost, len(hosts))
	for i, h := range hosts {
		ring[i] = ringHost{node: p.registry.nodeOf(h), datacenter: h.DataCenter(), rack: h.Rack()}
		if strings.HasSuffix(p.partitioner, "Murmur3Partitioner") {
			ring[i].tokens = parseTokens(h.Tokens())
		}
	}
	p.topology.Store(newTopology(ring, p.keyspaces))
}

// parseTokens reads tokens as system.peers gives them; what is no number of
// the Murmur3Partitioner owns nothing.
func parseTokens(texts []string) []int64 {
	tokens := make([]int64, 0, len(texts))
	for _, text := range texts {
		if t, err := strconv.ParseInt(text, 10, 64); err == nil {
			tokens = append(tokens, t)
		}
	}
	return tokens
}

// nodeOf gives the node of a host and keeps the driver's newest view of it.
func (r *registry) nodeOf(h *gocql.HostInfo) *node {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.nodes[h.HostID()]
	if n == nil {
		n = &node{id: h.HostID(), proxied: r.proxied}
		r.nodes[n.id] = n
	}
	n.host.Store(h)
	return n
}
