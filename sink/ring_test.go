package sink

import (
	"slices"
	"testing"
)

func names(t *topology, set int32) []string {
	var ids []string
	for _, n := range t.replicas(set) {
		ids = append(ids, n.id)
	}
	slices.Sort(ids)
	return ids
}

// ringOf makes hosts a, b, c ... that own one token each: 0, 100, 200 ...
func ringOf(racks ...string) []ringHost {
	hosts := make([]ringHost, len(racks))
	for i, rack := range racks {
		hosts[i] = ringHost{node: &node{id: string(rune('a' + i))}, datacenter: "dc1", rack: rack, tokens: []int64{int64(100 * i)}}
	}
	return hosts
}

func TestPlacement(t *testing.T) {
	simple := func(n int) replication { return replication{class: "SimpleStrategy", factor: n} }
	network := func(n int) replication {
		return replication{class: "NetworkTopologyStrategy", factors: map[string]int{"dc1": n, "dc2": 3}}
	}
	oneRack := ringOf("r1", "r1", "r1", "r1")
	twoRacks := ringOf("r1", "r1", "r2", "r2")
	tests := []struct {
		name  string
		hosts []ringHost
		how   replication
		token int64
		want  []string
	}{
		{"a token belongs to its own range", oneRack, simple(1), 100, []string{"b"}},
		{"a range starts after the token before", oneRack, simple(1), 101, []string{"c"}},
		{"the ring wraps around", oneRack, simple(1), 301, []string{"a"}},
		{"the lowest tokens belong to the first", oneRack, simple(1), -5, []string{"a"}},
		{"simple takes the next hosts", oneRack, simple(3), 150, []string{"a", "c", "d"}},
		{"simple does not look at racks", twoRacks, simple(2), 0, []string{"a", "b"}},
		{"network takes another rack first", twoRacks, network(2), 0, []string{"a", "c"}},
		{"network takes a rack again when it must", twoRacks, network(3), 0, []string{"a", "b", "c"}},
		{"network in one rack", oneRack, network(2), 250, []string{"a", "d"}},
		{"a factor above the hosts", oneRack, network(9), 0, []string{"a", "b", "c", "d"}},
		{"no replica here: any host", oneRack, replication{class: "NetworkTopologyStrategy", factors: map[string]int{"dc2": 3}}, 0, []string{"a", "b", "c", "d"}},
		{"an unknown strategy: any host", oneRack, replication{class: "EverywhereStrategy"}, 0, []string{"a", "b", "c", "d"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			top := newTopology(test.hosts, map[string]replication{"ks": test.how})
			got := names(top, top.keyspace("ks").set(test.token))
			if !slices.Equal(got, test.want) {
				t.Errorf("token %d is on %v, want %v", test.token, got, test.want)
			}
		})
	}
}

func TestKeyspacesShareReplicaSets(t *testing.T) {
	top := newTopology(ringOf("r", "r", "r"), map[string]replication{
		"one": {class: "SimpleStrategy", factor: 3},
		"two": {class: "NetworkTopologyStrategy", factors: map[string]int{"dc1": 3}},
	})
	if a, b := top.keyspace("one").set(1), top.keyspace("two").set(250); a != b {
		t.Errorf("the same three nodes have the numbers %d and %d", a, b)
	}
	if got := top.keyspace("nobody knows it").set(1); got != 0 {
		t.Errorf("an unknown keyspace is on set %d, want 0", got)
	}
}

func TestParseReplication(t *testing.T) {
	r := parseReplication(map[string]string{"class": "org.apache.cassandra.locator.NetworkTopologyStrategy", "dc1": "3/1", "dc2": "x"})
	if r.class != "NetworkTopologyStrategy" || r.factors["dc1"] != 3 || r.factors["dc2"] != 0 {
		t.Errorf("got %+v", r)
	}
}
