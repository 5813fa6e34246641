package stack

import (
	"fmt"
	"path/filepath"
	"strings"
)

// kafkaNode is what the configuration of one broker is made of.
type kafkaNode struct {
	id         int
	dir        string
	plain      int // ports, all on 127.0.0.1
	fronted    int // 0 without Options.Fronted
	secured    securePorts
	controller int
	voters     []int          // the controller port of each node, in order of id
	security   *kafkaSecurity // nil without secured listeners
}

// securePorts are the listeners of a broker beside the plain one; 0 without Secure.
type securePorts struct{ sasl, tls, saslTLS int }

// kafkaSecurity is what brokers need for their secured listeners.
type kafkaSecurity struct {
	caFile, keyStoreFile string // PEM; the key store is a PKCS #8 key and its certificate
	user, password       string
}

// properties renders server.properties.
func (n kafkaNode) properties() string {
	replicas := len(n.voters)
	listeners, protocols := n.listeners()
	advertised := strings.Join(listeners, ",")
	if n.fronted != 0 {
		advertised += fmt.Sprintf(",FRONT://%s:%d", front("127.0.0.1"), n.fronted)
		listeners = append(listeners, fmt.Sprintf("FRONT://127.0.0.1:%d", n.fronted))
		protocols = append(protocols, "FRONT:PLAINTEXT")
	}
	lines := []string{
		"process.roles=broker,controller",
		fmt.Sprintf("node.id=%d", n.id),
		"controller.quorum.voters=" + n.quorum(),
		"listeners=" + strings.Join(append(listeners, fmt.Sprintf("CONTROLLER://127.0.0.1:%d", n.controller)), ","),
		"advertised.listeners=" + advertised,
		"listener.security.protocol.map=CONTROLLER:PLAINTEXT," + strings.Join(protocols, ","),
		"inter.broker.listener.name=PLAINTEXT",
		"controller.listener.names=CONTROLLER",
		"log.dirs=" + filepath.Join(n.dir, "data"),
		"auto.create.topics.enable=false",
		"group.initial.rebalance.delay.ms=0",
		// A killed broker may register again only after its old session: four
		// seconds instead of nine.
		"broker.session.timeout.ms=4000",
		"broker.heartbeat.interval.ms=1000",
		fmt.Sprintf("default.replication.factor=%d", replicas),
		fmt.Sprintf("min.insync.replicas=%d", minInSync(replicas)),
		fmt.Sprintf("offsets.topic.replication.factor=%d", replicas),
		fmt.Sprintf("transaction.state.log.replication.factor=%d", replicas),
		fmt.Sprintf("transaction.state.log.min.isr=%d", minInSync(replicas)),
		fmt.Sprintf("share.coordinator.state.topic.replication.factor=%d", replicas),
		fmt.Sprintf("share.coordinator.state.topic.min.isr=%d", minInSync(replicas)),
		// The default of 50 partitions each costs seconds at the first use.
		"offsets.topic.num.partitions=10",
		"transaction.state.log.num.partitions=10",
		"share.coordinator.state.topic.num.partitions=10",
	}
	if n.security != nil {
		lines = append(lines, n.security.properties()...)
	}
	return strings.Join(lines, "\n") + "\n"
}

// listeners returns the client listeners and the protocol of each.
func (n kafkaNode) listeners() (listeners, protocols []string) {
	for _, l := range []struct {
		protocol string
		port     int
	}{
		{"PLAINTEXT", n.plain}, {"SASL_PLAINTEXT", n.secured.sasl},
		{"SSL", n.secured.tls}, {"SASL_SSL", n.secured.saslTLS},
	} {
		if l.port != 0 {
			listeners = append(listeners, fmt.Sprintf("%s://127.0.0.1:%d", l.protocol, l.port))
			protocols = append(protocols, l.protocol+":"+l.protocol)
		}
	}
	return listeners, protocols
}

func (n kafkaNode) quorum() string {
	var voters []string
	for i, port := range n.voters {
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", i+1, port))
	}
	return strings.Join(voters, ",")
}

// minInSync lets one of three replicas be away.
func minInSync(replicas int) int { return max(1, replicas-1) }

func (s *kafkaSecurity) properties() []string {
	lines := []string{
		"sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"ssl.keystore.type=PEM", "ssl.keystore.location=" + s.keyStoreFile,
		"ssl.truststore.type=PEM", "ssl.truststore.location=" + s.caFile,
		// Clients may show a certificate; one of another CA is refused.
		"ssl.client.auth=requested",
		// Users that a test makes have the rights that it grants them, and no more.
		"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users=User:ANONYMOUS;User:CN=" + clientName + ";User:" + s.user,
	}
	const modules = "org.apache.kafka.common.security."
	for _, listener := range []string{"sasl_plaintext", "sasl_ssl"} {
		prefix := "listener.name." + listener + "."
		lines = append(lines,
			fmt.Sprintf(`%splain.sasl.jaas.config=%splain.PlainLoginModule required user_%s="%s";`, prefix, modules, s.user, s.password),
			prefix+"scram-sha-256.sasl.jaas.config="+modules+"scram.ScramLoginModule required;",
			prefix+"scram-sha-512.sasl.jaas.config="+modules+"scram.ScramLoginModule required;",
		)
	}
	return lines
}

// formatArgs are the arguments of StorageTool; SCRAM users live in the metadata
// log, so they are made here.
func (n kafkaNode) formatArgs(clusterID, properties string) []string {
	args := []string{"format", "-t", clusterID, "-c", properties}
	if n.security == nil {
		return args
	}
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		args = append(args, "--add-scram",
			fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, n.security.user, n.security.password))
	}
	return args
}
