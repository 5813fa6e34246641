// Command devstack runs a real Kafka, Cassandra and schema registry on this
// machine, for trying things and for the tests.
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

// failure is an error of the work itself; every other one is wrong usage.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// The first signal takes everything down in order, a second one at once.
	context.AfterFunc(ctx, stop)
	err := newRoot().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "devstack:", err)
	}
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	var failed failure
	switch {
	case err == nil:
		return 0
	case errors.As(err, &failed):
		return exitFailed
	default:
		return exitUsage
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "devstack",
		Short:         "Run a real Kafka, Cassandra and schema registry on this machine",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(newUp(), newStatus(), newFetch())
	return root
}

// working marks the errors of a command's work.
func working(run func(*cobra.Command) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		if err := run(cmd); err != nil {
			return failure{err}
		}
		return nil
	}
}
