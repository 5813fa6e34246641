package verify

import "time"

// Kind is a way in which a row differs from the log.
type Kind string

// The kinds of differences.
const (
	Missing   Kind = "missing"   // a row, or a cell of a row that is there, is not
	Extra     Kind = "extra"     // a row or cell is there that the log deletes, or never writes
	Stale     Kind = "stale"     // a cell is older than its latest record
	Value     Kind = "value"     // a cell has another value
	Timestamp Kind = "timestamp" // a cell has the right value, with a later WRITETIME
	TTL       Kind = "ttl"       // a cell has another time left to live
)

// Kinds lists the kinds in the order in which they are told.
var Kinds = []Kind{Missing, Extra, Stale, Value, Timestamp, TTL}

// Reason says why something could not be judged.
type Reason string

// The reasons. They count rows, but for those that say cells.
const (
	ReasonOlder       Reason = "cells_older_than_read"       // written before what is left of the log, or before --since
	ReasonClock       Reason = "cell_timestamps_unknown"     // the value is right; its write timestamp is not known from what is left of the log
	ReasonCollections Reason = "cell_timestamps_collections" // collections that are not frozen have no one WRITETIME
	ReasonTie         Reason = "cells_tied"                  // two records have one write timestamp
	ReasonHidden      Reason = "cells_hidden"                // the column was dropped and added again; Cassandra hides what was written before
	ReasonLife        Reason = "cells_expiring"              // about to expire, or living from each write on
	ReasonLetter      Reason = "rows_dead_lettered"          // differ, and a record of them is in the dead-letter topic, not replayed
	ReasonMixed       Reason = "rows_of_several_partitions"  // differ, and the clocks of their partitions are not known
	ReasonEvents      Reason = "rows_of_event_times"         // differ, and records that are gone may have had a later event time
	ReasonBeyond      Reason = "rows_beyond_commit"          // differ, and records beyond the commit are of them
	ReasonUnread      Reason = "rows_unreadable"             // Cassandra gave no answer
	ReasonTime        Reason = "rows_not_reached"            // the time limit came first
	ReasonMemory      Reason = "writes_beyond_memory"        // one row alone takes more memory than is allowed
	ReasonKind        Reason = "writes_of_other_kinds"       // to tables whose rows the log does not tell; the notes say why
)

// incomplete are the reasons for which what was asked has not been done.
var incomplete = []Reason{ReasonUnread, ReasonTime, ReasonMemory, ReasonKind}

// Difference is one way in which a row differs. It holds no payload unless that
// was asked for.
type Difference struct {
	Kind      Kind   `json:"kind"`
	Table     string `json:"table"`
	Row       string `json:"row"`           // a hash of table and primary key
	Key       string `json:"key,omitempty"` // the primary key, when asked for
	Column    string `json:"column,omitempty"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`                   // of the record that decides
	Want      int64  `json:"want_timestamp,omitempty"` // microseconds; 0: nothing should be there
	Have      int64  `json:"have_timestamp,omitempty"` // 0: nothing is there
	WantValue string `json:"want_value,omitempty"`
	HaveValue string `json:"have_value,omitempty"`
}

// Report is what was found.
type Report struct {
	Started     time.Time        `json:"started"`
	Seconds     float64          `json:"seconds"`
	Records     int64            `json:"records"`   // of the log, read (in all passes)
	Passes      int              `json:"passes"`    // over the log
	Rows        int64            `json:"rows"`      // compared
	Cells       int64            `json:"cells"`     // compared
	Rechecked   int64            `json:"rechecked"` // rows that differed at first
	Differing   int64            `json:"rows_differing"`
	Differences map[Kind]int64   `json:"differences"`
	Unjudged    map[Reason]int64 `json:"not_judged"`
	Unwritable  int64            `json:"records_unwritable"`    // the mapping gives no row for a table
	Lettered    int64            `json:"records_dead_lettered"` // of those read, in the dead-letter topic and not replayed
	Notes       []string         `json:"notes"`
	Details     []Difference     `json:"details"` // the first differences
}

func newReport(now time.Time) *Report {
	return &Report{Started: now, Differences: map[Kind]int64{}, Unjudged: map[Reason]int64{}, Notes: []string{}, Details: []Difference{}}
}

// Complete reports whether everything that was asked for was looked at. What
// nobody can judge, such as history that is gone, does not count.
func (r *Report) Complete() bool {
	for _, reason := range incomplete {
		if r.Unjudged[reason] > 0 {
			return false
		}
	}
	return true
}
