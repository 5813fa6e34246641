package sink

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocql/gocql"

	"ingest/config/secret"
	"ingest/test/astraproxy"
)

// bundleFile gives the path of a bundle that is all right.
func bundleFile(t *testing.T) string {
	t.Helper()
	p, err := astraproxy.Start(astraproxy.Options{Keyspace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	packed, err := p.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(path, packed, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestValidateWithBundle(t *testing.T) {
	path := bundleFile(t)
	hidden := secret.Literal("sekrit")
	for name, test := range map[string]struct {
		change func(c *CassandraConfig)
		want   []string // how each line begins
	}{
		"token":                {func(c *CassandraConfig) { c.Astra.Token = hidden }, nil},
		"client id and secret": {func(c *CassandraConfig) { c.Astra.ClientID, c.Astra.ClientSecret = "id", hidden }, nil},
		"nothing":              {func(*CassandraConfig) {}, []string{"INGEST_CASSANDRA_ASTRA_TOKEN: is not set; the bundle needs it, or else"}},
		"token and client id": {func(c *CassandraConfig) { c.Astra.Token, c.Astra.ClientID = hidden, "id" },
			[]string{"INGEST_CASSANDRA_ASTRA_TOKEN: is set, and so is a client id or secret"}},
		"client id alone":     {func(c *CassandraConfig) { c.Astra.ClientID = "id" }, []string{"INGEST_CASSANDRA_ASTRA_CLIENT_SECRET: is not set"}},
		"client secret alone": {func(c *CassandraConfig) { c.Astra.ClientSecret = hidden }, []string{"INGEST_CASSANDRA_ASTRA_CLIENT_ID: is not set"}},
		"what the bundle stands in for": {func(c *CassandraConfig) {
			c.Astra.Token, c.Hosts, c.TLS.Enabled, c.Username, c.Password = hidden, []string{"a"}, true, "u", hidden
		}, []string{"INGEST_CASSANDRA_HOSTS: is set, and so is INGEST_CASSANDRA_ASTRA_BUNDLE_FILE", "INGEST_CASSANDRA_TLS_ENABLED: is set, and so",
			"INGEST_CASSANDRA_USERNAME: is set, and so", "INGEST_CASSANDRA_PASSWORD: is set, and so"}},
		"a password alone":     {func(c *CassandraConfig) { c.Astra.Token, c.Password = hidden, hidden }, []string{"INGEST_CASSANDRA_PASSWORD: is set, and so"}},
		"no bundle file there": {func(c *CassandraConfig) { c.Astra.Token, c.Astra.BundleFile = hidden, "/nowhere" }, []string{"INGEST_CASSANDRA_ASTRA_BUNDLE_FILE: reading the secret file /nowhere: "}},
		"without a bundle": {func(c *CassandraConfig) {
			c.Astra = AstraConfig{ClientID: "id", ClientSecret: hidden, Token: hidden}
		}, []string{"INGEST_CASSANDRA_ASTRA_CLIENT_ID: is set, but INGEST_CASSANDRA_ASTRA_BUNDLE_FILE is not", "INGEST_CASSANDRA_ASTRA_CLIENT_SECRET: is set, but", "INGEST_CASSANDRA_ASTRA_TOKEN: is set, but"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := defaultConfig(t)
			c.Cassandra.Hosts, c.Cassandra.Astra.BundleFile = nil, path
			test.change(&c.Cassandra)
			var lines []string
			if err := c.Validate(); err != nil {
				lines = strings.Split(err.Error(), "\n")
			}
			if len(lines) != len(test.want) {
				t.Fatalf("got %q, want %q", lines, test.want)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) || strings.Contains(lines[i], "sekrit") {
					t.Errorf("got %q, want %q", lines[i], want)
				}
			}
		})
	}
}

// The password of a token is the token, and Astra's own authenticator may have it;
// other servers see what they always did.
func TestCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		config CassandraConfig
		server string // the authenticator that the server names
		want   string // user, password; empty: refused
	}{
		"token":         {CassandraConfig{Astra: AstraConfig{BundleFile: "b", Token: secret.Literal("AstraCS:x")}}, "org.apache.cassandra.auth.AstraAuthenticator", "\x00token\x00AstraCS:x"},
		"client id":     {CassandraConfig{Astra: AstraConfig{BundleFile: "b", ClientID: "id", ClientSecret: secret.Literal("s")}}, "org.apache.cassandra.auth.PasswordAuthenticator", "\x00id\x00s"},
		"user":          {CassandraConfig{Username: "u", Password: secret.Literal("p")}, "org.apache.cassandra.auth.PasswordAuthenticator", "\x00u\x00p"},
		"a stranger":    {CassandraConfig{Astra: AstraConfig{BundleFile: "b", Token: secret.Literal("t")}}, "com.example.Phishing", ""},
		"Astra at home": {CassandraConfig{Username: "u", Password: secret.Literal("p")}, "org.apache.cassandra.auth.AstraAuthenticator", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := (&opener{config: test.config}).authenticate(&gocql.HostInfo{})
			if err != nil {
				t.Fatal(err)
			}
			if got, _, err := a.Challenge([]byte(test.server)); string(got) != test.want || (err != nil) != (test.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestTheKeyspaceOfTheBundle(t *testing.T) {
	path := bundleFile(t)
	for name, test := range map[string]struct {
		bundle, own string
		took        bool
		want        string
	}{
		"of the bundle":                {path, "", true, "shop"},
		"its own":                      {path, "bank", false, "bank"},
		"no bundle":                    {"", "", false, ""},
		"a bundle that cannot be read": {path + ".gone", "", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := CassandraConfig{Keyspace: test.own, Astra: AstraConfig{BundleFile: test.bundle}}
			if took := c.TakeKeyspace(); took != test.took || c.Keyspace != test.want {
				t.Errorf("got %q, %v; want %q, %v", c.Keyspace, took, test.want, test.took)
			}
		})
	}
}

func TestPlaceholders(t *testing.T) {
	for _, number := range []int{0, 1, 255, 256, 70_000, 1<<31 - 1} {
		if got := contactPoint(placeholder(number)); got != number {
			t.Errorf("%v stands for %d, want %d", placeholder(number), got, number)
		}
	}
	for _, address := range []string{"127.0.0.1", "1.0.0.1", "0.0.0.1", "::1", "2001:db8::1", "100:0:0:1::1"} {
		if got := contactPoint(net.ParseIP(address)); got != -1 {
			t.Errorf("%s stands for %d", address, got)
		}
	}
	if text := placeholder(1).String(); text != "100::1" {
		t.Errorf("got %s", text)
	}
	if contactPoint(nil) != -1 {
		t.Error("no address is a placeholder")
	}
}
