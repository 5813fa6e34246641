package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingest/config"
	"ingest/test/astraproxy"
)

// A secure connect bundle stands in for hosts, and its keyspace counts where no other
// is set.
func TestBundleInsteadOfHosts(t *testing.T) {
	p, err := astraproxy.Start(astraproxy.Options{Keyspace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	packed, err := p.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(path, packed, 0o600); err != nil {
		t.Fatal(err)
	}
	const keyspace = "INGEST_CASSANDRA_KEYSPACE"
	bundled := func(pairs ...string) []string {
		return with(append(pairs, "INGEST_CASSANDRA_HOSTS", "", "INGEST_CASSANDRA_ASTRA_BUNDLE_FILE", path, "INGEST_CASSANDRA_ASTRA_TOKEN", "AstraCS:sekrit")...)
	}
	for title, test := range map[string]struct {
		environ []string
		want    config.Setting
	}{
		"of the bundle": {bundled(), config.Setting{Value: "shop", Origin: config.Bundle}},
		"its own":       {bundled(keyspace, "bank"), config.Setting{Value: "bank", Origin: config.Environment}},
		"no bundle":     {with(), config.Setting{Value: "", Origin: config.Default}},
	} {
		t.Run(title, func(t *testing.T) {
			c, err := config.Load(test.environ)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.Effective() {
				if s.Name == keyspace && (s.Value != test.want.Value || s.Origin != test.want.Origin) {
					t.Errorf("got %q from %s, want %q from %s", s.Value, s.Origin, test.want.Value, test.want.Origin)
				}
				if strings.Contains(s.Value, "sekrit") {
					t.Errorf("%s shows a secret", s.Name)
				}
			}
		})
	}
	_, err = config.Load(with("INGEST_CASSANDRA_ASTRA_BUNDLE_FILE", path, "INGEST_CASSANDRA_ASTRA_TOKEN", "AstraCS:sekrit"))
	if got := faultLines(t, err); len(got) != 1 || !strings.HasPrefix(got[0], "INGEST_CASSANDRA_HOSTS: is set, and so is INGEST_CASSANDRA_ASTRA_BUNDLE_FILE") {
		t.Errorf("hosts too: got %q", got)
	}
	_, err = config.Load(with("INGEST_CASSANDRA_HOSTS", "", "INGEST_CASSANDRA_ASTRA_BUNDLE_FILE", path+".gone", "INGEST_CASSANDRA_ASTRA_TOKEN", "AstraCS:sekrit"))
	if got := faultLines(t, err); len(got) != 1 || !strings.HasPrefix(got[0], "INGEST_CASSANDRA_ASTRA_BUNDLE_FILE: reading the secret file "+path+".gone: no such file") {
		t.Errorf("no bundle: got %q", got)
	}
}
