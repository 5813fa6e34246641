package astra

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"ingest/test/astraproxy"
)

func TestDial(t *testing.T) {
	d := newDatabase(t)
	dialer := d.dialer()
	m, err := dialer.Metadata(t.Context())
	if err != nil || m.Datacenter != "eu-west-1" || len(m.ContactPoints) != 2 {
		t.Fatalf("got %+v, %v", m, err)
	}
	for hostID, want := range map[string]string{oneNode: "one", anotherNode: "another"} {
		if said, err := dial(t, dialer, hostID); err != nil || said != want {
			t.Errorf("%s says %q, %v", hostID, said, err)
		}
	}
	said := map[string]int{}
	for number := range 4 {
		conn, err := dialer.DialContactPoint(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		name, err := heard(conn)
		if err != nil {
			t.Error(err)
		}
		said[name]++
	}
	if said["one"] != 2 || said["another"] != 2 {
		t.Errorf("the contact points are not taken in turn: %v", said)
	}
	_, err = dial(t, dialer, "6f1d1c1e-0000-4000-8000-00000000000f")
	demand(t, err, "connecting to node 6f1d1c1e-0000-4000-8000-00000000000f through the proxy "+d.Address())
	conn, err := dialer.Dial(t.Context(), oneNode)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, ok := conn.RemoteAddr().(*net.TCPAddr); !ok {
		t.Errorf("the driver cannot do with %T", conn.RemoteAddr())
	}
}

// The proxy's certificate carries the bundle's host, which is neither the address
// dialled nor the name asked for; and it must.
func TestTheProxyIsVerified(t *testing.T) {
	d, other := newDatabase(t), newDatabase(t)
	foreign, err := other.Files(time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	lead := fmt.Sprintf(`{"contact_info": {"local_dc": "x", "sni_proxy_address": %q, "contact_points": [%q]}}`, other.Address(), oneNode)
	d.Answer(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, lead) })
	_, err = dial(t, d.dialer(), oneNode)
	demand(t, err, "unknown authority")

	// The same authority, but a certificate for localhost alone.
	d.Answer(nil)
	d.change(func(files map[string][]byte) {
		files["config.json"] = []byte(strings.Replace(string(files["config.json"]), `"localhost"`, `"127.0.0.1"`, 1))
	})
	_, err = d.dialer().Metadata(t.Context())
	demand(t, err, "127.0.0.1")
	b, err := ReadBundle(d.bundle)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.dialer().handshake(t.Context(), d.Address(), b.nodeTLS(oneNode))
	demand(t, err, "127.0.0.1")

	// The right authority, but a client that it has not signed.
	d.change(func(files map[string][]byte) { files["cert"], files["key"] = foreign["cert"], foreign["key"] })
	_, err = d.dialer().Metadata(t.Context())
	demand(t, err, "asking the bundle's metadata service", "tls")
}

func TestMetadataThatCannotBeUsed(t *testing.T) {
	d := newDatabase(t)
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	answer := func(proxy, points string) http.HandlerFunc {
		return body(`{"contact_info": {"sni_proxy_address": ` + proxy + `, "contact_points": ` + points + `}}`)
	}
	const good = `["` + oneNode + `"]`
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"paused":                     {astraproxy.Status(503), "answers 503: the database is paused, or not up yet; resume it"},
		"the certificate is no good": {astraproxy.Status(403), "answers 403: it does not accept the bundle's certificate"},
		"deleted":                    {astraproxy.Status(404), "answers 404: it knows no such database"},
		"broken":                     {astraproxy.Status(500), "answers 500"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://localhost:1/", http.StatusTemporaryRedirect)
		}, "answers 307"},
		"empty":                {body(""), "not the JSON"},
		"no JSON":              {body("<html>"), "not the JSON"},
		"another JSON":         {body(`{"contact_info": []}`), "not the JSON"},
		"nothing in it":        {body(`{}`), "names no sni_proxy_address"},
		"no port":              {answer(`"proxy.example"`, good), "names no sni_proxy_address"},
		"no host":              {answer(`":29042"`, good), "names no sni_proxy_address"},
		"a port that is none":  {answer(`"proxy.example:x"`, good), "names no sni_proxy_address"},
		"no nodes":             {answer(`"proxy.example:29042"`, `[]`), "names 0 contact_points"},
		"too many nodes":       {answer(`"proxy.example:29042"`, `["`+strings.Repeat(oneNode+`","`, maxContactPoints)+oneNode+`"]`), "names 10001 contact_points"},
		"a node that is no id": {answer(`"proxy.example:29042"`, `["evil.example"]`), "no host id"},
		"huge":                 {body(strings.Repeat(" ", maxAnswer+1)), "larger than 1024 KiB"},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
		}, "reading from the metadata service"},
	} {
		t.Run(name, func(t *testing.T) {
			d.Answer(test.answer)
			_, err := dial(t, d.dialer(), oneNode)
			demand(t, err, test.want)
		})
	}
}

