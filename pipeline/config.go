package pipeline

import (
	"errors"
	"fmt"
	"time"

	"ingest/retry"
)

// Config sizes the pipeline.
type Config struct {
	CommitInterval  time.Duration `env:"COMMIT_INTERVAL" envDefault:"1s" desc:"How often the offsets of resolved records are committed."`
	InFlightBytes   int64         `env:"IN_FLIGHT_BYTES" envDefault:"67108864" desc:"Upper bound, in bytes, of the records that are being mapped or written."`
	ClockLookback   time.Duration `env:"CLOCK_LOOKBACK" envDefault:"1h" desc:"How much of the log, in record time, is read back to rebuild a partition's clock where its commit carries none: after a reset by another tool, or a renamed group."`
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"25s" desc:"How long a shutdown or a revoked partition takes at most: four fifths for its last writes, the rest for their commit."`

	Poison retry.PoisonConfig `envPrefix:"POISON_"`
}

// Validate reports every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if c.CommitInterval < 10*time.Millisecond || c.CommitInterval > 5*time.Minute {
		errs = append(errs, fmt.Errorf("INGEST_COMMIT_INTERVAL: %v is not between 10ms and 5m", c.CommitInterval))
	}
	if c.InFlightBytes < 1<<20 {
		errs = append(errs, fmt.Errorf("INGEST_IN_FLIGHT_BYTES: %d is less than 1 MiB (1048576)", c.InFlightBytes))
	}
	if c.ClockLookback < minLookback || c.ClockLookback > maxLookback {
		errs = append(errs, fmt.Errorf("INGEST_CLOCK_LOOKBACK: %v is not between %v and %v", c.ClockLookback, minLookback, maxLookback))
	}
	if err := c.Poison.Validate(); err != nil {
		errs = append(errs, err)
	}
	if c.ShutdownTimeout < time.Second {
		errs = append(errs, fmt.Errorf("INGEST_SHUTDOWN_TIMEOUT: %v is less than 1s", c.ShutdownTimeout))
	}
	return errors.Join(errs...)
}

// Fixed sizes. A lane hands over up to chunkRecords records at once: with more,
// rows that share a Cassandra partition find more batch neighbours, but every
// lane holds that many rows in memory; where records give many rows each, a lane
// hands over no further record after chunkRows rows. The gate stops polling while gateBytes
// wait in the inboxes. One partition alone is paused at inboxBytes, which is more
// than the gate and a fetch together: pausing throws away what was fetched ahead,
// so it is for a partition that is stuck while others go on.
const (
	chunkRecords = 2048
	chunkBytes   = 2 << 20
	chunkRows    = 8 * chunkRecords
	gateBytes    = 6 << 20
	inboxBytes   = 24 << 20
)
