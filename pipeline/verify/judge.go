package verify

import (
	"bytes"
	"time"

	"ingest/mapping"
)

// slack is how far the end of a life may be off: lives are whole seconds, the
// remainder is sent by a worker's clock and counted from by a server's.
const slack = time.Minute

// verdict is what a comparison of one row gives.
type verdict struct {
	differences []difference
	withdrawn   Reason // why the differences mean nothing; empty: they do
	unjudged    map[Reason]int64
	cells       int64 // compared
}

type difference struct {
	kind Kind
	slot int // in the table's Columns, -1 for the row
	by   write
	have mapping.Stored
}

// judge compares what the log says of one row with what was read of it. have is
// by the table's Columns; now is when it was read.
type judge struct {
	*row
	now  time.Time
	have []mapping.Stored
	out  verdict
}

func judgeRow(r *row, found bool, have []mapping.Stored, now time.Time) verdict {
	j := &judge{row: r, now: now, have: have, out: verdict{unjudged: map[Reason]int64{}}}
	want := make([]wanted, len(r.cells))
	for slot := range r.cells {
		want[slot] = j.want(slot, found && have[slot].Set)
	}
	if found {
		j.live(want)
	} else {
		j.absent(want)
	}
	switch {
	case len(j.out.differences) == 0:
	case r.lettered:
		j.out.withdrawn = ReasonLetter
	case len(r.parts) > 1 && !j.ordered():
		j.out.withdrawn = ReasonMixed
	case r.last.event && !j.whole():
		j.out.withdrawn = ReasonEvents
	}
	return j.out
}

// absent judges a row that was not found.
func (j *judge) absent(want []wanted) {
	switch j.alive(want) {
	case wantValue:
		by := j.last
		if j.marker.stamp > 0 {
			by = j.marker
		}
		j.differ(Missing, -1, by, mapping.Stored{})
	case wantEither:
		j.out.unjudged[ReasonLife]++
	}
	j.out.cells += int64(len(want))
}

// live judges a row that was found. One that was neither inserted nor deleted may be
// there by columns that the mapping does not feed.
func (j *judge) live(want []wanted) {
	if j.alive(want) == wantNothing && (j.marker.stamp > 0 || j.deleted.stamp > 0) {
		j.extraRow()
		return
	}
	for slot := range want {
		j.cell(slot, want[slot])
	}
}

// extraRow judges a row that should not be there.
func (j *judge) extraRow() {
	newest := mapping.Stored{TTL: -1}
	for _, have := range j.have {
		if have.Set && (newest.TTL < 0 || have.Stamp > newest.Stamp) {
			newest = have
		}
	}
	if newest.TTL > 0 && newest.TTL <= int32(slack.Seconds()) {
		j.out.unjudged[ReasonLife]++ // written late, for its last second
		return
	}
	if newest.TTL < 0 && !j.complete() {
		j.out.unjudged[ReasonOlder]++
		return
	}
	by := j.deleted
	if by.stamp == 0 {
		by = j.last
	}
	j.differ(Extra, -1, by, newest)
}

func (j *judge) cell(slot int, want wanted) {
	c, have := &j.cells[slot], j.have[slot]
	if want == wantUnknown {
		return
	}
	j.out.cells++
	switch {
	case want == wantNothing && have.Set:
		j.extraCell(slot)
	case want == wantNothing:
	case !have.Set && want == wantEither:
		j.out.unjudged[ReasonLife]++
	case !have.Set:
		j.differ(Missing, slot, c.write, have)
	default:
		j.value(slot)
	}
}

// extraCell judges a cell that should not be there.
func (j *judge) extraCell(slot int) {
	c, have := &j.cells[slot], j.have[slot]
	if have.TTL > 0 && have.TTL <= int32(slack.Seconds()) {
		j.out.unjudged[ReasonLife]++
		return
	}
	by := c.write
	if j.deleted.stamp >= by.stamp && j.deleted.stamp > 0 {
		by = j.deleted
	}
	if by.part == nil {
		by = j.last
	}
	j.differ(Extra, slot, by, have)
}

// value judges a cell that is there and should be.
func (j *judge) value(slot int) {
	c, have := &j.cells[slot], j.have[slot]
	typ := j.table.Table.Columns[j.table.Columns[slot]].Type
	same := bytes.Equal(c.data, canonical(typ, have.Data))
	switch {
	case typ.Cells():
		if same {
			j.out.unjudged[ReasonCollections]++
		} else {
			j.differ(Value, slot, c.write, have)
		}
		return
	case have.Stamp < c.stamp && c.bounded():
		j.differ(Stale, slot, c.write, have)
		return
	case !same:
		j.differ(Value, slot, c.write, have)
		return
	case !c.exact():
		j.out.unjudged[ReasonClock]++
	case have.Stamp != c.stamp:
		j.differ(Timestamp, slot, c.write, have)
		return
	}
	j.left(slot)
}

// left judges the time that a cell has left to live.
func (j *judge) left(slot int) {
	c, have := &j.cells[slot], j.have[slot]
	switch {
	case c.life == 0 && j.table.DefaultTTL > 0:
		j.out.unjudged[ReasonLife]++
		return
	case c.life == 0 && have.TTL == 0:
		return
	case c.life > 0 && have.TTL > 0 && !c.exact():
		return // counted already
	case c.life > 0 && have.TTL > 0:
		left := time.UnixMicro(c.stamp).Add(time.Duration(c.life) * time.Second).Sub(j.now)
		if off := left - time.Duration(have.TTL)*time.Second; off <= slack && off >= -slack {
			return
		}
	}
	j.differ(TTL, slot, c.write, have)
}

func (j *judge) differ(kind Kind, slot int, by write, have mapping.Stored) {
	j.out.differences = append(j.out.differences, difference{kind, slot, by, have})
}
