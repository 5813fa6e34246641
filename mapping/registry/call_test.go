package registry

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What may pass by itself, or what a person may repair, is waited for.
func TestFailuresAreWaitedFor(t *testing.T) {
	cases := []struct {
		name, reason string
		answer       func(http.ResponseWriter, *http.Request) bool
	}{
		{"server error", "HTTP status 500", answering(3, 500, `{"error_code":50001,"message":"store"}`)},
		{"unavailable", "HTTP status 503", answering(3, 503, "upstream connect error")},
		{"too many requests", "HTTP status 429", answering(3, 429, "")},
		{"not authenticated", "check INGEST_SCHEMA_REGISTRY_USERNAME", answering(3, 401, `{"error_code":401,"message":"Unauthorized"}`)},
		{"not authorized", "check INGEST_SCHEMA_REGISTRY_USERNAME", answering(3, 403, `{"error_code":40301,"message":"no"}`)},
		{"redirect", "redirects are not followed", answering(3, 302, "")},
		{"no JSON", "invalid character", answering(3, 200, "<html>log in</html>")},
		{"other JSON", "holds no schema", answering(3, 200, `{"status":"up"}`)},
		{"half an answer", "unexpected end of JSON", answering(3, 200, `{"schema":"\"in`)},
		{"bare 404 everywhere", "check the path", answering(6, 404, "404 page not found")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, config())
				w.seed("points-value", 1, 7, pointSchema)
				w.answers(c.answer)
				if _, err := w.client.Schema(t.Context(), 7); err != nil {
					t.Fatal(err)
				}
				w.saidOnly(c.reason)
				if n := strings.Count(w.logged(), "waiting for the schema registry\" reason"); n != 1 {
					t.Errorf("%d log lines about one outage, want 1:\n%s", n, w.logged())
				}
			})
		})
	}
}

func TestARegistryThatIsAwayForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.seed("points-value", 1, 7, pointSchema)
		w.answers(gone)
		result := make(chan error, 1)
		go func() {
			_, err := w.client.Schema(t.Context(), 7)
			result <- err
		}()
		time.Sleep(3 * time.Hour)
		if n := strings.Count(w.logged(), "level=WARN"); n < 100 || n > 181 {
			t.Errorf("%d warnings in three hours, want one a minute", n)
		}
		w.answers(nil)
		if err := <-result; err != nil {
			t.Fatal(err)
		}
		w.saidOnly("asking the schema registry for schema id 7")
	})
}

func TestTheNextURLIsAsked(t *testing.T) {
	cfg := config()
	cfg.URLs = []string{"http://one.test", "http://two.test/base"}
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request) bool{"away": gone, "failing": answering(1000, 500, "")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, cfg)
				w.answers(func(rw http.ResponseWriter, r *http.Request) bool {
					if r.URL.Host == "one.test" {
						return answer(rw, r)
					}
					fmt.Fprintf(rw, `{"schema":"\"int\""}`)
					return true
				})
				for id := range int32(5) {
					if _, err := w.client.Schema(t.Context(), id+1); err != nil {
						t.Fatal(err)
					}
				}
				if n := w.asked(); n != 6 {
					t.Errorf("%d requests %q, want 6: the one that failed, and then all at the second", n, w.requests)
				}
				if got := w.requests[1]; got != "GET two.test/base/schemas/ids/1" {
					t.Errorf("second request %q", got)
				}
			})
		})
	}
}
