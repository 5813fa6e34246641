package registry

import "context"

// flight is one question to the registry that several lanes wait for. It goes on
// until somebody has the answer or nobody waits any more; the last who leaves
// waits for its end.
//
// golang.org/x/sync/singleflight would tie the question to the context of
// whoever asked first, so that a partition taken away would fail the others.
type flight struct {
	ref     schemaRef
	waiters int // guarded by Client.mu
	cancel  context.CancelFunc
	done    chan struct{} // closed when entry is set
	entry   *entry        // nil: cancelled
}

// takeOff starts a flight. Client.mu is held.
func (c *Client) takeOff(ctx context.Context, ref schemaRef) *flight {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{ref: ref, cancel: cancel, done: make(chan struct{})}
	c.flights[ref] = f
	go c.fly(ctx, f)
	return f
}

func (c *Client) fly(ctx context.Context, f *flight) {
	defer close(f.done)
	e := c.fetch(ctx, f.ref)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[f.ref] == f {
		delete(c.flights, f.ref)
	}
	if e == nil {
		return
	}
	f.entry = e
	if e.poison != nil {
		c.unknown.put(f.ref, e)
	} else {
		c.known.share(e)
		c.known.put(f.ref, e)
	}
}

// await waits for a flight to land. A flight is cancelled only when nobody waits
// for it, so whoever still does gets an entry.
func (c *Client) await(ctx context.Context, f *flight) (*entry, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		c.leave(f)
		return nil, context.Cause(ctx)
	}
	c.leave(f)
	return f.entry, f.entry.err()
}

// leave cancels a flight that nobody waits for, and waits for its end.
func (c *Client) leave(f *flight) {
	c.mu.Lock()
	f.waiters--
	last := f.waiters == 0
	if last && c.flights[f.ref] == f {
		delete(c.flights, f.ref) // the next who asks starts another
	}
	c.mu.Unlock()
	if last {
		f.cancel()
		<-f.done
	}
}
