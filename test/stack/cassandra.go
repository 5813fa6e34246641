package stack

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// CassandraHosts are the addresses of all nodes; empty without Cassandra.
func (s *Stack) CassandraHosts() []string {
	var hosts []string
	for _, p := range s.Cassandra {
		host, _, _ := net.SplitHostPort(p.Addr)
		hosts = append(hosts, host)
	}
	return hosts
}

// CassandraPort is the native port of all nodes; 0 without Cassandra.
func (s *Stack) CassandraPort() int {
	if len(s.Cassandra) == 0 {
		return 0
	}
	_, port, _ := net.SplitHostPort(s.Cassandra[0].Addr)
	number, _ := strconv.Atoi(port)
	return number
}

// prepareCassandra chooses ports and writes the configuration of each node.
func (s *Stack) prepareCassandra(ctx context.Context) error {
	if s.options.CassandraNodes == 0 {
		return nil
	}
	lib, err := s.library.get(ctx, artifact{name: "cassandra", version: s.options.CassandraVersion})
	if err != nil {
		return err
	}
	nodes, err := s.cassandraNodes()
	if err != nil {
		return fmt.Errorf("choosing ports for Cassandra: %w", err)
	}
	if s.Security != nil {
		s.access = s.Security.cassandraAccess()
	}
	for i, node := range nodes {
		p, err := s.cassandraProcess(fmt.Sprintf("cassandra-%d", i+1), node, lib)
		if err != nil {
			return fmt.Errorf("preparing Cassandra: %w", err)
		}
		s.Cassandra = append(s.Cassandra, p)
	}
	return nil
}

func (s *Stack) cassandraNodes() ([]cassandraNode, error) {
	addresses := []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}[:s.options.CassandraNodes]
	native, err := s.nativePort(addresses)
	if err != nil {
		return nil, err
	}
	storage, err := s.ports.free(addresses...)
	if err != nil {
		return nil, err
	}
	var nodes []cassandraNode
	for i, address := range addresses {
		node := cassandraNode{
			dir: s.folder.path(fmt.Sprintf("cassandra-%d", i+1)), address: address,
			native: native, storage: storage, ring: len(addresses) > 1, durable: s.options.CassandraDurable,
			settings: s.options.CassandraSettings,
		}
		if s.options.Fronted {
			node.front = front(address)
			s.addFront(fmt.Sprintf("cassandra-%d", i+1), address, native)
		}
		if s.Security != nil {
			node.security = s.Security.cassandra(s.options.CassandraClientCert)
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// nativePort prefers the port that everybody knows for a ring, whose addresses
// people type by hand.
func (s *Stack) nativePort(addresses []string) (int, error) {
	if len(addresses) > 1 && s.options.CassandraPort == 0 {
		if port, err := s.ports.choose(9042, addresses...); err == nil {
			return port, nil
		}
	}
	return s.ports.choose(s.options.CassandraPort, addresses...)
}

// cassandraProcess writes the node's configuration into its conf folder.
func (s *Stack) cassandraProcess(name string, node cassandraNode, lib string) (*Process, error) {
	conf := filepath.Join(node.dir, "conf")
	if err := makeDir(conf); err != nil {
		return nil, err
	}
	settings := filepath.Join(conf, "cassandra.yaml")
	if err := os.WriteFile(settings, []byte(node.yaml()), 0o600); err != nil {
		return nil, err
	}
	logging := filepath.Join(conf, "logback.xml")
	if err := copyConfig("conf/logback.xml", logging); err != nil {
		return nil, err
	}
	agent, err := oneFile(filepath.Join(lib, "jamm-*.jar"))
	if err != nil {
		return nil, err
	}
	argv := append(s.javaArgs(node.dir, s.options.CassandraHeap), cassandraFlags()...)
	for _, property := range s.options.CassandraProperties {
		argv = append(argv, "-D"+property)
	}
	argv = append(argv,
		"-javaagent:"+agent,
		"-Dcassandra.config=file://"+settings,
		"-Dcassandra.storagedir="+node.dir,
		"-Dcassandra.logdir="+node.dir,
		"-Dlogback.configurationFile="+logging,
		"-cp", conf+":"+filepath.Join(lib, "*"),
		"org.apache.cassandra.service.CassandraDaemon",
	)
	addr := net.JoinHostPort(node.address, strconv.Itoa(node.native))
	return s.newProcess(name, addr, argv, func(ctx context.Context) error {
		return s.access.probe(ctx, addr)
	}), nil
}

// startCassandra starts node after node: each must find the ones before it.
func (s *Stack) startCassandra(ctx context.Context) error {
	for _, p := range s.Cassandra {
		if err := p.Start(ctx); err != nil {
			return err
		}
	}
	if len(s.Cassandra) == 0 {
		return nil
	}
	if s.Security != nil {
		if err := s.secureCassandra(ctx); err != nil {
			return err
		}
	}
	if len(s.Cassandra) > 1 {
		return s.awaitRing(ctx)
	}
	return nil
}
