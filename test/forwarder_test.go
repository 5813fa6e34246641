//go:build stack

package test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"ingest/test/harness"
)

// forwarder stands for a server that is not there yet: first nobody listens on
// its address, then it hangs up on everybody, then it passes on to the server. It
// can also hold back what flows.
type forwarder struct {
	t        *testing.T
	address  string
	target   string
	admitted atomic.Bool
	hungUp   atomic.Int64 // connections that were closed at once
	work     sync.WaitGroup
	flow     sync.RWMutex // held for writing: nothing is passed on

	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

func newForwarder(t *testing.T, target string) *forwarder {
	t.Helper()
	return &forwarder{t: t, address: harness.FreeAddress(t), target: target, open: map[net.Conn]struct{}{}}
}

// listen takes connections, and hangs up on them until admit.
func (f *forwarder) listen() {
	f.t.Helper()
	listener, err := net.Listen("tcp", f.address)
	if err != nil {
		f.t.Fatal(err)
	}
	f.work.Go(func() { f.accept(listener) })
	f.t.Cleanup(func() {
		listener.Close()
		f.closeAll()
		f.work.Wait()
	})
}

func (f *forwarder) admit() { f.admitted.Store(true) }

// hold keeps what is on its way, in both directions, until it is let go.
func (f *forwarder) hold() (letGo func()) {
	f.flow.Lock()
	letGo = sync.OnceFunc(f.flow.Unlock)
	f.t.Cleanup(letGo)
	return letGo
}

func (f *forwarder) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		if !f.admitted.Load() {
			f.hungUp.Add(1)
			conn.Close()
			continue
		}
		server, err := net.Dial("tcp", f.target)
		if err != nil {
			conn.Close()
			continue
		}
		if f.keep(conn, server) {
			f.work.Go(func() { f.copy(conn, server) })
			f.work.Go(func() { f.copy(server, conn) })
		}
	}
}

// copy passes bytes on until one side ends, and then ends both.
func (f *forwarder) copy(to, from net.Conn) {
	_, _ = io.Copy(gated{to, &f.flow}, from) // either side may end it
	to.Close()
	from.Close()
}

// gated writes while nobody holds the flow back.
type gated struct {
	to   io.Writer
	flow *sync.RWMutex
}

func (g gated) Write(b []byte) (int, error) {
	g.flow.RLock()
	defer g.flow.RUnlock()
	return g.to.Write(b)
}

// keep remembers connections for the end; false when that has come.
func (f *forwarder) keep(conns ...net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range conns {
		if f.closed {
			c.Close()
		}
		f.open[c] = struct{}{}
	}
	return !f.closed
}

func (f *forwarder) closeAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for c := range f.open {
		c.Close()
	}
}
