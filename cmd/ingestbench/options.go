package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gocql/gocql"
	"github.com/spf13/pflag"
)

// Where the servers come from.
const (
	stackStart    = "start"
	stackExisting = "existing-env"
)

// options is the command line.
type options struct {
	Records     int           `json:"records"`
	Pairs       int           `json:"pairs"`
	Shape       string        `json:"-"`
	Partitions  int           `json:"partitions"`
	Consistency string        `json:"consistency"`
	InFlight    int           `json:"limit_in_flight"`
	Caps        caps          `json:"batch"`
	WorkerEnv   []string      `json:"worker_env,omitempty"`
	Traces      float64       `json:"traces,omitempty"`
	Pause       time.Duration `json:"-"`
	Timeout     time.Duration `json:"-"`
	Stack       string        `json:"-"`
	Worker      string        `json:"-"`
	Once        bool          `json:"-"`
	Keep        bool          `json:"-"`
	JSON        bool          `json:"-"`
}

// caps bound a batch, for the limit and for the worker alike. What they mean
// stands at INGEST_BATCH_*.
type caps struct {
	Rows           int `json:"rows"`
	Bytes          int `json:"bytes"`
	PartitionBytes int `json:"partition_bytes"`
	Partitions     int `json:"partitions"`
}

// env gives the caps in the names that the worker reads.
func (c caps) env() []string {
	return []string{
		fmt.Sprintf("INGEST_BATCH_ROWS=%d", c.Rows),
		fmt.Sprintf("INGEST_BATCH_BYTES=%d", c.Bytes),
		fmt.Sprintf("INGEST_BATCH_PARTITION_BYTES=%d", c.PartitionBytes),
		fmt.Sprintf("INGEST_BATCH_PARTITIONS=%d", c.Partitions),
	}
}

func (o *options) register(f *pflag.FlagSet) {
	f.IntVar(&o.Records, "records", 1_000_000, "records in the topic")
	f.IntVar(&o.Pairs, "pairs", 5, "pairs that count, after one that warms up and does not")
	f.StringVar(&o.Shape, "shape", "both", "interleaved, scattered or both")
	f.IntVar(&o.Partitions, "partitions", 12, "partitions of the topic")
	f.StringVar(&o.Consistency, "consistency", "LOCAL_QUORUM", "consistency level of all writes")
	f.IntVar(&o.InFlight, "in-flight", 64, "batches in flight of the limit; the worker has its own default")
	f.IntVar(&o.Caps.Rows, "batch-rows", 30, "most rows of a batch, for both")
	f.IntVar(&o.Caps.Bytes, "batch-bytes", 5000, "most bytes of a batch with several Cassandra partitions, for both")
	f.IntVar(&o.Caps.PartitionBytes, "batch-partition-bytes", 65536, "most bytes of a batch with one Cassandra partition, for both")
	f.IntVar(&o.Caps.Partitions, "batch-partitions", 10, "most Cassandra partitions of a batch, for both")
	f.StringArrayVar(&o.WorkerEnv, "env", nil, "a further setting of the worker, INGEST_NAME=value; may be repeated")
	f.Float64Var(&o.Traces, "traces", 0, "measure what tracing costs instead: the worker without traces against the worker with this share of them sampled, for example 0.01")
	f.DurationVar(&o.Pause, "pause", 3*time.Second, "rest of the servers before each run")
	f.DurationVar(&o.Timeout, "timeout", 15*time.Minute, "longest that one run may take")
	f.StringVar(&o.Stack, "stack", stackStart, "start: servers of its own; existing-env: those that INGEST_* name, for example of devstack up")
	f.StringVar(&o.Worker, "worker", "", "worker binary to measure (default: built from ./cmd/ingest)")
	f.BoolVar(&o.Once, "once", false, "only run the worker, once and without warm-up, for example to profile it")
	f.BoolVar(&o.Keep, "keep", false, "keep the servers after the end until Ctrl-C, and print how to use them")
	f.BoolVar(&o.JSON, "json", false, "print a JSON object instead of tables")
}

// maxRecords keeps the row numbers of the limit in 31 bits and its rows in memory.
const maxRecords = 20_000_000

func (o *options) validate() error {
	var faults []error
	positive := func(name string, value, most int) {
		if value < 1 || value > most {
			faults = append(faults, fmt.Errorf("--%s %d is not between 1 and %d", name, value, most))
		}
	}
	positive("records", o.Records, maxRecords)
	positive("pairs", o.Pairs, 1000)
	positive("partitions", o.Partitions, 1000)
	positive("in-flight", o.InFlight, 16384)
	positive("batch-rows", o.Caps.Rows, 65535)
	positive("batch-bytes", o.Caps.Bytes, 8<<20)
	positive("batch-partition-bytes", o.Caps.PartitionBytes, 8<<20)
	positive("batch-partitions", o.Caps.Partitions, 65535)
	if o.Traces < 0 || o.Traces > 1 || o.Traces != o.Traces {
		faults = append(faults, fmt.Errorf("--traces %v is not between 0 and 1", o.Traces))
	}
	if o.Traces > 0 && o.Once {
		faults = append(faults, errors.New("--traces needs pairs, which --once does not run"))
	}
	if _, err := shapesNamed(o.Shape); err != nil {
		faults = append(faults, err)
	}
	if _, err := gocql.ParseConsistencyWrapper(o.Consistency); err != nil {
		faults = append(faults, fmt.Errorf("--consistency: %w", err))
	}
	if o.Stack != stackStart && o.Stack != stackExisting {
		faults = append(faults, fmt.Errorf("--stack %q is neither %s nor %s", o.Stack, stackStart, stackExisting))
	}
	for _, setting := range o.WorkerEnv {
		if name, _, ok := strings.Cut(setting, "="); !ok || name == "" {
			faults = append(faults, fmt.Errorf("--env %q is not NAME=value", name))
		}
	}
	return errors.Join(faults...)
}
