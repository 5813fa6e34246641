package main

import (
	"ingest/test/stack"

	"github.com/spf13/cobra"
)

func newFetch() *cobra.Command {
	return &cobra.Command{
		Use:   "fetch",
		Short: "Download all servers beforehand",
		Long:  "Download all servers from Maven Central, so that later starts need no network.",
		Args:  cobra.NoArgs,
		RunE: working(func(cmd *cobra.Command) error {
			return stack.Fetch(cmd.Context(), stack.WriterProgress(cmd.ErrOrStderr()))
		}),
	}
}
