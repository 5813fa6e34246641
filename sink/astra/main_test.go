package astra

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ingest/test/astraproxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	oneNode     = "6f1d1c1e-0000-4000-8000-000000000001"
	anotherNode = "6f1d1c1e-0000-4000-8000-000000000002"
)

// database is a proxy with nodes behind it that say their names, and its bundle in a
// file.
type database struct {
	*astraproxy.Proxy
	t      *testing.T
	bundle string // path
}

func newDatabase(t *testing.T) *database {
	t.Helper()
	p, err := astraproxy.Start(astraproxy.Options{Datacenter: "eu-west-1", Keyspace: "shop",
		Nodes: map[string]string{oneNode: saying(t, "one"), anotherNode: saying(t, "another")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	d := &database{Proxy: p, t: t, bundle: filepath.Join(t.TempDir(), "bundle.zip")}
	d.change(nil)
	return d
}

// change writes the bundle with changed files.
func (d *database) change(change func(files map[string][]byte)) {
	d.t.Helper()
	files, err := d.Files(time.Now().Add(time.Hour))
	if err != nil {
		d.t.Fatal(err)
	}
	if change != nil {
		change(files)
	}
	d.pack(files)
}

func (d *database) pack(files map[string][]byte) {
	d.t.Helper()
	packed, err := astraproxy.Pack(files)
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(packed)
}

func (d *database) write(packed []byte) {
	d.t.Helper()
	if err := os.WriteFile(d.bundle, packed, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *database) dialer() *Dialer { return NewDialer(d.bundle, net.Dialer{Timeout: 5 * time.Second}) }

// dial gives what the node at the other end says.
func dial(t *testing.T, d *Dialer, hostID string) (string, error) {
	t.Helper()
	conn, err := d.Dial(t.Context(), hostID)
	if err != nil {
		return "", err
	}
	return heard(conn)
}

// heard reads what a node says; a node says it and hangs up.
func heard(conn net.Conn) (string, error) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	said, err := io.ReadAll(conn)
	return string(said), err
}

// saying is a node that says a name to everybody.
func saying(t *testing.T, name string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, name) // who does not listen hears nothing
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr().String()
}

// demand fails the test unless the error holds the texts, in one line and without
// anything secret of the bundle.
func demand(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("got %q, want %q in it", err, text)
		}
	}
	if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), astraproxy.StorePassword) || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("the error has several lines, or shows a secret: %q", err)
	}
}
