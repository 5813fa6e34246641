//go:build stack

package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Address is that of the worker's HTTP server, host:port.
func (w *Worker) Address() string { return w.http }

// Get fetches a path of the worker's HTTP server, 4 MiB of it at most; code 0
// means no answer.
func (w *Worker) Get(path string) (code int, body string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.http+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return resp.StatusCode, string(text)
}

// Unready asks /readyz and gives the reasons by component; none means ready. It
// is an error when nobody answers.
func (w *Worker) Unready() (map[string]string, error) {
	w.t.Helper()
	code, body := w.Get("/readyz")
	if code == 0 {
		return nil, fmt.Errorf("no answer from /readyz")
	}
	var answer struct {
		Ready   bool
		Reasons []struct{ Component, Reason string }
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		w.t.Fatalf("/readyz answers %d %q: %v", code, body, err)
	}
	if answer.Ready != (code == http.StatusOK) || !answer.Ready && code != http.StatusServiceUnavailable {
		w.t.Fatalf("/readyz answers %d %s", code, body)
	}
	reasons := map[string]string{}
	for _, r := range answer.Reasons {
		reasons[r.Component] = r.Reason
	}
	return reasons, nil
}
