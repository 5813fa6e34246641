//go:build stack && crash

package crash

import (
	"net"
	"sync"
	"testing"

	"ingest/test/stack"
)

// proxy stands between the workers and one server. It can cut all connections,
// and hold back what flows without cutting them.
type proxy struct {
	front    stack.Front
	listener net.Listener
	work     sync.WaitGroup

	mu    sync.Mutex
	open  map[net.Conn]bool
	flow  *sync.Cond // on mu
	stall bool
}

// newProxies starts a proxy for each front of the stack.
func newProxies(t *testing.T, fronts []stack.Front) []*proxy {
	t.Helper()
	var all []*proxy
	for _, f := range fronts {
		listener, err := net.Listen("tcp", f.Listen)
		if err != nil {
			t.Fatal(err)
		}
		p := &proxy{front: f, listener: listener, open: map[net.Conn]bool{}}
		p.flow = sync.NewCond(&p.mu)
		p.work.Go(p.accept)
		t.Cleanup(p.close)
		all = append(all, p)
	}
	return all
}

func (p *proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.work.Go(func() { p.serve(conn) })
	}
}

func (p *proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.front.Target)
	if err != nil {
		reset(client)
		return
	}
	p.mu.Lock()
	p.open[client], p.open[server] = true, true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.copy(server, client) })
	both.Go(func() { p.copy(client, server) })
	both.Wait()
	p.mu.Lock()
	delete(p.open, client)
	delete(p.open, server)
	p.mu.Unlock()
}

// copy forwards one direction, and ends both with it.
func (p *proxy) copy(to, from net.Conn) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		p.wait()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wait holds a direction back while the proxy is stalled.
func (p *proxy) wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.stall {
		p.flow.Wait()
	}
}

func (p *proxy) setStall(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stall = on
	p.flow.Broadcast()
}

// cut resets all connections and says how many.
func (p *proxy) cut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		reset(conn)
	}
	return len(p.open) / 2
}

func (p *proxy) close() {
	p.listener.Close()
	p.setStall(false)
	p.cut()
	p.work.Wait()
}

// reset closes a connection so that the other end sees it broken, not ended.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	conn.Close()
}
