package sink

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
)

// replication is how a keyspace places its partitions.
type replication struct {
	class   string         // SimpleStrategy, NetworkTopologyStrategy or another
	factor  int            // of SimpleStrategy
	factors map[string]int // of NetworkTopologyStrategy, by data centre
}

// parseReplication reads system_schema.keyspaces.replication. A factor may be
// "3" or, with transient replicas, "3/1"; what cannot be read counts as none,
// since placement only decides about routing.
func parseReplication(options map[string]string) replication {
	r := replication{factors: map[string]int{}}
	for name, value := range options {
		if name == "class" {
			r.class = value[strings.LastIndexByte(value, '.')+1:]
			continue
		}
		full, _, _ := strings.Cut(value, "/")
		n, err := strconv.Atoi(full)
		if err != nil {
			continue
		}
		if name == "replication_factor" {
			r.factor = n
		}
		r.factors[name] = n
	}
	return r
}

// ringHost is one node as the ring sees it.
type ringHost struct {
	node       *node
	datacenter string
	rack       string
	tokens     []int64
}

// topology says which nodes hold a partition. It is immutable: a changed ring
// or keyspace makes a new one.
type topology struct {
	sets      [][]*node // replica sets by their number; 0 is all nodes, for what cannot be placed
	keyspaces map[string]*placement
	everyone  *placement // of keyspaces that are not known
}

// keyspace gives where that keyspace's partitions are.
func (t *topology) keyspace(name string) locator {
	if p := t.keyspaces[name]; p != nil {
		return p
	}
	return t.everyone
}

// replicas gives the nodes of a replica set.
func (t *topology) replicas(set int32) []*node { return t.sets[set] }

// placement is one keyspace's ring: range i ends with tokens[i] and is held by
// the replica set sets[i].
type placement struct {
	tokens []int64
	sets   []int32
}

// set gives the number of the replica set that holds a token.
func (p *placement) set(token int64) int32 {
	switch len(p.sets) {
	case 0:
		return 0
	case 1:
		return p.sets[0]
	}
	i, _ := slices.BinarySearch(p.tokens, token)
	if i == len(p.tokens) {
		i = 0 // the ring wraps around
	}
	return p.sets[i]
}

// newTopology computes the replica sets of keyspaces in one data centre. Nodes
// of other data centres must not be among the hosts: each data centre places
// its replicas on its own.
func newTopology(hosts []ringHost, keyspaces map[string]replication) *topology {
	all := make([]*node, len(hosts))
	for i := range hosts {
		all[i] = hosts[i].node
	}
	b := ringBuilder{hosts: hosts, known: map[string]int32{}, sets: [][]*node{all}}
	b.sortTokens()
	t := &topology{keyspaces: make(map[string]*placement, len(keyspaces)), everyone: &placement{}}
	for name, r := range keyspaces {
		t.keyspaces[name] = b.place(r)
	}
	t.sets = b.sets
	return t
}

// ringBuilder numbers the replica sets of all keyspaces together, so that a
// batch may hold rows of several keyspaces that share their replicas.
type ringBuilder struct {
	hosts  []ringHost
	tokens []int64
	owners []int // by token
	known  map[string]int32
	sets   [][]*node
}

func (b *ringBuilder) sortTokens() {
	type owned struct {
		token int64
		owner int
	}
	var all []owned
	for i, h := range b.hosts {
		for _, t := range h.tokens {
			all = append(all, owned{t, i})
		}
	}
	slices.SortFunc(all, func(x, y owned) int {
		if x.token != y.token {
			if x.token < y.token {
				return -1
			}
			return 1
		}
		return x.owner - y.owner
	})
	for _, o := range all {
		b.tokens = append(b.tokens, o.token)
		b.owners = append(b.owners, o.owner)
	}
}

// place computes one keyspace.
func (b *ringBuilder) place(r replication) *placement {
	walk := b.walkFor(r)
	if walk == nil || len(b.tokens) == 0 {
		return &placement{}
	}
	p := &placement{tokens: b.tokens, sets: make([]int32, len(b.tokens))}
	same := true
	for i := range b.tokens {
		p.sets[i] = b.number(walk(i))
		same = same && p.sets[i] == p.sets[0]
	}
	if same {
		p.tokens, p.sets = nil, p.sets[:1]
	}
	return p
}

// walkFor gives the strategy's way of collecting replicas from a token on.
func (b *ringBuilder) walkFor(r replication) func(first int) []int {
	switch r.class {
	case "SimpleStrategy":
		return func(first int) []int { return b.walk(first, r.factor, len(b.hosts)) }
	case "NetworkTopologyStrategy":
		if len(b.hosts) == 0 {
			return nil
		}
		factor := r.factors[b.hosts[0].datacenter]
		racks := map[string]struct{}{}
		for _, h := range b.hosts {
			racks[h.rack] = struct{}{}
		}
		return func(first int) []int { return b.walk(first, factor, factor-len(racks)) }
	}
	return nil
}

// walk goes around the ring from a token on and takes hosts until it has
// factor of them. A host in a rack that has one already is taken only while
// repeats are left: this is NetworkTopologyStrategy.DatacenterEndpoints of
// Cassandra 4 and 5, and with repeats for all hosts it is SimpleStrategy.
func (b *ringBuilder) walk(first, factor, repeats int) []int {
	factor = min(factor, len(b.hosts))
	var found []int
	racks := map[string]struct{}{}
	for i := 0; i < len(b.owners) && len(found) < factor; i++ {
		owner := b.owners[(first+i)%len(b.owners)]
		if slices.Contains(found, owner) {
			continue
		}
		rack := b.hosts[owner].rack
		if _, again := racks[rack]; again {
			if repeats <= 0 {
				continue
			}
			repeats--
		}
		racks[rack] = struct{}{}
		found = append(found, owner)
	}
	return found
}

// number gives the replica set's number whatever the order of its hosts.
func (b *ringBuilder) number(owners []int) int32 {
	if len(owners) == 0 {
		return 0
	}
	slices.Sort(owners)
	var key []byte
	for _, o := range owners {
		key = binary.AppendUvarint(key, uint64(o))
	}
	if n, ok := b.known[string(key)]; ok {
		return n
	}
	nodes := make([]*node, len(owners))
	for i, o := range owners {
		nodes[i] = b.hosts[o].node
	}
	n := int32(len(b.sets))
	b.sets = append(b.sets, nodes)
	b.known[string(key)] = n
	return n
}
