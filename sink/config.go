package sink

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gocql/gocql"

	"ingest/config/secret"
	"ingest/retry"
)

// Config says how to reach Cassandra and how to write to it.
type Config struct {
	Cassandra CassandraConfig `envPrefix:"CASSANDRA_"`
	Batch     BatchConfig     `envPrefix:"BATCH_"`
	InFlight  InFlightConfig  `envPrefix:"IN_FLIGHT_"`
	Retry     retry.Config    `envPrefix:"RETRY_"`
}

// CassandraConfig is INGEST_CASSANDRA_*.
type CassandraConfig struct {
	Hosts          []string      `env:"HOSTS" required:"true" or:"INGEST_CASSANDRA_ASTRA_BUNDLE_FILE" example:"cassandra-1,cassandra-2" desc:"Nodes to ask for the cluster's members, as names or addresses, with :port where it is another one."`
	Port           int           `env:"PORT" envDefault:"9042" desc:"Native transport port of all nodes."`
	Datacenter     string        `env:"DATACENTER" desc:"Data centre to write to, as nodetool status names it; may be empty when there is only one, or with a bundle."`
	Keyspace       string        `env:"KEYSPACE" desc:"Keyspace of tables for which the mapping file names none; that of the bundle when empty."`
	Username       string        `env:"USERNAME" desc:"User name; empty for no authentication."`
	Password       secret.Value  `env:"PASSWORD" desc:"Password, read again for every connection."`
	Consistency    string        `env:"CONSISTENCY" envDefault:"LOCAL_QUORUM" desc:"Consistency level of writes for which the mapping file names none."`
	TLS            secret.TLS    `envPrefix:"TLS_"`
	Astra          AstraConfig   `envPrefix:"ASTRA_"`
	Timeout        time.Duration `env:"TIMEOUT" envDefault:"5s" desc:"How long to wait for an answer; more than the server's write_request_timeout (2s by default)."`
	ConnectTimeout time.Duration `env:"CONNECT_TIMEOUT" envDefault:"5s" desc:"How long opening a connection may take."`
}

// BatchConfig is INGEST_BATCH_*. The defaults stay below the server's warning
// thresholds, batch_size_warn_threshold (5 KiB, counted when a batch touches
// several partitions) and unlogged_batch_across_partitions_warn_threshold (10).
type BatchConfig struct {
	Rows           int `env:"ROWS" envDefault:"30" desc:"Most rows of one batch."`
	Bytes          int `env:"BYTES" envDefault:"5000" desc:"Most bytes, as the server counts them, of a batch with rows of several partitions."`
	PartitionBytes int `env:"PARTITION_BYTES" envDefault:"65536" desc:"Most bytes of a batch with rows of one partition."`
	Partitions     int `env:"PARTITIONS" envDefault:"10" desc:"Most partitions of one batch."`
}

// InFlightConfig is INGEST_IN_FLIGHT_*.
type InFlightConfig struct {
	Requests      int `env:"REQUESTS" envDefault:"64" desc:"Most requests in flight to one Cassandra node; fewer while it is overloaded."`
	RowsPerSecond int `env:"ROWS_PER_SECOND" envDefault:"0" desc:"Most rows written per second by this worker; 0 for no limit."`
}

// Bounds of the settings. A batch counts its statements in 16 bits (native
// protocol v4, section 4.1.7), and a connection has 32768 streams.
const (
	maxBatchRows  = 65535
	maxBatchBytes = 8 << 20
	maxRequests   = 16384
)

// Validate reports every setting that cannot work, each as "INGEST_…: what is
// wrong". Hosts may be empty: commands that need no cluster do without them.
func (c Config) Validate() error {
	return errors.Join(c.Cassandra.validate(), c.Batch.validate(), c.InFlight.validate(), validateRetry(c.Retry))
}

func (c CassandraConfig) validate() error {
	const prefix = "INGEST_CASSANDRA_"
	var errs []error
	for i, host := range c.Hosts {
		if host == "" || strings.ContainsAny(host, "/@ ") {
			errs = append(errs, fmt.Errorf("%sHOSTS: entry %d is not a host name or address, for example cassandra-1", prefix, i+1))
		}
	}
	errs = append(errs, inRange(prefix+"PORT", c.Port, 1, 65535))
	if _, err := parseConsistency(c.Consistency); err != nil {
		errs = append(errs, fmt.Errorf("%sCONSISTENCY: %w", prefix, err))
	}
	if c.Password.IsSet() && c.Username == "" && !c.behindBundle() {
		errs = append(errs, fmt.Errorf("%sPASSWORD: is set, but %sUSERNAME is not", prefix, prefix))
	}
	if c.Timeout < 100*time.Millisecond || c.Timeout > 5*time.Minute {
		errs = append(errs, fmt.Errorf("%sTIMEOUT: %v is not between 100ms and 5m", prefix, c.Timeout))
	}
	if c.ConnectTimeout < 100*time.Millisecond || c.ConnectTimeout > 5*time.Minute {
		errs = append(errs, fmt.Errorf("%sCONNECT_TIMEOUT: %v is not between 100ms and 5m", prefix, c.ConnectTimeout))
	}
	errs = append(errs, c.TLS.Validate(prefix+"TLS_"), c.validateAstra())
	return errors.Join(errs...)
}

func (c BatchConfig) validate() error {
	return errors.Join(
		inRange("INGEST_BATCH_ROWS", c.Rows, 1, maxBatchRows),
		inRange("INGEST_BATCH_BYTES", c.Bytes, 1, maxBatchBytes),
		inRange("INGEST_BATCH_PARTITION_BYTES", c.PartitionBytes, 1, maxBatchBytes),
		inRange("INGEST_BATCH_PARTITIONS", c.Partitions, 1, maxBatchRows),
	)
}

func (c InFlightConfig) validate() error {
	return errors.Join(
		inRange("INGEST_IN_FLIGHT_REQUESTS", c.Requests, 1, maxRequests),
		inRange("INGEST_IN_FLIGHT_ROWS_PER_SECOND", c.RowsPerSecond, 0, 1_000_000_000),
	)
}

func validateRetry(c retry.Config) error {
	if c.Min <= 0 || c.Max < c.Min || c.Max > time.Hour {
		return fmt.Errorf("INGEST_RETRY_MIN, INGEST_RETRY_MAX: %v and %v are not in order between 0s and 1h", c.Min, c.Max)
	}
	return nil
}

func inRange(name string, value, low, high int) error {
	if value < low || value > high {
		return fmt.Errorf("%s: %d is not between %d and %d", name, value, low, high)
	}
	return nil
}

// parseConsistency reads a level for writes. ANY is refused, because a hint on a
// coordinator can be lost with it: an acknowledged row would not be safe.
func parseConsistency(text string) (gocql.Consistency, error) {
	level, err := gocql.ParseConsistencyWrapper(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no consistency level; use LOCAL_QUORUM, QUORUM, EACH_QUORUM, ALL, LOCAL_ONE, ONE, TWO or THREE", text)
	case level == gocql.Any:
		return 0, errors.New("ANY counts a write as done that no replica has; use LOCAL_QUORUM")
	}
	return level, nil
}

func (c BatchConfig) caps() caps {
	return caps{rows: c.Rows, bytes: min(c.Bytes, c.PartitionBytes), singleBytes: c.PartitionBytes, partitions: c.Partitions}
}
