package stack

import (
	"fmt"
	"path/filepath"
	"strings"
)

// cassandraNode is what the configuration of one node is made of.
type cassandraNode struct {
	dir, address string
	native       int // ports
	storage      int
	ring         bool
	front        string // the address that clients are told; "" for the node's own
	durable      bool
	security     *cassandraSecurity // nil without authentication and TLS
	settings     []string           // further lines of cassandra.yaml
}

// cassandraSecurity is what nodes need to demand TLS and a password.
type cassandraSecurity struct {
	caFile, keyStoreFile string // PEM; the key store is a PKCS #8 key and its certificate
	clientCert           bool   // a client must show a certificate too
}

// yaml renders cassandra.yaml. It is the same for Cassandra 4.1 and 5.0.
func (n cassandraNode) yaml() string {
	lines := []string{
		"cluster_name: stack",
		"num_tokens: 16",
		"partitioner: org.apache.cassandra.dht.Murmur3Partitioner",
		"data_file_directories: [" + quoteYAML(filepath.Join(n.dir, "data")) + "]",
		"endpoint_snitch: SimpleSnitch",
		"listen_address: " + n.address,
		"rpc_address: " + n.address,
		fmt.Sprintf("storage_port: %d", n.storage),
		fmt.Sprintf("native_transport_port: %d", n.native),
		"seed_provider:",
		"  - class_name: org.apache.cassandra.locator.SimpleSeedProvider",
		fmt.Sprintf("    parameters: [{seeds: '127.0.0.1:%d'}]", n.storage),
	}
	for _, name := range []string{"commitlog", "hints", "saved_caches", "cdc_raw"} {
		lines = append(lines, name+"_directory: "+quoteYAML(filepath.Join(n.dir, name)))
	}
	lines = append(lines, n.commitLog()...)
	if n.ring {
		lines = append(lines, "auto_bootstrap: false")
	}
	if n.front != "" {
		lines = append(lines, "broadcast_rpc_address: "+n.front)
	}
	if n.security != nil {
		lines = append(lines, n.security.yaml()...)
	}
	lines = append(lines, n.settings...)
	return strings.Join(lines, "\n") + "\n"
}

// commitLog says when writes reach the disk: now and then, or before each is
// acknowledged, those of a few milliseconds together.
func (n cassandraNode) commitLog() []string {
	if n.durable {
		return []string{"commitlog_sync: group", "commitlog_sync_group_window: 10ms"}
	}
	return []string{"commitlog_sync: periodic", "commitlog_sync_period: 10000ms"}
}

// yaml needs no key store passwords: PEM keys are taken as they are.
func (s *cassandraSecurity) yaml() []string {
	return []string{
		"authenticator: PasswordAuthenticator",
		// No caches: a password that a test changes holds at once.
		"credentials_validity: 0ms",
		"roles_validity: 0ms",
		"client_encryption_options:",
		"  enabled: true",
		"  optional: false",
		fmt.Sprintf("  require_client_auth: %t", s.clientCert),
		"  keystore: " + quoteYAML(s.keyStoreFile),
		"  keystore_password:",
		"  truststore: " + quoteYAML(s.caFile),
		"  truststore_password:",
		"  ssl_context_factory:",
		"    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory",
	}
}

func quoteYAML(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// cassandraFlags opens the parts of Java 17 that Cassandra reaches into.
func cassandraFlags() []string {
	var flags []string
	for _, name := range strings.Fields(cassandraExports) {
		flags = append(flags, "--add-exports="+name+"=ALL-UNNAMED")
	}
	for _, name := range strings.Fields(cassandraOpens) {
		flags = append(flags, "--add-opens="+name+"=ALL-UNNAMED")
	}
	return append(flags,
		"-Djdk.attach.allowAttachSelf=true",
		// A new node needs no rest before it joins: there is no data to move.
		"-Dcassandra.ring_delay_ms=100",
		"-Dcassandra.skip_wait_for_gossip_to_settle=0",
		"-Dcassandra.superuser_setup_delay_ms=0",
	)
}

const cassandraExports = `java.base/jdk.internal.misc java.base/jdk.internal.ref java.base/sun.nio.ch
	java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry java.rmi/sun.rmi.server
	java.sql/java.sql java.base/java.lang.ref jdk.unsupported/sun.misc java.base/jdk.internal.util`

const cassandraOpens = `java.base/java.lang.module java.base/jdk.internal.loader java.base/jdk.internal.ref
	java.base/jdk.internal.reflect java.base/jdk.internal.math java.base/jdk.internal.module
	java.base/jdk.internal.util.jar jdk.management/com.sun.management.internal java.base/sun.nio.ch
	java.base/java.io java.base/java.nio java.base/java.util.concurrent java.base/java.util
	java.base/java.util.concurrent.atomic java.base/java.lang java.base/java.math
	java.base/java.lang.reflect java.base/java.net`
