package sink

import (
	"fmt"
	"net"
	"testing"

	"github.com/gocql/gocql"
)

func testHost(id byte) *gocql.HostInfo {
	h := new(gocql.HostInfo)
	h.SetHostID(string(rune('a' + id)))
	return h.SetConnectAddress(net.IPv4(127, 0, 0, id+1))
}

// offered lists the hosts that Pick offers, each once.
func offered(p *policy, to *pin) string {
	q := new(gocql.Query)
	if to != nil {
		q = q.WithContext(to)
	}
	seen, order := map[string]bool{}, ""
	next := p.Pick(q)
	for h := next(); h != nil; h = next() {
		if id := h.Info().HostID(); !seen[id] {
			seen[id] = true
			order += id
		}
	}
	return order
}

func TestPickFollowsThePin(t *testing.T) {
	p := newPolicy(&registry{nodes: map[string]*node{}})
	var hosts []*gocql.HostInfo
	for i := range byte(4) {
		hosts = append(hosts, testHost(i))
	}
	p.AddHosts(hosts)
	nodes := p.topology.Load().replicas(0)
	for range 5 {
		got := offered(p, &pin{Context: t.Context(), node: nodes[2], replicas: []*node{nodes[1], nodes[2]}})
		if len(got) != 4 || got[:2] != "cb" {
			t.Errorf("offered %s, want c, then b, then the others", got)
		}
	}
	first := map[byte]bool{}
	for range 8 {
		got := offered(p, &pin{Context: t.Context()})
		if len(got) != 4 {
			t.Fatalf("offered %s, want all four", got)
		}
		first[got[0]] = true
	}
	if len(first) != 4 {
		t.Errorf("without a pin only %d hosts come first", len(first))
	}
}

func TestPolicyFollowsTheRing(t *testing.T) {
	p := newPolicy(&registry{nodes: map[string]*node{}})
	p.AddHosts([]*gocql.HostInfo{testHost(0), testHost(1)})
	old := p.topology.Load().replicas(0)[1]
	again := testHost(1) // the same node with another address
	p.HostUp(again)
	if now := p.topology.Load().replicas(0); len(now) != 2 || now[1] != old || now[1].host.Load() != again {
		t.Error("a host that came back is not the same node with the new address")
	}
	p.HostDown(again)
	if n := len(p.topology.Load().replicas(0)); n != 2 {
		t.Errorf("%d nodes after one went down, want 2: it still owns its tokens", n)
	}
	p.RemoveHost(again)
	if got := fmt.Sprint(offered(p, &pin{Context: t.Context()})); got != "a" {
		t.Errorf("offered %s after a node left, want a", got)
	}
	p.RemoveHost(testHost(0))
	if got := offered(p, &pin{Context: t.Context(), node: old, replicas: []*node{old}}); got != "b" {
		t.Errorf("offered %q, want the pinned node alone", got)
	}
}
