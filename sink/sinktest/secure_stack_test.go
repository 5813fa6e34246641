//go:build stack

package sinktest_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/metric/noop"

	"ingest/config/secret"
	"ingest/retry"
	"ingest/sink"
	"ingest/test/stack"
)

// A server that demands TLS and a password, through the package's public face.
func TestSecureServer(t *testing.T) {
	s, err := stack.Start(t.Context(), stack.Options{CassandraNodes: 1, Secure: true, KafkaHeap: "256m", Progress: stack.WriterProgress(os.Stderr)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	good := func() sink.Config {
		return sink.Config{
			Cassandra: sink.CassandraConfig{
				Hosts: s.CassandraHosts(), Port: s.CassandraPort(), Consistency: "LOCAL_ONE",
				Username: s.Security.CassandraUser, Password: secret.File(s.Security.CassandraPasswordFile),
				TLS:     secret.TLS{Enabled: true, CAFile: s.Security.CAFile},
				Timeout: 5 * time.Second, ConnectTimeout: 5 * time.Second,
			},
			InFlight: sink.InFlightConfig{Requests: 8},
			Retry:    retry.Config{Min: 10 * time.Millisecond, Max: 50 * time.Millisecond},
		}
	}
	deps := sink.Deps{Log: slog.New(slog.DiscardHandler), Meter: noop.Meter{}, Waiting: func(string) {}}

	t.Run("the right settings connect", func(t *testing.T) {
		session, err := sink.Connect(t.Context(), good(), deps)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		catalog, err := session.Catalog(t.Context(), []string{"system"})
		if err != nil || catalog.Keyspaces["system"]["local"] == nil {
			t.Errorf("reading the catalog: %v", err)
		}
	})
	waits := map[string]func(*sink.Config){
		"a wrong password":          func(c *sink.Config) { c.Cassandra.Password = secret.Literal("sekrit-but-wrong") },
		"another authority":         func(c *sink.Config) { c.Cassandra.TLS.CAFile = s.Security.OtherCAFile },
		"no TLS":                    func(c *sink.Config) { c.Cassandra.TLS = secret.TLS{}; c.Cassandra.ConnectTimeout = time.Second },
		"another data centre":       func(c *sink.Config) { c.Cassandra.Datacenter = "atlantis" },
		"no password for this user": func(c *sink.Config) { c.Cassandra.Username = "" },
	}
	for name, spoil := range waits {
		t.Run(name+" is waited for", func(t *testing.T) {
			c := good()
			spoil(&c)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			d := deps
			var reason string
			d.Waiting = func(r string) { reason = r; cancel() }
			if _, err := sink.Connect(ctx, c, d); !errors.Is(err, context.Canceled) {
				t.Fatalf("Connect returned %v, want the end of its context", err)
			}
			if reason == "" || strings.Contains(reason, "sekrit") {
				t.Errorf("the reason given is %q", reason)
			}
			t.Log(reason)
		})
	}
	t.Run("a CA file that is not there ends it", func(t *testing.T) {
		c := good()
		c.Cassandra.TLS.CAFile = "/nowhere/ca.pem"
		if _, err := sink.Connect(t.Context(), c, deps); err == nil || !strings.Contains(err.Error(), "/nowhere/ca.pem") {
			t.Errorf("Connect returned %v, want an error that names the file", err)
		}
	})
}
