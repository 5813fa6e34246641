package registry

import (
	"strings"
	"testing"
	"time"

	"ingest/config/secret"
)

func TestConfigReportsEveryFault(t *testing.T) {
	tls := secret.TLS{Enabled: true}
	cases := []struct {
		name string
		cfg  Config
		want []string
	}{
		{"nothing", Config{}, []string{"TIMEOUT: 0s is not between", "TIMEOUT:"}},
		{"no scheme", Config{URLs: []string{"registry:8081"}, Timeout: time.Second}, []string{"URLS: URL 1 is not a URL"}},
		{"secret in the URL", Config{URLs: []string{"http://a:hunter2@r"}, Timeout: time.Second}, []string{"URLS: URL 1 holds a user name"}},
		{"query", Config{URLs: []string{"http://r", "http://r?key=hunter2"}, Timeout: time.Second}, []string{"URLS: URL 2 has a query"}},
		{"plain with TLS", Config{URLs: []string{"http://r"}, TLS: tls, Timeout: time.Second}, []string{"URLS: URL 1 begins with http://"}},
		{"user alone", Config{URLs: []string{"http://r"}, Username: "a", Timeout: time.Second}, []string{"PASSWORD: is not set"}},
		{"password alone", Config{URLs: []string{"http://r"}, Password: password("hunter2"), Timeout: time.Second}, []string{"USERNAME: is not set"}},
		{"fine", config(), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.cfg.Validate()
			if (err == nil) != (c.want == nil) {
				t.Fatalf("error %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), "INGEST_SCHEMA_REGISTRY_"+want) {
					t.Errorf("error %v, want %q in it", err, want)
				}
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %v shows a secret", err)
			}
		})
	}
}
