//go:build stack

package secure

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/astraproxy"
	"ingest/test/harness"
)

// The token's user name is always the same; the token is the password.
const (
	tokenUser   = "token"
	rightToken  = "AstraCS:right-never-to-be-seen"
	clientID    = "c1ient-1d"
	rightSecret = "s3cret-of-the-client-never-to-be-seen"
)

// database is the stack's Cassandra behind a proxy, as Astra's is.
type database struct {
	*goods
	*astraproxy.Proxy
	hostID string
}

// testBundle moves the records through a proxy that a secure connect bundle leads to.
func testBundle(t *testing.T, g *goods) {
	for name, password := range map[string]string{tokenUser: rightToken, clientID: rightSecret} {
		g.execute(`CREATE ROLE "` + name + `" WITH PASSWORD = '` + password + `' AND LOGIN = true AND SUPERUSER = true`)
	}
	d := newDatabase(t, g)
	t.Run("token", func(t *testing.T) {
		b := d.deliver(t)
		w := b.start()
		demandDone(t, w, runLimit)
		b.check()
		d.secret(t, w.Output())
		if dialled := d.Dialled(); dialled[d.hostID] == 0 || len(dialled) != 1 {
			t.Errorf("the proxy saw %v", dialled)
		}
	})
	t.Run("client id and secret", func(t *testing.T) {
		b := d.deliver(t)
		maps.Copy(b.env, map[string]string{"INGEST_CASSANDRA_ASTRA_TOKEN_FILE": "",
			"INGEST_CASSANDRA_ASTRA_CLIENT_ID": clientID, "INGEST_CASSANDRA_ASTRA_CLIENT_SECRET": rightSecret})
		w := b.start()
		demandDone(t, w, runLimit)
		b.check()
		d.secret(t, w.Output())
	})
	t.Run("wrong token", func(t *testing.T) {
		b := d.deliver(t)
		writeFile(t, b.env["INGEST_CASSANDRA_ASTRA_TOKEN_FILE"], []byte(wrongPassword))
		d.waitsFor(t, b, "token and/or password are incorrect", func() {
			writeFile(t, b.env["INGEST_CASSANDRA_ASTRA_TOKEN_FILE"], []byte(rightToken))
		})
	})
	t.Run("paused", func(t *testing.T) {
		d.Answer(astraproxy.Status(503))
		d.waitsFor(t, d.deliver(t), "the database is paused", func() { d.Answer(nil) })
	})
	t.Run("no proxy", func(t *testing.T) {
		d.Cut()
		d.waitsFor(t, d.deliver(t), "through the proxy "+d.Address(), func() {
			if err := d.Resume(); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("what cannot work", d.testFaults)
	t.Run("a proxy that is killed", d.testKilledProxy)
}

func newDatabase(t *testing.T, g *goods) *database {
	t.Helper()
	var id gocql.UUID
	if err := g.cql.Query("SELECT host_id FROM system.local").Scan(&id); err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(servers.Security.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	p, err := astraproxy.Start(astraproxy.Options{
		Nodes: map[string]string{id.String(): servers.Cassandra[0].Addr}, TLS: &tls.Config{RootCAs: roots},
		Datacenter: "datacenter1", Keyspace: keyspace,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return &database{goods: g, Proxy: p, hostID: id.String()}
}

// deliver prepares a run with a bundle and a token instead of all else that says
// where Cassandra is and who asks. The keyspace is that of the bundle.
func (d *database) deliver(t *testing.T) *delivery {
	t.Helper()
	b := d.goods.deliver(t)
	for name := range b.env {
		if strings.HasPrefix(name, "INGEST_CASSANDRA_") {
			b.env[name] = ""
		}
	}
	packed, err := d.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bundle, token := filepath.Join(dir, "bundle.zip"), filepath.Join(dir, "token")
	writeFile(t, bundle, packed)
	writeFile(t, token, []byte(rightToken))
	mapping, err := os.ReadFile(b.env["INGEST_MAPPING_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, b.env["INGEST_MAPPING_FILE"], []byte(strings.Replace(string(mapping), keyspace+".", "", 1)))
	b.env["INGEST_CASSANDRA_ASTRA_BUNDLE_FILE"], b.env["INGEST_CASSANDRA_ASTRA_TOKEN_FILE"] = bundle, token
	return b
}

// waitsFor sees a worker name what it waits for, in one line, and go on once that is
// mended.
func (d *database) waitsFor(t *testing.T, b *delivery, says string, mend func()) {
	t.Helper()
	w := b.start()
	harness.Eventually(t, 30*time.Second, "/readyz says "+says, func() error {
		reasons, err := w.Unready()
		if err != nil {
			return errors.Join(err, w.Alive())
		}
		if text := reasons["cassandra"]; !strings.Contains(text, says) || strings.Contains(text, "\n") {
			return fmt.Errorf("not ready: %v", reasons)
		}
		t.Log(reasons["cassandra"])
		return nil
	})
	mend()
	demandDone(t, w, runLimit)
	b.check()
	d.secret(t, w.Output())
}

// secret fails the test when a text holds what nobody may see.
func (d *database) secret(t *testing.T, text string) {
	t.Helper()
	demandNoSecrets(t, text)
	for _, s := range []string{rightToken, rightSecret, astraproxy.StorePassword, "PRIVATE KEY"} {
		if strings.Contains(text, s) {
			t.Errorf("a secret stands in what the worker says:\n%s", text)
		}
	}
}

// testFaults: what no waiting mends ends the worker with a line for each fault.
func (d *database) testFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, env map[string]string)
		says   string
	}{
		{"hosts too", func(_ *testing.T, env map[string]string) { env["INGEST_CASSANDRA_HOSTS"] = "127.0.0.1" },
			"INGEST_CASSANDRA_HOSTS: is set, and so is INGEST_CASSANDRA_ASTRA_BUNDLE_FILE"},
		{"no bundle", func(_ *testing.T, env map[string]string) { env["INGEST_CASSANDRA_ASTRA_BUNDLE_FILE"] += ".gone" },
			"INGEST_CASSANDRA_ASTRA_BUNDLE_FILE: reading the secret file"},
		{"expired", func(t *testing.T, env map[string]string) {
			files, err := d.Files(time.Now().Add(-time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			packed, err := astraproxy.Pack(files)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, env["INGEST_CASSANDRA_ASTRA_BUNDLE_FILE"], packed)
		}, "INGEST_CASSANDRA_ASTRA_BUNDLE_FILE: the secure connect bundle "},
		{"another data centre", func(_ *testing.T, env map[string]string) { env["INGEST_CASSANDRA_DATACENTER"] = "atlantis" },
			`INGEST_CASSANDRA_DATACENTER: is "atlantis"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := d.deliver(t)
			c.change(t, b.env)
			w := b.start()
			if code := w.Wait(runLimit); code != 78 {
				t.Errorf("exit code %d, want 78", code)
			}
			if !strings.Contains(w.Output(), "\n"+c.says) && !strings.HasPrefix(w.Output(), c.says) {
				t.Errorf("no line begins with %q:\n%s", c.says, w.Output())
			}
			d.secret(t, w.Output())
		})
	}
}

// testKilledProxy kills the proxy under a worker that has written, and sees records
// that came meanwhile arrive when it is back.
func (d *database) testKilledProxy(t *testing.T) {
	b := d.deliver(t)
	w := startWorker(t, b.env, "run")
	arrived := func() error {
		var rows int
		if err := d.cql.Query("SELECT COUNT(*) FROM " + b.table).Scan(&rows); err != nil {
			return err
		}
		if rows != records {
			return fmt.Errorf("%d rows, want %d", rows, records)
		}
		return w.Alive()
	}
	harness.Eventually(t, runLimit, "the records arrive", arrived)
	if _, metrics := w.Get("/metrics"); !strings.Contains(metrics, `ingest_sink_requests{server_address="`+d.hostID+`"`) {
		t.Error("the node does not go by its host id in the metrics")
	}
	d.Cut()
	d.execute("TRUNCATE " + b.table)
	client, err := kgo.NewClient(kgo.SeedBrokers(servers.Brokers()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	again := sample(t)
	if err := client.ProduceSync(t.Context(), again...).FirstErr(); err != nil {
		t.Fatalf("producing: %v", err)
	}
	harness.Eventually(t, time.Minute, "/readyz blames cassandra", func() error {
		reasons, err := w.Unready()
		if err != nil {
			return err
		}
		if reasons["cassandra"] == "" {
			return fmt.Errorf("the reasons are %v", reasons)
		}
		return nil
	})
	if err := d.Resume(); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, runLimit, "the records arrive", arrived)
	b.check()
	d.secret(t, w.Output())
}
