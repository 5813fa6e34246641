package stack

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Versions of the servers. Each is the newest complete set on Maven Central
// that runs on Java 17.
const (
	KafkaVersion        = "4.3.1"
	CassandraVersion50  = "5.0.9"
	CassandraVersion41  = "4.1.10"
	RegistryVersion     = "2.6.13.Final"
	defaultStartTimeout = 3 * time.Minute
)

// Options says which servers Start starts. The zero value is one Kafka broker
// and nothing else; see Default.
type Options struct {
	// Brokers is 1 (also for 0) or 3. Three brokers are three voters, with
	// replication factor 3 and min.insync.replicas 2.
	Brokers int
	// CassandraNodes is 0 for none, 1 or 3. Three nodes listen on 127.0.0.1 to
	// 127.0.0.3, all on one port.
	CassandraNodes int
	// CassandraVersion is CassandraVersion50 (also for "") or CassandraVersion41.
	CassandraVersion string
	// Registry starts a schema registry with the Confluent API.
	Registry bool
	// Secure adds listeners with TLS and SASL to Kafka, makes Cassandra demand
	// TLS and a password, and puts a proxy with basic authentication before the
	// registry. Stack.Security then says how to connect.
	Secure bool
	// CassandraClientCert makes a secure Cassandra demand a client certificate too.
	CassandraClientCert bool
	// Fronted makes the servers tell clients other addresses than those on which
	// they listen, so that a proxy can stand in the way; see Stack.Fronts.
	Fronted bool
	// CassandraDurable makes nodes acknowledge a write only when it is on disk. By
	// default a killed node may lose what it acknowledged in its last moments.
	CassandraDurable bool
	// CassandraSettings are further lines of cassandra.yaml, and
	// CassandraProperties system properties such as "name=value", of each node.
	CassandraSettings, CassandraProperties []string

	// KafkaPort, CassandraPort and RegistryPort are fixed ports, or 0 for free
	// ones. Three brokers take KafkaPort and the two ports after it.
	KafkaPort, CassandraPort, RegistryPort int

	// KafkaHeap, CassandraHeap and RegistryHeap are Java heap sizes such as
	// "1g"; empty means 1g, 1g (768m each for three nodes) and 256m.
	KafkaHeap, CassandraHeap, RegistryHeap string

	// Dir holds data and logs; it must be empty or absent. "" means a fresh
	// folder under .local/stack/run of the repository.
	Dir string
	// Keep leaves Dir in place after Stop; the servers then end gracefully.
	Keep bool

	// StartTimeout bounds the start of each server; 0 means three minutes.
	StartTimeout time.Duration
	// Progress, when set, hears what is being waited for, a line without its end
	// at a time, never two at once.
	Progress func(line string)
}

// Default is one Kafka broker, one Cassandra node and a registry.
func Default() Options {
	return Options{Brokers: 1, CassandraNodes: 1, Registry: true}
}

// WriterProgress makes an Options.Progress that writes lines to w.
func WriterProgress(w io.Writer) func(string) {
	return func(line string) { fmt.Fprintln(w, line) }
}

// finish fills in the defaults and returns all faults at once.
func (o *Options) finish() error {
	setDefault(&o.Brokers, 1)
	setDefault(&o.CassandraVersion, CassandraVersion50)
	setDefault(&o.StartTimeout, defaultStartTimeout)
	setDefault(&o.KafkaHeap, "1g")
	setDefault(&o.RegistryHeap, "256m")
	if o.CassandraNodes == 3 {
		setDefault(&o.CassandraHeap, "768m")
	}
	setDefault(&o.CassandraHeap, "1g")
	return o.Check()
}

// Check returns all faults of the options at once. Start calls it too.
func (o *Options) Check() error {
	var faults []error
	if o.Brokers != 0 && o.Brokers != 1 && o.Brokers != 3 {
		faults = append(faults, fmt.Errorf("%d Kafka brokers: use 1 or 3", o.Brokers))
	}
	if o.CassandraNodes != 0 && o.CassandraNodes != 1 && o.CassandraNodes != 3 {
		faults = append(faults, fmt.Errorf("%d Cassandra nodes: use 0, 1 or 3", o.CassandraNodes))
	}
	if o.CassandraVersion != "" && o.CassandraVersion != CassandraVersion50 && o.CassandraVersion != CassandraVersion41 {
		faults = append(faults, fmt.Errorf("version %q of Cassandra: use %s or %s",
			o.CassandraVersion, CassandraVersion50, CassandraVersion41))
	}
	for _, port := range []int{o.KafkaPort, o.CassandraPort, o.RegistryPort} {
		if port < 0 || port > 65533 {
			faults = append(faults, fmt.Errorf("port %d: use 1 to 65533, or 0 for a free one", port))
		}
	}
	return errors.Join(faults...)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
