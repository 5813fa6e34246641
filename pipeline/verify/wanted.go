package verify

import (
	"slices"
	"time"
)

// wanted is what the log lets a cell be.
type wanted uint8

const (
	wantNothing wanted = iota
	wantUnknown        // nothing can be said
	wantEither         // the value, or nothing: it may have expired
	wantValue
)

// ordered reports whether the timestamps of all that was written are known, so
// that writes of several partitions can be put in order.
func (j *judge) ordered() bool {
	for _, w := range []*write{&j.deleted, &j.marker} {
		if w.stamp != 0 && !w.exact() {
			return false
		}
	}
	for i := range j.cells {
		if c := &j.cells[i]; c.stamp != 0 && !c.exact() {
			return false
		}
	}
	return true
}

// whole reports whether every record that there ever was of the row is known.
func (j *judge) whole() bool {
	return !slices.ContainsFunc(j.parts, func(p *partition) bool { return !p.complete() })
}

// complete reports whether all history of the row that matters is known: what came
// before a delete does not, unless the times of the records decide what came before.
func (j *judge) complete() bool { return j.deleted.stamp != 0 && !j.deleted.event || j.whole() }

// want says what the log lets a cell be; set, whether there is one. On a tie with
// a delete the delete wins.
func (j *judge) want(slot int, set bool) wanted {
	c := &j.cells[slot]
	switch {
	case c.stamp == 0 || c.stamp <= j.deleted.stamp:
		if j.complete() {
			return wantNothing
		}
		if set {
			j.out.unjudged[ReasonOlder]++
		}
		return wantUnknown
	case c.opaque:
		return wantUnknown
	case c.equal:
		j.out.unjudged[ReasonTie]++
		return wantUnknown
	case c.null:
		return wantNothing
	case !set && c.stamp <= j.table.Table.Columns[j.table.Columns[slot]].Dropped:
		j.out.unjudged[ReasonHidden]++
		return wantUnknown
	}
	return j.living(c.stamp, c.life)
}

// living says whether what was written with a life is still there.
func (j *judge) living(stamp int64, life int32) wanted {
	if life == 0 {
		if j.table.DefaultTTL > 0 {
			return wantEither // its life counts from when it was written, which the log does not tell
		}
		return wantValue
	}
	switch left := time.UnixMicro(stamp).Add(time.Duration(life) * time.Second).Sub(j.now); {
	case left > slack:
		return wantValue
	case left < -slack:
		return wantNothing
	}
	return wantEither
}

// alive says whether the row must be there: it lives by its marker, which an update
// does not write, and by each of its cells.
func (j *judge) alive(want []wanted) wanted {
	alive := wantNothing
	if j.marker.stamp > j.deleted.stamp {
		alive = j.living(j.marker.stamp, j.life)
	}
	for _, w := range want {
		alive = max(alive, w)
	}
	return alive
}
