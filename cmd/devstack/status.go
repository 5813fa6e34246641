package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"ingest/test/stack"

	"github.com/spf13/cobra"
)

func newStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "List the running stacks and ask each server whether it answers",
		Args:  cobra.NoArgs,
		RunE: working(func(cmd *cobra.Command) error {
			all, err := stack.List(cmd.Context())
			if err != nil {
				return err
			}
			return printStatus(cmd.OutOrStdout(), all, time.Now())
		}),
	}
}

func printStatus(w io.Writer, all []stack.Status, now time.Time) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "No stack is running.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, one := range all {
		if i > 0 {
			fmt.Fprintln(table)
		}
		printStack(table, one, now)
	}
	return table.Flush()
}

func printStack(w io.Writer, one stack.Status, now time.Time) {
	if one.OwnerPid == 0 {
		fmt.Fprintf(w, "A stack is being prepared in %s\n", one.Dir)
		return
	}
	fmt.Fprintf(w, "Stack of process %d, for %s, in %s\n",
		one.OwnerPid, now.Sub(one.Started).Round(time.Second), one.Dir)
	for _, server := range one.Servers {
		answer := "answers"
		if server.Fault != nil {
			answer = "does not answer: " + server.Fault.Error()
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\tpid %d\t%d MiB\t%s\n",
			server.Name, server.Version, server.Addr, server.Pid, server.MemoryBytes>>20, answer)
	}
}
