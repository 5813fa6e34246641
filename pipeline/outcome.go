package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ingest/mapping"
)

// outcome takes what became of rows. A record whose last row this was gets its
// own outcome, or its dead letter: Invariants 1, 7 and 8.
func (p *partition) outcome(c *chunk, rows []*mapping.Row, err error) {
	written, letters := p.take(c, rows, err)
	p.counts.written.add(written)
	p.poison.add(written, len(letters))
	p.send(c, letters)
}

// take does what of outcome needs the lock. It unlocks even in a panic, as place
// does.
func (p *partition) take(c *chunk, rows []*mapping.Row, err error) (written int, letters []lettered) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed { // Invariant 5
		return 0, nil
	}
	for _, row := range rows {
		if err != nil {
			c.fail(row.Record, err)
		}
		if c.pending[row.Record]--; c.pending[row.Record] > 0 {
			continue
		}
		if c.failures[row.Record] != nil {
			letters = append(letters, c.letter(row.Record))
			continue
		}
		p.resolve(c, row.Record)
		written++
	}
	p.release(c)
	return written, letters
}

// settle enters a mapped chunk's records into the ledger and resolves those that
// need no write: control records, and records the mapping gives no row for.
func (p *partition) settle(c *chunk) {
	letters, control, skipped := p.place(c)
	p.counts.control.add(control)
	p.counts.skipped.add(skipped)
	p.poison.add(0, len(letters))
	p.send(c, letters)
}

// place does what of settle needs the lock. It unlocks even in a panic: the end of
// the lane wants the lock too, and would keep the process from ending.
func (p *partition) place(c *chunk) (letters []lettered, control, skipped int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.first = p.deliver(c)
	for i, r := range c.records {
		switch {
		case c.pending[i] > 0:
			continue
		case c.failures[int32(i)] != nil:
			letters = append(letters, c.letter(int32(i)))
			continue
		case r.Attrs.IsControl(): // Invariant 4
			control++
		default:
			skipped++
		}
		p.resolve(c, int32(i))
	}
	return letters, control, skipped
}

// resolve gives one record its final outcome.
func (p *partition) resolve(c *chunk, record int32) {
	p.ledger.resolve(c.first + uint64(record))
	c.open--
}

// send does with failed records what the mapping says. Nothing of them is open
// but the letter, so the chunk stays until it is acknowledged.
func (p *partition) send(c *chunk, letters []lettered) {
	for _, l := range letters {
		switch p.onErr {
		case mapping.OnErrorSkip:
			p.drop(c, &l)
		case mapping.OnErrorFail:
			p.fail(fmt.Errorf("%s offset %d cannot be written, and on_error is fail: %w",
				partitionName(p.topic, p.id), l.Record.Offset, l.Failures[0]))
			p.leave(c, len(letters))
			return
		default:
			p.letters.Send(p.work, l.Letter, func(err error) { p.kept(c, l.record, err) })
		}
	}
}

// drop is the outcome of a record that nobody wants to keep.
func (p *partition) drop(c *chunk, l *lettered) {
	p.dropped.note(c.context(), p.log, "a record that cannot be written is dropped, as on_error says",
		"topic", p.topic, "partition", p.id, "offset", l.Record.Offset, "reason", l.Failures[0])
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed { // Invariant 5
		return
	}
	p.counts.dropped.add(1)
	p.resolve(c, l.record)
	p.release(c)
}

// leave lets go of a chunk's records that will not get an outcome, so that the end
// of the worker does not wait for them. In the ledger they stay open: nothing from
// the first of them on is committed. Invariant 1.
func (p *partition) leave(c *chunk, records int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed { // Invariant 5
		return
	}
	c.open -= records
	p.release(c)
}

// kept takes the acknowledgement of a dead letter: Invariant 7.
func (p *partition) kept(c *chunk, record int32, err error) {
	if err != nil {
		if p.work.Err() == nil || !errors.Is(err, context.Cause(p.work)) {
			p.log.ErrorContext(c.context(), "a dead letter failed although the partition is still ours; its offset will not be committed",
				"topic", p.topic, "partition", p.id, "offset", c.records[record].Offset, "error", err)
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed { // Invariant 5
		return
	}
	p.counts.deadLettered.add(1)
	p.resolve(c, record)
	p.release(c)
}

// enter makes the chunk known, so that giving up returns what it holds. It gives
// the context of the chunk's span.
func (p *partition) enter(c *chunk) context.Context {
	var ctx context.Context
	ctx, c.span = p.spans.process(p, c)
	p.mu.Lock()
	defer p.mu.Unlock()
	c.open, c.begun = len(c.records), time.Now()
	p.live[c] = struct{}{}
	return ctx
}

// handed notes that the sink reads the rows only through its batches from here.
func (p *partition) handed(c *chunk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.handed = true
	p.release(c)
}

// release lets a chunk go once nothing of it is open.
func (p *partition) release(c *chunk) {
	if c.open > 0 || !c.handed || p.closed {
		return
	}
	delete(p.live, c)
	c.finished(time.Now())
	p.budget.Release(c.bytes)
	p.chunks.put(c)
	p.checkDrained()
}

func (p *partition) endLane() {
	p.inbox.drop()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.laneEnded = true
	p.checkDrained()
}

func (p *partition) checkDrained() {
	if p.laneEnded && len(p.live) == 0 && !p.closed {
		close(p.drained)
	}
}

// drain stops the intake and waits until every record taken has its outcome, or
// until ctx ends.
func (p *partition) drain(ctx context.Context) error {
	p.stop()
	if p.isClosed() {
		return nil
	}
	select {
	case <-p.drained:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// resume gives the position that the partition's next life goes on from, and
// whether it is committed; or, while there is none, where its clock is looked for.
func (p *partition) resume() (at *position, committed bool, b *begin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.isOpen {
		return nil, false, p.begin
	}
	at = new(position)
	*at = p.ledger.at
	return at, !p.ledger.moved, nil
}

func (p *partition) setBegin(b begin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begin = &b
}

func (p *partition) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// close gives the partition up: outcomes that arrive later no longer count, and
// what it holds of the budget returns.
func (p *partition) close() {
	p.inbox.drop()
	p.abandon()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	for c := range p.live {
		p.budget.Release(c.bytes)
		failed(c.span, "given_up")
		c.span.End()
	}
	clear(p.live)
}

// uncommitted gives the position to commit, if it moved since the last commit.
func (p *partition) uncommitted() (position, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ledger.at, p.isOpen && p.ledger.moved && !p.closed
}

// committed notes what the broker has acknowledged.
func (p *partition) committed(at position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ledger.committed(at)
}
