package stack

import (
	"slices"
	"strings"
	"testing"
)

func TestKafkaPropertiesOfOneBroker(t *testing.T) {
	got := kafkaNode{id: 1, dir: "/d", plain: 9092, controller: 9093, voters: []int{9093}}.properties()
	assertLines(t, got,
		"process.roles=broker,controller",
		"node.id=1",
		"controller.quorum.voters=1@127.0.0.1:9093",
		"listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
		"advertised.listeners=PLAINTEXT://127.0.0.1:9092",
		"listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
		"auto.create.topics.enable=false",
		"group.initial.rebalance.delay.ms=0",
		"min.insync.replicas=1",
		"offsets.topic.replication.factor=1",
		"transaction.state.log.replication.factor=1",
		"log.dirs=/d/data",
	)
	if strings.Contains(got, "sasl") || strings.Contains(got, "ssl") {
		t.Errorf("security without being asked for:\n%s", got)
	}
}

func TestKafkaPropertiesOfThreeSecureBrokers(t *testing.T) {
	node := kafkaNode{
		id: 2, dir: "/d", plain: 1, controller: 12, voters: []int{11, 12, 13},
		secured:  securePorts{sasl: 2, tls: 3, saslTLS: 4},
		security: &kafkaSecurity{caFile: "/ca.pem", keyStoreFile: "/server.pem", user: "u", password: "p"},
	}
	assertLines(t, node.properties(),
		"controller.quorum.voters=1@127.0.0.1:11,2@127.0.0.1:12,3@127.0.0.1:13",
		"advertised.listeners=PLAINTEXT://127.0.0.1:1,SASL_PLAINTEXT://127.0.0.1:2,SSL://127.0.0.1:3,SASL_SSL://127.0.0.1:4",
		"default.replication.factor=3",
		"min.insync.replicas=2",
		"offsets.topic.replication.factor=3",
		"transaction.state.log.min.isr=2",
		"ssl.client.auth=requested",
		"ssl.keystore.location=/server.pem",
		`listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_u="p";`,
	)
	got := node.formatArgs("id", "/server.properties")
	want := []string{"format", "-t", "id", "-c", "/server.properties",
		"--add-scram", "SCRAM-SHA-256=[name=u,password=p]", "--add-scram", "SCRAM-SHA-512=[name=u,password=p]"}
	if !slices.Equal(got, want) {
		t.Errorf("arguments = %q, want %q", got, want)
	}
}

func TestCassandraYAML(t *testing.T) {
	node := cassandraNode{dir: "/it's", address: "127.0.0.2", native: 9042, storage: 7000}
	got := node.yaml()
	assertLines(t, got,
		"listen_address: 127.0.0.2",
		"rpc_address: 127.0.0.2",
		"native_transport_port: 9042",
		"storage_port: 7000",
		"    parameters: [{seeds: '127.0.0.1:7000'}]",
		"data_file_directories: ['/it''s/data']",
		"commitlog_directory: '/it''s/commitlog'",
	)
	for _, absent := range []string{"auto_bootstrap", "authenticator", "encryption"} {
		if strings.Contains(got, absent) {
			t.Errorf("%s without being asked for:\n%s", absent, got)
		}
	}
	node.settings = []string{"cdc_enabled: true"}
	node.ring, node.security = true, &cassandraSecurity{caFile: "/ca.pem", keyStoreFile: "/server.pem", clientCert: true}
	assertLines(t, node.yaml(),
		"auto_bootstrap: false",
		"cdc_enabled: true",
		"authenticator: PasswordAuthenticator",
		"  optional: false",
		"  require_client_auth: true",
		"  keystore: '/server.pem'",
		"  truststore: '/ca.pem'",
	)
}

func assertLines(t *testing.T, text string, want ...string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for _, line := range want {
		if !slices.Contains(lines, line) {
			t.Errorf("the line %q is missing in:\n%s", line, text)
		}
	}
}

func TestOptionsTellAllFaultsAtOnce(t *testing.T) {
	options := Options{Brokers: 2, CassandraNodes: 4, CassandraVersion: "3.11", KafkaPort: 70000}
	err := options.Check()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"2 Kafka brokers", "4 Cassandra nodes", `version "3.11"`, "port 70000"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
}

func TestOptionsDefaults(t *testing.T) {
	single, ring := Default(), Options{CassandraNodes: 3}
	for _, o := range []*Options{&single, &ring} {
		if err := o.finish(); err != nil {
			t.Fatal(err)
		}
	}
	if single.CassandraHeap != "1g" || ring.CassandraHeap != "768m" {
		t.Errorf("heaps = %s and %s, want 1g and 768m", single.CassandraHeap, ring.CassandraHeap)
	}
	if ring.Brokers != 1 || ring.CassandraVersion != "5.0.9" || ring.Registry {
		t.Errorf("ring = %+v", ring)
	}
}
