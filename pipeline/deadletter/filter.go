package deadletter

import (
	"slices"
	"time"

	"ingest/retry"
)

// Filter chooses letters. Of its fields, what is set must all hold; the zero
// Filter takes every letter.
type Filter struct {
	Reasons    []retry.Reason // at least one of the letter's
	Tables     []string       // at least one of the letter's; AllTables: letters that concern every table of their topic
	Topics     []string       // of the source record
	Partitions []int32        // of the source record
	Offsets    *OffsetRange   // of the source record; nil: all
	Group      string         // whose worker gave up on it; a letter that names no group is taken too
	Since      time.Time      // the letter's own time: not before it
	Until      time.Time      // and before this
}

// AllTables stands for every table of a topic, in a letter's headers and in a
// Filter.
const AllTables = allTables

// OffsetRange is a run of offsets, both ends in it.
type OffsetRange struct{ First, Last int64 }

// Match reports whether a letter written at that time is chosen.
func (f *Filter) Match(e *Envelope, at time.Time) bool {
	switch {
	case len(f.Reasons) > 0 && !meet(f.Reasons, e.Reasons):
	case len(f.Tables) > 0 && !f.matchTables(e):
	case len(f.Topics) > 0 && !slices.Contains(f.Topics, e.Topic):
	case len(f.Partitions) > 0 && !slices.Contains(f.Partitions, e.Partition):
	case f.Offsets != nil && (e.Offset < f.Offsets.First || e.Offset > f.Offsets.Last):
	case f.Group != "" && e.Group != "" && f.Group != e.Group:
	case !f.Since.IsZero() && at.Before(f.Since):
	case !f.Until.IsZero() && !at.Before(f.Until):
	default:
		return true
	}
	return false
}

func (f *Filter) matchTables(e *Envelope) bool {
	if len(e.Tables) == 0 {
		return slices.Contains(f.Tables, AllTables)
	}
	return meet(f.Tables, e.Tables)
}

func meet[T comparable](a, b []T) bool {
	return slices.ContainsFunc(a, func(item T) bool { return slices.Contains(b, item) })
}
