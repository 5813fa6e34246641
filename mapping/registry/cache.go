package registry

import (
	"math"
	"time"
)

// Bounds of what is remembered. Ids come from outside, and a registry may hold
// more schemas than a worker has memory for; what is dropped is asked for again.
const (
	maxKnown      = 4096
	maxKnownBytes = 32 << 20 // of schema text, with what it refers to
	maxUnknown    = 1024
	unknownFor    = 30 * time.Second
)

// known holds answers that never change.
type known map[schemaRef]*entry

func (k known) put(id schemaRef, e *entry) {
	k[id] = e
	bytes := 0
	for _, old := range k {
		bytes += old.size
	}
	for victim, old := range k { // in no order, which is good enough
		if len(k) <= maxKnown && bytes <= maxKnownBytes {
			return
		}
		if victim != id {
			bytes -= old.size
			delete(k, victim)
		}
	}
}

// share lets an entry have the schema of one that says the same under another
// name, so that plans can tell.
func (k known) share(e *entry) {
	for _, old := range k {
		if old.print == e.print {
			e.schema = old.schema
			return
		}
	}
}

// unknown holds answers that may change: ids may yet be registered, and what
// kept a schema from being read may be repaired.
type unknown map[schemaRef]unknownEntry

type unknownEntry struct {
	*entry
	until time.Time
}

func (u unknown) get(id schemaRef) (*entry, bool) {
	e, ok := u[id]
	if !ok || time.Now().After(e.until) {
		return nil, false
	}
	return e.entry, true
}

func (u unknown) put(id schemaRef, e *entry) {
	now := time.Now()
	if _, there := u[id]; !there && len(u) >= maxUnknown {
		u.makeRoom(now)
	}
	u[id] = unknownEntry{entry: e, until: now.Add(unknownFor)}
}

// makeRoom drops what has expired, or else any one.
func (u unknown) makeRoom(now time.Time) {
	var any schemaRef
	for id, e := range u {
		any = id
		if now.After(e.until) {
			delete(u, id)
		}
	}
	if len(u) >= maxUnknown {
		delete(u, any)
	}
}

// Bounds of the questions that the registry answers with "unknown".
const (
	unknownBurst = 100
	unknownRate  = 50 // per second
)

// budget is a token bucket. Only answers of "unknown" cost a token; without one
// the next question waits. Guarded by Client.mu.
type budget struct {
	spent float64 // tokens in use, as of at
	at    time.Time
}

// wait gives how long the next question has to wait.
func (b *budget) wait(now time.Time) time.Duration {
	b.refill(now)
	if b.spent <= unknownBurst-1 {
		return 0
	}
	seconds := (b.spent - (unknownBurst - 1)) / unknownRate
	return time.Duration(math.Ceil(seconds * float64(time.Second)))
}

func (b *budget) spend(now time.Time) {
	b.refill(now)
	b.spent++
}

func (b *budget) refill(now time.Time) {
	if !b.at.IsZero() {
		b.spent = max(0, b.spent-now.Sub(b.at).Seconds()*unknownRate)
	}
	b.at = now
}
