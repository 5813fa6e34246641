package mapping

import (
	"errors"
	"fmt"
	"time"

	"ingest/retry"
)

// eventTime is how a part's rows are stamped with the time that the record gives.
type eventTime struct {
	slot       int
	ahead      int64 // microseconds that the time may be later than the record's timestamp; 0: as many as it likes
	generation int64 // added, as the partition's clock does
}

func (e *eventTime) moved(by int) *eventTime {
	if e == nil {
		return nil
	}
	out := *e
	out.slot += by
	return &out
}

var errNoEventTime = errors.New("the record has no write timestamp: it is null or absent")

// eventStamp gives the write timestamp of a record's row in one table; the error
// is the poison that says why there is none.
//
// What is too far ahead is measured from the record's own timestamp, not from
// now: reading the log again gives the same rows and the same poison. The pipeline
// holds records that are themselves dated too far ahead.
func (f *Form) eventStamp(p *Part, in rowIn, cells []Cell, item int) (int64, error) {
	e := p.event
	c := &cells[e.slot-p.First]
	if c.State != Value {
		poison := f.faulty(retry.ReasonEventTime, p, e.slot, in.frame, item)
		if c.State != Bad {
			poison.Err = errNoEventTime
		}
		return 0, poison
	}
	micros := eventMicros(c.Data)
	if e.ahead > 0 && in.hasTime() && micros > in.Timestamp*1000+e.ahead {
		poison := f.faulty(retry.ReasonEventTime, p, e.slot, in.frame, item)
		poison.Err = fmt.Errorf("more than max_future (%v) later than the record's own timestamp", time.Duration(e.ahead)*time.Microsecond)
		return 0, poison
	}
	return micros + e.generation, nil
}

// hasTime reports whether the record's timestamp counts as one.
func (r *Record) hasTime() bool {
	return r.Timestamp > 0 && r.Timestamp <= maxEventMicros/1000
}