func TestABundleOfLittleIsEnough(t *testing.T) {
	d := newDatabase(t)
	d.Answer(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"contact_info": {"sni_proxy_address": %q, "contact_points": [%q]}}`, d.Address(), oneNode)
	})
	if m, err := d.dialer().Metadata(t.Context()); err != nil || m.Datacenter != "eu-west-1" {
		t.Errorf("the data centre is not that of the bundle: %+v, %v", m, err)
	}
}

// clock is a time that the test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

func TestMetadataAreAskedForAgain(t *testing.T) {
	d := newDatabase(t)
	dialer, clock := d.dialer(), &clock{now: time.Now()}
	dialer.now = clock.read
	asked := func(want int, when string) {
		t.Helper()
		if got := d.Asked(); got != want {
			t.Errorf("%s: asked %d times, want %d", when, got, want)
		}
	}
	connects := func(want bool) error {
		t.Helper()
		_, err := dial(t, dialer, oneNode)
		if (err == nil) != want {
			t.Errorf("connecting: %v", err)
		}
		return err
	}
	connects(true)
	clock.forward(metadataAge - time.Second)
	connects(true)
	asked(1, "while it is fresh")
	clock.forward(2 * time.Second)
	connects(true)
	asked(2, "when it is old")

	d.Cut()
	connects(false)
	connects(false)
	asked(2, "at once after a failure")
	clock.forward(metadataPause + time.Second)
	connects(false)
	asked(3, "a while after a failure")

	if err := d.Resume(); err != nil {
		t.Fatal(err)
	}
	d.Answer(astraproxy.Status(503))
	clock.forward(2 * metadataAge)
	connects(true) // by what was known: the service is not on the way of records
	asked(4, "when it is old and the service is away")
	d.Cut()
	demand(t, connects(false), "answers 503: the database is paused", "connecting to node "+oneNode)
	asked(4, "at once after the service has failed")
}

// A bundle that is replaced counts from the next connection on, also one that leads
// to another database.
func TestANewBundleIsTakenUp(t *testing.T) {
	d, next := newDatabase(t), newDatabase(t)
	dialer := d.dialer()
	if said, err := dial(t, dialer, oneNode); err != nil || said != "one" {
		t.Fatalf("got %q, %v", said, err)
	}
	d.write([]byte("half a"))
	_, err := dial(t, dialer, oneNode)
	demand(t, err, "is no zip file")
	d.change(nil) // with a new certificate
	if said, err := dial(t, dialer, oneNode); err != nil || said != "one" {
		t.Errorf("a new certificate: got %q, %v", said, err)
	}
	files, err := next.Files(time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	d.pack(files)
	if said, err := dial(t, dialer, anotherNode); err != nil || said != "another" {
		t.Errorf("another database: got %q, %v", said, err)
	}
	if next.Dialled()[anotherNode] != 1 {
		t.Errorf("the other database's proxy saw %v", next.Dialled())
	}
}

func TestManyConnectionsAskOnce(t *testing.T) {
	d := newDatabase(t)
	dialer := d.dialer()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			conn, err := dialer.Dial(context.Background(), oneNode)
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		})
	}
	all.Wait()
	if d.Asked() != 1 {
		t.Errorf("asked %d times", d.Asked())
	}
}

// Servers that take a connection and say nothing do not hold a caller longer than
// the timeout, nor than the caller's own context.
func TestSilentServers(t *testing.T) {
	d := newDatabase(t)
	release := make(chan struct{})
	defer close(release)
	d.Answer(func(http.ResponseWriter, *http.Request) { <-release })
	dialer := NewDialer(d.bundle, net.Dialer{Timeout: 50 * time.Millisecond})
	_, err := dialer.Metadata(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a silent metadata service: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.dialer().Dial(ctx, oneNode); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gave up: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	b, err := ReadBundle(d.bundle)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dialer.handshake(t.Context(), listener.Addr().String(), b.nodeTLS(oneNode)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a silent proxy: %v", err)
	}
}
