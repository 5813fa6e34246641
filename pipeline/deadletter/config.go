package deadletter

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"ingest/retry"
)

// Config names the dead-letter topic. Its variables begin with
// INGEST_DEAD_LETTER_.
type Config struct {
	Topic             string `env:"TOPIC" envDefault:"ingest-dead-letters" desc:"The topic that keeps records which can never be written."`
	Partitions        int32  `env:"PARTITIONS" envDefault:"-1" desc:"Partitions of the topic when the worker has to create it; -1 is the broker's default."`
	ReplicationFactor int16  `env:"REPLICATION_FACTOR" envDefault:"-1" desc:"Replication factor of the topic when the worker has to create it; -1 is the broker's default."`
	MaxBytes          int32  `env:"MAX_BYTES" envDefault:"33554432" desc:"Upper bound, in bytes, of one letter. A larger one goes without its value, as does one that the topic refuses as too large. Keep it below the brokers' socket.request.max.bytes."`
	DropPayload       bool   `env:"DROP_PAYLOAD" envDefault:"false" desc:"Leave the values of records out of their letters, where the topic must not hold payload. Such letters cannot be replayed."`
}

// topicName is what brokers accept (org.apache.kafka.common.internals.Topic).
var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// The bounds of MaxBytes: what kgo takes for a batch, and what a broker reads in
// one request by default (socket.request.max.bytes, 100 MiB).
const (
	minMaxBytes = 1 << 10
	maxMaxBytes = 96 << 20
)

// Validate reports every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if !topicName.MatchString(c.Topic) || c.Topic == "." || c.Topic == ".." {
		errs = append(errs, errors.New("INGEST_DEAD_LETTER_TOPIC: not a topic name: use 1 to 249 letters, digits, dots, underscores and hyphens"))
	}
	if c.Partitions != -1 && c.Partitions < 1 {
		errs = append(errs, fmt.Errorf("INGEST_DEAD_LETTER_PARTITIONS: %d is neither -1 nor at least 1", c.Partitions))
	}
	if c.ReplicationFactor != -1 && c.ReplicationFactor < 1 {
		errs = append(errs, fmt.Errorf("INGEST_DEAD_LETTER_REPLICATION_FACTOR: %d is neither -1 nor at least 1", c.ReplicationFactor))
	}
	if c.MaxBytes < minMaxBytes || c.MaxBytes > maxMaxBytes {
		errs = append(errs, fmt.Errorf("INGEST_DEAD_LETTER_MAX_BYTES: %d is not between %d and %d", c.MaxBytes, minMaxBytes, maxMaxBytes))
	}
	return errors.Join(errs...)
}

// Deps is what a Producer needs from its process.
type Deps struct {
	Logger  *slog.Logger
	Meter   metric.Meter        // nil: nothing is measured
	Waiting func(reason string) // told what letters wait for, "" when they no longer do; must not block; nil: nobody
	Retry   retry.Config
	Version string // of the worker, for ingest.worker.version
	Group   string // the worker's consumer group, for ingest.group
}

func (d *Deps) complete() {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Meter == nil {
		d.Meter = noop.Meter{}
	}
	if d.Waiting == nil {
		d.Waiting = func(string) {}
	}
	d.Retry = d.Retry.OrDefault()
}
