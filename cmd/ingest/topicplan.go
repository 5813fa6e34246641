package main

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"ingest/mapping"
)

// topicPlan is what one topic of the file is planned as. Once the worker runs the
// schema watch owns it.
type topicPlan struct {
	index    int // in the file
	name     string
	found    bool             // by a pattern
	appeared bool             // while the worker ran
	gone     bool             // not in the cluster, and never consumed
	consumed bool             // the consumer has subscribed to it
	program  *mapping.Program // nil: the mapping does not fit, and reason says why
	tables   []*mapping.Table // what the last program was made for
	reason   string
	rests    time.Time   // until then, and while no table changes, it is not tried again: a table refused its writes
	fits     atomic.Bool // whether there is a program; metrics read it
}

func (t *topicPlan) fit(p *mapping.Program) {
	t.program, t.tables, t.reason = p, p.Tables(), ""
	t.fits.Store(true)
}

func (t *topicPlan) misfit(found mapping.Diagnostics) {
	t.unfit("its mapping does not fit: " + oneLine(found.Err()))
}

func (t *topicPlan) unfit(reason string) {
	t.program, t.reason = nil, reason
	t.fits.Store(false)
}

// changes says what of the live tables is no longer as the last program was made
// for it.
func (t *topicPlan) changes(catalog *mapping.Catalog) []string {
	var found []string
	for _, was := range t.tables {
		found = append(found, was.Changes(catalog.Keyspaces[was.Keyspace][was.Name])...)
	}
	return found
}

// oneLine writes an error's lines as one, for readiness and the log.
func oneLine(err error) string {
	if err == nil {
		return ""
	}
	lines := strings.Split(err.Error(), "\n")
	return strings.Join(slices.Compact(lines), "; ")
}
