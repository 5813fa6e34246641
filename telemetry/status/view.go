package status

import (
	"time"

	"ingest/telemetry"
)

// maxRows bounds the rows of a list. Those of partitions that are shown are the
// ones that are held, then the ones that lag most.
const maxRows = 200

// Worker says which process this is. It holds no secret.
type Worker struct {
	Version     string    `json:"version"`
	Host        string    `json:"host"`
	Group       string    `json:"group"` // of the consumers
	Mapping     string    `json:"mapping"`
	MappingHash string    `json:"mapping_hash"`
	Started     time.Time `json:"started"`
}

// View is what the page shows.
type View struct {
	Worker        Worker             `json:"worker"`
	Time          time.Time          `json:"time"`
	UptimeSeconds float64            `json:"uptime_seconds"`
	WindowSeconds float64            `json:"window_seconds"` // for which rates and freshness are
	Ready         bool               `json:"ready"`
	NotReady      []telemetry.Reason `json:"not_ready"`
	Stuck         []telemetry.Reason `json:"stuck"`
	Topics        []Topic            `json:"topics"`
	Partitions    []Partition        `json:"partitions"`
	Nodes         []Node             `json:"nodes"`
	DeadLetters   []Count            `json:"dead_letters"` // by class, since the start
	Retries       []Count            `json:"retries"`      // by class, since the start
	Recent        []telemetry.Line   `json:"recent"`       // the latest first

	// LeftOut counts what the bounded lists do not hold.
	LeftOut LeftOut `json:"left_out"`
}

// LeftOut counts what is not in the lists, which hold 200 rows at most.
type LeftOut struct {
	NotReady   int64 `json:"not_ready"`
	Topics     int64 `json:"topics"`
	Partitions int64 `json:"partitions"`
	Nodes      int64 `json:"nodes"`
}

// Topic is a topic of which this worker has, or had, partitions. Its counts are
// since the start.
type Topic struct {
	Topic            string   `json:"topic"`
	Partitions       int64    `json:"partitions"` // assigned
	Held             int64    `json:"held"`       // of them
	Lag              int64    `json:"lag"`
	RecordsPerSecond float64  `json:"records_per_second"` // with an outcome
	FreshnessSeconds *float64 `json:"freshness_seconds"`  // mean age of records at their outcome; null when there were none
	WaitingSeconds   float64  `json:"waiting_seconds"`    // of the oldest record under way
	Written          int64    `json:"written"`
	Skipped          int64    `json:"skipped"` // skipped, or dropped
	DeadLettered     int64    `json:"dead_lettered"`
	Unfit            bool     `json:"unfit"` // the mapping does not fit the live tables
}

// Partition is a partition that this worker has.
type Partition struct {
	Topic     string `json:"topic"`
	Partition int    `json:"partition"`
	Lag       int64  `json:"lag"`
	Held      string `json:"held"` // why, and what to do; empty when it is not
}

// Node is a node of Cassandra.
type Node struct {
	Address  string `json:"address"`
	Requests int64  `json:"requests"` // in flight
	Limit    int64  `json:"limit"`    // that it may get at once
}

// Count is a number of something of a class.
type Count struct {
	Class string `json:"class"`
	Count int64  `json:"count"`
}

// Elsewhere gives the reasons that no row of a partition shows.
func (v *View) Elsewhere() []telemetry.Reason {
	shown := map[string]bool{}
	for _, p := range v.Partitions {
		shown[p.component()] = p.Held != ""
	}
	var reasons []telemetry.Reason
	for _, r := range v.NotReady {
		if !shown[r.Component] {
			reasons = append(reasons, r)
		}
	}
	return reasons
}
