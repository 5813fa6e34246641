package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"ingest/test/stack"
)

// servers are where the measurement takes place.
type servers struct {
	brokers  []string
	hosts    []string
	port     int
	registry string
	env      []string     // the same in the names that the worker reads
	own      *stack.Stack // nil for servers that were there before
}

// openServers starts servers, or takes those that the environment names.
func openServers(ctx context.Context, o options, stderr io.Writer) (*servers, error) {
	if o.Stack == stackExisting {
		return existing(os.Environ())
	}
	options := stack.Default()
	options.Progress = stack.WriterProgress(stderr)
	own, err := stack.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	return &servers{
		brokers: own.Brokers(), hosts: own.CassandraHosts(), port: own.CassandraPort(),
		registry: own.RegistryURL(), env: own.Env(), own: own,
	}, nil
}

func (s *servers) close() {
	if s.own != nil {
		s.own.Stop()
	}
}

// The settings that say where servers are.
const (
	envBrokers  = "INGEST_KAFKA_BROKERS"
	envHosts    = "INGEST_CASSANDRA_HOSTS"
	envPort     = "INGEST_CASSANDRA_PORT"
	envRegistry = "INGEST_SCHEMA_REGISTRY_URLS"
)

// existing reads where servers are. Only servers without TLS and passwords can
// be measured: encryption would be measured too.
func existing(environ []string) (*servers, error) {
	set := map[string]string{}
	s := &servers{port: 9042}
	for _, setting := range environ {
		name, value, _ := strings.Cut(setting, "=")
		for _, part := range []string{"_TLS_", "_SASL_", "_USERNAME", "_PASSWORD"} {
			if strings.HasPrefix(name, "INGEST_") && strings.Contains(name, part) && value != "" {
				return nil, fmt.Errorf("%s is set: only servers without TLS and passwords can be measured", name)
			}
		}
		if strings.HasPrefix(name, "INGEST_KAFKA_") || strings.HasPrefix(name, "INGEST_CASSANDRA_") || strings.HasPrefix(name, "INGEST_SCHEMA_REGISTRY_") {
			set[name] = value
			s.env = append(s.env, setting)
		}
	}
	var faults []error
	for _, name := range []string{envBrokers, envHosts, envRegistry} {
		if set[name] == "" {
			faults = append(faults, fmt.Errorf("%s is not set; source the file that `devstack up` names, or use --stack %s", name, stackStart))
		}
	}
	if text := set[envPort]; text != "" {
		port, err := strconv.Atoi(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %q is not a port", envPort, text))
		}
		s.port = port
	}
	s.brokers, s.hosts = strings.Split(set[envBrokers], ","), strings.Split(set[envHosts], ",")
	s.registry, _, _ = strings.Cut(set[envRegistry], ",")
	return s, errors.Join(faults...)
}

// stay keeps servers of its own until ctx ends, and says how to use them.
func (s *servers) stay(ctx context.Context, stderr io.Writer, env []string) {
	if s.own == nil {
		return
	}
	fmt.Fprintln(stderr, "\nThe servers stay until Ctrl-C. To run a worker against them, in another terminal:")
	for _, setting := range env {
		name, value, _ := strings.Cut(setting, "=")
		fmt.Fprintf(stderr, "  export %s='%s'\n", name, value)
	}
	fmt.Fprintln(stderr, "  export INGEST_KAFKA_GROUP_ID=profile-1   # another one for each run\n  bin/ingest run --until-current")
	<-ctx.Done()
}
