package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (p *process) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ingest",
		Short: "Move Avro records from Kafka into Cassandra tables",
		Long: "ingest moves Avro records from Kafka into Cassandra tables, as a mapping file says.\nIt is configured by environment variables: see `ingest config`.\n\n" +
			"Exit codes: 0 done, 1 failed while running, 2 wrong usage, 78 configuration or mapping.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &codedError{exitUsage, fmt.Errorf("%w (see `%s --help`)", err, cmd.CommandPath())}
	})
	root.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return &codedError{exitUsage, fmt.Errorf("there is no command %q (see `ingest --help`)", args[0])}
		}
		return nil
	}
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	root.AddCommand(p.runCommand(), p.validateCommand(), p.explainCommand(), p.verifyCommand(), p.deadletterCommand(), p.configCommand(), p.initCommand(), p.jsonSchemaCommand(), p.versionCommand())
	return root
}

// atMost is cobra.MaximumNArgs with the exit code for wrong usage.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.MaximumNArgs(n)(cmd, args); err != nil {
			return &codedError{exitUsage, fmt.Errorf("%w (see `%s --help`)", err, cmd.CommandPath())}
		}
		return nil
	}
}

// exactly is cobra.ExactArgs with the exit code for wrong usage.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.ExactArgs(n)(cmd, args); err != nil {
			return &codedError{exitUsage, fmt.Errorf("%w (see `%s --help`)", err, cmd.CommandPath())}
		}
		return nil
	}
}

func (p *process) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(p.stdout, "ingest %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
