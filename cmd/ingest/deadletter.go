package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/config"
	"ingest/pipeline/deadletter"
	"ingest/pipeline/kafka"
)

func (p *process) deadletterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "deadletter",
		Short: "List, show and replay the records that could not be written",
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.deadletterListCommand(), p.deadletterShowCommand(), p.deadletterReplayCommand())
	return cmd
}

// letterCommand is what the commands about dead letters share.
type letterCommand struct {
	*process
	chosen  letterFlags
	timeout time.Duration
	cfg     *config.Config
	kafka   []kgo.Opt
}

const letterTimeout = 30 * time.Second

func (c *letterCommand) addFlags(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&c.timeout, "timeout", letterTimeout, "how long to wait for the servers to answer at the start")
}

// open reads the settings; nothing is contacted.
func (c *letterCommand) open(required ...string) error {
	var err error
	if c.cfg, err = config.LoadFor(c.environ, append(required, "INGEST_KAFKA_BROKERS")...); err != nil {
		return misconfigured(err)
	}
	c.cfg.Kafka.Version = version
	if c.kafka, err = kafka.Options(c.cfg.Kafka, c.log()); err != nil {
		return misconfigured(err)
	}
	return nil
}

// log is for what servers make us wait for. It goes where no output is.
func (c *letterCommand) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// topics are the dead-letter topics to read.
func (c *letterCommand) topics() []string {
	if len(c.chosen.from) > 0 {
		return c.chosen.from
	}
	return []string{c.cfg.DeadLetter.Topic}
}

// reader finds the ends of the topics.
func (c *letterCommand) reader(ctx context.Context, f *deadletter.Filter) (*deadletter.Reader, error) {
	ctx, cancel := c.soon(ctx)
	defer cancel()
	r, err := deadletter.NewReader(ctx, c.kafka, c.topics(), f.Since)
	return r, c.late(ctx, err)
}

var errLate = errors.New("no answer within --timeout")

// soon bounds the first contact with a server.
func (c *letterCommand) soon(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, c.timeout, errLate)
}

// late names the settings to look at when Kafka does not answer.
func (c *letterCommand) late(ctx context.Context, err error) error {
	const look = "check INGEST_KAFKA_BROKERS and the INGEST_KAFKA_TLS_* and INGEST_KAFKA_SASL_* settings"
	_, unreachable := errors.AsType[*net.OpError](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), errLate):
		return fmt.Errorf("no answer from Kafka within %v: %s, or raise --timeout: %w", c.timeout, look, err)
	case unreachable:
		return fmt.Errorf("no way to Kafka: %s: %w", look, err)
	}
	return err
}
