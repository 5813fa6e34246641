// Command ingestbench measures the built worker against the limit of the
// driver: the same rows, encoded beforehand, written by gocql alone while a
// consumer reads and discards the topic. docs/performance.md says how, and what
// came out.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a command line that cannot work.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// The first signal takes everything down in order, a second one at once.
	context.AfterFunc(ctx, stop)
	err := newRoot().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "ingestbench:", err)
	if _, wrong := errors.AsType[usageError](err); wrong {
		os.Exit(exitUsage)
	}
	os.Exit(exitFailed)
}

func newRoot() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "ingestbench",
		Short: "Measure the worker against the limit of the driver",
		Long: `Measure the built worker against the limit of the driver, in alternating pairs on
the same servers: gocql writing the same rows, encoded beforehand, with the same
batch caps and consistency, while a consumer reads and discards the topic. With --traces, the worker without
traces takes the place of the limit.`,
		Example: `  ingestbench                                  # the full measurement
  ingestbench --records 50000 --pairs 1        # does it work?
  ingestbench --traces 0.01 --shape scattered  # what tracing costs
  ingestbench --once --keep --shape scattered  # one run of the worker; the servers stay`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          func(cmd *cobra.Command, args []string) error { return asUsage(cobra.NoArgs(cmd, args)) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return usageError{err}
			}
			return measure(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	o.register(cmd.Flags())
	cmd.AddCommand(newLimit())
	return cmd
}

func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// newLimit is how the program starts itself, so that the limit's CPU time and
// memory are those of a process of its own.
func newLimit() *cobra.Command {
	return &cobra.Command{
		Use:    "limit",
		Short:  "Write the rows that a task on standard input describes; print how it went",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return limit(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
