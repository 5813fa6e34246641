package telemetry_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"ingest/telemetry"
)

func TestProfilesAreServedOnTheirOwnAddressAlone(t *testing.T) {
	log, _ := recorder()
	server := telemetry.NewPprof("127.0.0.1:0", log)
	if err := server.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	url := "http://" + server.Addr()
	if code, body, _ := request(t, "GET", url+"/debug/pprof/goroutine?debug=1", ""); code != http.StatusOK || !strings.HasPrefix(body, "goroutine profile: total ") {
		t.Errorf("goroutines: %d %s", code, body)
	}
	if code, body, _ := request(t, "GET", url+"/debug/pprof/profile?seconds=1", ""); code != http.StatusOK || !strings.HasPrefix(body, "\x1f\x8b") {
		t.Errorf("CPU: %d, and %d bytes that are no gzip", code, len(body))
	}
	if code, _, _ := request(t, "GET", url+"/readyz", ""); code != http.StatusNotFound {
		t.Errorf("/readyz on the address of profiles: %d", code)
	}
	health := start(t, telemetry.NewHealth(log), http.NotFoundHandler())
	if code, _, _ := request(t, "GET", health+"/debug/pprof/", ""); code != http.StatusNotFound {
		t.Errorf("/debug/pprof/ on the address of health: %d", code)
	}
}

func TestProfilesAreOffWithoutAnAddress(t *testing.T) {
	log, _ := recorder()
	server := telemetry.NewPprof("", log)
	if err := server.Start(context.Background()); err != nil || server.Addr() != "" {
		t.Errorf("listens on %q, %v", server.Addr(), err)
	}
	if err := server.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}
