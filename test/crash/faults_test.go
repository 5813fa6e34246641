//go:build stack && crash

package crash

import (
	"context"
	"syscall"
	"time"

	"ingest/test/stack"
)

// do does a step. What lasts goes on in the background.
func (r *run) do(s step) {
	r.t.Helper()
	switch s {
	case killWorker:
		r.kill(false)
	case killForGood:
		r.kill(true)
	case freezeWorker:
		r.freeze()
	case changeFleet:
		r.changeFleet()
	case rollWorkers:
		r.roll()
	case cutConnections:
		r.cut()
	case stallConnections:
		r.stall()
	case killCassandra:
		r.killServer(r.Cassandra, r.AwaitRing)
	case killBroker:
		r.killServer(r.Kafka, r.inSync)
	}
	r.tally.steps[s]++
	r.tally.done++
}

// meanwhile runs what lasts while the driver goes on.
func (r *run) meanwhile(fault func()) {
	r.lasting.Add(1)
	r.background.Go(func() {
		defer r.lasting.Add(-1)
		fault()
	})
}

// freeze stops a worker until the group has thrown it out, and lets it go on with
// what it had in hand.
func (r *run) freeze() {
	m := r.fleet.members[r.random.IntN(len(r.fleet.members))]
	if m.frozen.Swap(true) {
		return
	}
	frozen := m.Worker
	frozen.Signal(syscall.SIGSTOP)
	length := sessionTimeout + time.Duration(2000+r.random.IntN(2000))*time.Millisecond
	r.meanwhile(func() {
		_ = pause(r.t.Context(), length)
		frozen.Signal(syscall.SIGCONT)
		m.frozen.Store(false)
	})
}

// changeFleet adds a worker, or takes away the one that was added.
func (r *run) changeFleet() {
	const extra = "dynamic-2"
	for _, m := range r.fleet.members {
		if m.name == extra {
			r.calm()
			r.fleet.remove(m)
			return
		}
	}
	r.fleet.add(extra, false, "500ms")
}

// roll stops one worker after another and starts each again, as a deployment does.
func (r *run) roll() {
	r.calm()
	for _, m := range r.fleet.members {
		r.fleet.stop(m)
		r.fleet.start(m)
		_ = pause(r.t.Context(), time.Second)
	}
}

// cut resets all connections to one server, or to all of them.
func (r *run) cut() {
	some := r.proxies
	if one := r.random.IntN(2 * len(some)); one < len(some) {
		some = some[one : one+1]
	}
	for _, p := range some {
		r.tally.cut += p.cut()
	}
}

// stall holds back what flows to and from one server, without an error.
func (r *run) stall() {
	p := r.proxies[r.random.IntN(len(r.proxies))]
	length := time.Duration(2000+r.random.IntN(6000)) * time.Millisecond
	p.setStall(true)
	r.meanwhile(func() {
		_ = pause(r.t.Context(), length)
		p.setStall(false)
	})
}

// killServer kills one of the servers and starts it again, in the background;
// one server is down at a time, so that a quorum is left.
func (r *run) killServer(servers []*stack.Process, settled func(context.Context) error) {
	ctx := r.t.Context()
	server := servers[r.random.IntN(len(servers))]
	down := time.Duration(2000+r.random.IntN(6000)) * time.Millisecond
	r.servers.Lock()
	r.meanwhile(func() {
		defer r.servers.Unlock()
		if err := server.Kill(); err != nil {
			r.broken.note("killing %s: %v", server.Name, err)
		}
		_ = pause(ctx, down)
		if err := server.Start(ctx); err != nil {
			r.broken.note("%v", err)
			return
		}
		if err := settled(ctx); err != nil {
			r.broken.note("%v", err)
		}
	})
}
