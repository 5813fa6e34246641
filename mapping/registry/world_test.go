package registry

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"
	"go.uber.org/goleak"

	"ingest/config/secret"
	"ingest/retry"

	"ingest/mapping"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a fake registry without a network, so that tests run on synctest's
// clock, and a Client with what it said.
type world struct {
	t        testing.TB
	registry *srfake.Registry
	client   *Client

	mu       sync.Mutex
	requests []string // method and path, in order
	auth     []string // Authorization headers, in order
	answer   func(w http.ResponseWriter, r *http.Request) bool
	gate     chan struct{} // requests wait for it when it is not nil
	reasons  []string
	log      bytes.Buffer
}

func config() Config {
	return Config{URLs: []string{"http://registry.test"}, Timeout: 10 * time.Second}
}

func newWorld(t testing.TB, cfg Config) *world {
	w := &world{t: t, registry: srfake.NewRegistry()}
	client, err := newClient(cfg, Deps{
		Log:     slog.New(slog.NewTextHandler(w, nil)),
		Waiting: func(reason string) { w.mu.Lock(); defer w.mu.Unlock(); w.reasons = append(w.reasons, reason) },
		Retry:   retry.Config{Min: 10 * time.Millisecond, Max: time.Second},
	}, w)
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	return w
}

// Write takes the log.
func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

// RoundTrip serves a request from the fake.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.requests = append(w.requests, r.Method+" "+r.URL.Host+r.URL.Path)
	w.auth = append(w.auth, r.Header.Get("Authorization"))
	answer, gate := w.answer, w.gate
	w.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
			return nil, context.Cause(r.Context())
		}
	}
	rec := httptest.NewRecorder()
	if answer == nil || !answer(rec, r) {
		w.registry.Handler().ServeHTTP(rec, r)
	}
	if rec.Code == 0 || rec.Header().Get("Gone") != "" {
		return nil, http.ErrServerClosed
	}
	return rec.Result(), nil
}

// gone is the answer of a registry that is away.
func gone(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Gone", "yes")
	return true
}

// answering answers n requests with a status and a body, and then lets them pass.
func answering(n, code int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		if n--; n < 0 {
			return false
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
		return true
	}
}

func (w *world) answers(f func(http.ResponseWriter, *http.Request) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = f
}

func (w *world) asked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.requests)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

func (w *world) said() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.reasons...)
}

// saidOnly wants each reason to wait to contain part, and the last word to be
// that the wait is over.
func (w *world) saidOnly(part string) {
	w.t.Helper()
	said := w.said()
	if len(said) < 2 || said[len(said)-1] != "" {
		w.t.Fatalf("said %q, want reasons and then that it is over", said)
	}
	for _, reason := range said[:len(said)-1] {
		if !strings.Contains(reason, part) {
			w.t.Errorf("said %q, want %q in it", reason, part)
		}
	}
}

func (w *world) seed(subject string, version, id int, text string, refs ...sr.SchemaReference) {
	w.registry.SeedSchema(subject, version, id, sr.Schema{Schema: text, References: refs})
}

func wantReason(t testing.TB, err error, want retry.Reason) *retry.Poison {
	t.Helper()
	poison, ok := errors.AsType[*retry.Poison](err)
	if !ok || poison.Reason != want {
		t.Fatalf("error %v, want poison %q", err, want)
	}
	return poison
}

// framed puts the head of the wire format in front of a body.
func framed(id int32, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), body...)
}

func putLong(b []byte, v int64) []byte {
	return binary.AppendUvarint(b, uint64(v)<<1^uint64(v>>63))
}

func putString(b []byte, s string) []byte { return append(putLong(b, int64(len(s))), s...) }

func password(text string) secret.Value { return secret.Literal(text) }

// checked holds a program against the registered schemas, as validate does.
func checked(ctx context.Context, c *Client, p *mapping.Program) (mapping.Diagnostics, error) {
	key, value, found, err := c.Shapes(ctx, p)
	if err != nil {
		return nil, err
	}
	return append(mapping.CheckShapes(p, key, value), found...), nil
}
