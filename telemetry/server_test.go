package telemetry_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"ingest/telemetry"
)

// start serves on a free port until the test ends.
func start(t *testing.T, h *telemetry.Health, metrics http.Handler) string {
	t.Helper()
	log, _ := recorder()
	server := telemetry.NewServer("127.0.0.1:0", h, metrics, log)
	if server.Addr() != "" {
		t.Errorf("address %q before the start", server.Addr())
	}
	if err := server.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	if strings.HasSuffix(server.Addr(), ":0") {
		t.Fatalf("address %q has no actual port", server.Addr())
	}
	return "http://" + server.Addr()
}

// request gives the status, the body and the content type.
func request(t *testing.T, method, url, accept string) (int, string, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	response, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body), response.Header.Get("Content-Type")
}

func TestServerAnswersProbes(t *testing.T) {
	log, _ := recorder()
	h := telemetry.NewHealth(log, "cassandra", "a\"b")
	dog := h.Watch("poll loop", time.Nanosecond)
	url := start(t, h, http.NotFoundHandler())
	check := func(path string, status int, want string) {
		t.Helper()
		got, body, kind := request(t, "GET", url+path, "")
		if got != status || body != want+"\n" || kind != "application/json" {
			t.Errorf("%s: %d %s %q; want %d %q", path, got, kind, body, status, want)
		}
	}
	check("/readyz", 503, `{"ready":false,"reasons":[{"component":"a\"b","reason":"starting"},{"component":"cassandra","reason":"starting"}]}`)
	check("/livez", 200, `{"live":true,"reasons":[]}`)
	check("/startupz", 200, `{"started":true}`)
	h.SetReady("a\"b")
	h.SetReady("cassandra")
	check("/readyz", 200, `{"ready":true,"reasons":[]}`)
	dog.Beat()
	check("/livez", 503, `{"live":false,"reasons":[{"component":"poll loop","reason":"no progress for 0s"}]}`)
	check("/startupz", 200, `{"started":true}`)
	check("/readyz", 200, `{"ready":true,"reasons":[]}`)
}

func TestServerOffersNothingElse(t *testing.T) {
	log, _ := recorder()
	url := start(t, telemetry.NewHealth(log), http.NotFoundHandler())
	for _, test := range []struct {
		method, path string
		want         int
	}{{"GET", "/", 404}, {"GET", "/debug/pprof/", 404}, {"POST", "/readyz", 405}, {"HEAD", "/livez", 200}} {
		if got, _, _ := request(t, test.method, url+test.path, ""); got != test.want {
			t.Errorf("%s %s: %d, want %d", test.method, test.path, got, test.want)
		}
	}
}

func TestServerSaysThatTheAddressIsInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	log, _ := recorder()
	server := telemetry.NewServer(taken.Addr().String(), telemetry.NewHealth(log), http.NotFoundHandler(), log)
	err = server.Start(context.Background())
	want := "INGEST_HTTP_ADDR: " + taken.Addr().String() + " is in use by another process; set another port, or port 0 for any free one"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := server.Stop(context.Background()); err != nil {
		t.Errorf("stopping what never started: %v", err)
	}
}

func TestServerSaysWhyItCannotListen(t *testing.T) {
	log, _ := recorder()
	server := telemetry.NewServer("192.0.2.1:8080", telemetry.NewHealth(log), http.NotFoundHandler(), log) // TEST-NET-1 (RFC 5737)
	if err := server.Start(context.Background()); err == nil || !strings.HasPrefix(err.Error(), "INGEST_HTTP_ADDR: cannot serve health and metrics: ") {
		t.Errorf("got %v", err)
	}
}

func TestStopCutsOffWhatDoesNotEnd(t *testing.T) {
	log, _ := recorder()
	entered, release := make(chan struct{}), make(chan struct{})
	hanging := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	server := telemetry.NewServer("127.0.0.1:0", telemetry.NewHealth(log), hanging, log)
	if err := server.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer close(release)
	failed := make(chan error, 1)
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Get("http://" + server.Addr() + "/metrics")
		if err == nil {
			err = response.Body.Close()
		}
		failed <- err
	}()
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := server.Stop(ctx); err == nil {
		t.Error("the open request goes unmentioned")
	}
	if err := <-failed; err == nil {
		t.Error("the open request was answered")
	}
}
