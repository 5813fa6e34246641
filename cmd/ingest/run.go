package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"ingest/config"
	"ingest/pipeline"
)

func (p *process) runCommand() *cobra.Command {
	var untilCurrent bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Consume the mapped topics and write their rows",
		Long: "Consume the mapped topics and write their rows until SIGTERM or SIGINT, which drains what is\n" +
			"under way, commits and leaves the group. A second signal ends at once.",
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(p.environ, p.withoutRegistry("")...)
			if err != nil {
				return misconfigured(err)
			}
			if untilCurrent {
				cfg.Pipeline.CommitInterval = min(cfg.Pipeline.CommitInterval, currentCommitInterval)
			}
			force, release := secondSignal(cmd.Context())
			defer release()
			return p.consume(cmd.Context(), force, cfg, untilCurrent)
		},
	}
	cmd.Flags().BoolVar(&untilCurrent, "until-current", false, "stop once everything that the topics hold now is written and committed")
	return cmd
}

// currentCommitInterval is how often a run until current commits at least, so that
// it does not end long after its last write.
const currentCommitInterval = 200 * time.Millisecond

var errForced = errors.New("forced by a second signal")

// secondSignal gives a context that ends when a signal arrives after first has
// ended.
func secondSignal(first context.Context) (context.Context, func()) {
	force, cancel := context.WithCancelCause(context.WithoutCancel(first))
	stop := context.AfterFunc(first, func() {
		again, release := signal.NotifyContext(force, syscall.SIGINT, syscall.SIGTERM)
		defer release()
		<-again.Done()
		cancel(errForced) // does nothing when the worker ended before
	})
	return force, func() { stop(); cancel(nil) }
}

// consume runs a worker and gives its end the right exit code.
func (p *process) consume(ctx, force context.Context, cfg *config.Config, untilCurrent bool) error {
	file, found, err := readMapping(cfg.MappingFile)
	if err != nil {
		return misconfigured(err)
	}
	w, err := newWorker(p, cfg, file)
	if err != nil {
		return err
	}
	w.warn(found)
	err = w.run(ctx, force, untilCurrent)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pipeline.ErrGenerationBack), errors.Is(err, pipeline.ErrNewerState):
		return misconfigured(err) // no restart mends it
	case errors.Is(err, errForced):
		return fmt.Errorf("ended before everything under way was written: %w", err)
	case ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) && !untilCurrent:
		return nil // asked to stop while it was still waiting for servers
	}
	return err
}
