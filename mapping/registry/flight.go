package registry

import (
	"context"

	"ingest/mapping/avro"
)

// flight is one question to the registry that several lanes wait for. It goes on
// until somebody has the answer or nobody waits any more; the last who leaves
// waits for its end.
//
// golang.org/x/sync/singleflight would tie the question to the context of
// whoever asked first, so that a partition taken away would fail the others.
type flight struct {
	id      int32
	waiters int // guarded by Client.mu
	cancel  context.CancelFunc
	done    chan struct{} // closed when entry is set
	entry   *entry        // nil: cancelled
}

// takeOff starts a flight. Client.mu is held.
func (c *Client) takeOff(ctx context.Context, id int32) *flight {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{id: id, cancel: cancel, done: make(chan struct{})}
	c.flights[id] = f
	go c.fly(ctx, f)
	return f
}

func (c *Client) fly(ctx context.Context, f *flight) {
	defer close(f.done)
	e := c.fetch(ctx, f.id)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[f.id] == f {
		delete(c.flights, f.id)
	}
	if e == nil {
		return
	}
	f.entry = e
	if e.poison != nil {
		c.unknown.put(f.id, e)
	} else {
		c.known.put(f.id, e)
	}
}

// await waits for a flight to land. A flight is cancelled only when nobody waits
// for it, so whoever still does gets an entry.
func (c *Client) await(ctx context.Context, f *flight) (*avro.Schema, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		c.leave(f)
		return nil, context.Cause(ctx)
	}
	c.leave(f)
	return f.entry.schema, f.entry.err()
}

// leave cancels a flight that nobody waits for, and waits for its end.
func (c *Client) leave(f *flight) {
	c.mu.Lock()
	f.waiters--
	last := f.waiters == 0
	if last && c.flights[f.id] == f {
		delete(c.flights, f.id) // the next who asks starts another
	}
	c.mu.Unlock()
	if last {
		f.cancel()
		<-f.done
	}
}
