package registry

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/sr"

	"ingest/mapping/avro"
	"ingest/retry"
)

// Client gets schemas from a registry and remembers them. It is safe for use by
// several goroutines.
type Client struct {
	deps    Deps
	base    http.RoundTripper
	urls    []*sr.Client // one for each URL
	current atomic.Uint32
	status  *status
	metrics metrics
	files   map[string][]Version // of NewOffline, by subject; nil: there is a registry

	mu      sync.Mutex
	known   known
	unknown unknown
	flights map[schemaRef]*flight
	budget  budget
}

// New makes a Client. It does not connect.
func New(cfg Config, deps Deps) (*Client, error) {
	if len(cfg.URLs) == 0 {
		return nil, errors.New(prefix + "URLS: is not set, and the mapping file reads schemas of the registry; for example " + prefix + "URLS=https://registry:8081")
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	base, err := newTransport(cfg)
	if err != nil {
		return nil, fmt.Errorf("setting up TLS for the schema registry: %w", err)
	}
	return newClient(cfg, deps, base)
}

func newClient(cfg Config, deps Deps, base http.RoundTripper) (*Client, error) {
	deps.complete()
	c := &Client{
		deps: deps, base: base, status: &status{log: deps.Log, tell: deps.Waiting},
		known: known{}, unknown: unknown{}, flights: map[schemaRef]*flight{},
	}
	var err error
	if c.metrics, err = newMetrics(deps.Meter, c.schemas); err != nil {
		return nil, fmt.Errorf("making the registry's metrics: %w", err)
	}
	httpClient := newHTTPClient(cfg, base)
	for url := range slices.Values(cfg.URLs) {
		one, err := sr.NewClient(sr.URLs(url), sr.HTTPClient(httpClient), sr.UserAgent("ingest"), sr.LogLevel(sr.LogLevelNone))
		if err != nil {
			return nil, fmt.Errorf("making the registry client: %w", err)
		}
		c.urls = append(c.urls, one)
	}
	return c, nil
}

// schemas counts the schemas that are kept.
func (c *Client) schemas() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.known)
}

// Close gives up idle connections, of a nil Client none. Calls that wait end with their context.
func (c *Client) Close() {
	if c == nil {
		return
	}
	if base, ok := c.base.(closer); ok {
		base.CloseIdleConnections()
	}
}

// Schema gives the schema of an id with all that it refers to. It waits while
// the registry is away, refuses or fails to answer. Its error is ctx's cause, or
// a *retry.Poison: the registry does not know the id, or what it has under it is
// no Avro schema that can be read.
func (c *Client) Schema(ctx context.Context, id int32) (*avro.Schema, error) {
	e, err := c.find(ctx, schemaRef{id: id})
	if err != nil {
		return nil, err
	}
	return e.schema, nil
}

// find is Schema, for a schema by any of its names.
func (c *Client) find(ctx context.Context, ref schemaRef) (*entry, error) {
	if ref.id < 0 {
		return nil, unknownSchema(ref)
	}
	c.mu.Lock()
	e, ok := c.known[ref]
	if !ok {
		e, ok = c.unknown.get(ref)
	}
	if ok {
		c.mu.Unlock()
		return e, e.err()
	}
	if c.files != nil {
		c.mu.Unlock()
		return nil, unknownSchema(ref)
	}
	f := c.flights[ref]
	if f == nil {
		f = c.takeOff(ctx, ref)
	}
	f.waiters++
	c.mu.Unlock()
	return c.await(ctx, f)
}

// entry is what is known about a schema's name: the schema, or why there is none.
type entry struct {
	id     int32 // the registry's, 0 when it is not known
	schema *avro.Schema
	print  [sha256.Size]byte // of its text and that of what it refers to
	poison *retry.Poison
	size   int // bytes of the schema's text
}

func (e *entry) err() error {
	if e.poison == nil {
		return nil
	}
	return e.poison
}

func unknownSchema(ref schemaRef) *retry.Poison {
	return &retry.Poison{Reason: retry.ReasonUnknownSchema, Err: fmt.Errorf("the schema registry does not know %s", ref)}
}
