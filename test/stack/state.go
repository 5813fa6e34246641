package stack

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	kindKafka     = "kafka"
	kindCassandra = "cassandra"
	kindRegistry  = "registry"
)

// state is what a running stack tells others about itself, in its folder.
type state struct {
	OwnerPid int           `json:"owner_pid"`
	Started  time.Time     `json:"started"`
	Servers  []serverState `json:"servers"`
	TLS      *tlsFiles     `json:"tls,omitempty"` // for Cassandra, when it is secured
}

// serverState is one server.
type serverState struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Number  int    `json:"number"` // from 1, among those of its kind
	Version string `json:"version"`
	Addr    string `json:"addr"`
	Pid     int    `json:"pid"`
	Log     string `json:"log"`
}

// writeState replaces the state file by the present state.
func (s *Stack) writeState() error {
	s.stateMu.Lock()
	defer s.stateMu.Unlock()
	text, err := json.MarshalIndent(s.state(), "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(s.folder.path(stateName), text); err != nil {
		return fmt.Errorf("writing the state of the stack: %w", err)
	}
	return nil
}

func (s *Stack) state() state {
	now := state{OwnerPid: os.Getpid(), Started: s.started}
	if sec := s.Security; sec != nil {
		now.TLS = &tlsFiles{CA: sec.CAFile, Cert: sec.ClientCertFile, Key: sec.ClientKeyFile}
	}
	add := func(kind, version string, processes ...*Process) {
		for i, p := range processes {
			now.Servers = append(now.Servers, serverState{
				Name: p.Name, Kind: kind, Number: i + 1, Version: version, Addr: p.Addr, Pid: p.Pid(), Log: p.log,
			})
		}
	}
	add(kindKafka, KafkaVersion, s.Kafka...)
	add(kindCassandra, s.options.CassandraVersion, s.Cassandra...)
	if s.Registry != nil {
		add(kindRegistry, RegistryVersion, s.Registry)
	}
	return now
}

// Env says where the servers are, as NAME=value in the names that ingest reads.
// A secure stack names its secured listeners, and files instead of passwords.
func (s *Stack) Env() []string {
	brokers, registry := s.Brokers(), s.RegistryURL()
	if s.Security != nil {
		brokers, registry = s.Security.SASLTLSBrokers, s.Security.RegistryTLSURL
	}
	env := []string{"INGEST_KAFKA_BROKERS=" + strings.Join(brokers, ",")}
	if len(s.Cassandra) > 0 {
		env = append(env, "INGEST_CASSANDRA_HOSTS="+strings.Join(s.CassandraHosts(), ","),
			"INGEST_CASSANDRA_PORT="+strconv.Itoa(s.CassandraPort()),
			"INGEST_CASSANDRA_DATACENTER=datacenter1") // the name that SimpleSnitch gives
	}
	if registry != "" {
		env = append(env, "INGEST_SCHEMA_REGISTRY_URLS="+registry)
	}
	if s.Security != nil {
		env = append(env, s.Security.env(s)...)
	}
	return env
}

func (s *Security) env(stack *Stack) []string {
	env := []string{
		"INGEST_KAFKA_TLS_ENABLED=true",
		"INGEST_KAFKA_TLS_CA_FILE=" + s.CAFile,
		"INGEST_KAFKA_SASL_MECHANISM=SCRAM-SHA-512",
		"INGEST_KAFKA_SASL_USERNAME=" + s.KafkaUser,
		"INGEST_KAFKA_SASL_PASSWORD_FILE=" + s.KafkaPasswordFile,
	}
	if len(stack.Cassandra) > 0 {
		env = append(env,
			"INGEST_CASSANDRA_TLS_ENABLED=true",
			"INGEST_CASSANDRA_TLS_CA_FILE="+s.CAFile,
			"INGEST_CASSANDRA_USERNAME="+s.CassandraUser,
			"INGEST_CASSANDRA_PASSWORD_FILE="+s.CassandraPasswordFile)
	}
	if stack.Registry != nil {
		env = append(env,
			"INGEST_SCHEMA_REGISTRY_TLS_ENABLED=true",
			"INGEST_SCHEMA_REGISTRY_TLS_CA_FILE="+s.CAFile,
			"INGEST_SCHEMA_REGISTRY_USERNAME="+s.RegistryUser,
			"INGEST_SCHEMA_REGISTRY_PASSWORD_FILE="+s.RegistryPasswordFile)
	}
	return env
}

// replaceFile writes a file that readers see complete, old or new.
func replaceFile(path string, text []byte) error {
	temp := path + ".new"
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
