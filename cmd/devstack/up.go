package main

import (
	"fmt"
	"io"

	"ingest/test/stack"

	"github.com/spf13/cobra"
)

func newUp() *cobra.Command {
	options := stack.Default()
	var noRegistry bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the servers and keep them until Ctrl-C",
		Long: `Start the servers, print their addresses, and keep them in the foreground.
Ctrl-C, SIGTERM or the end of this process in any other way takes all of them
down and removes their data. Ports are free ones unless you name them, so
several stacks run side by side.`,
		Example: `  devstack up
  devstack up --brokers 3 --cassandra-nodes 3
  devstack up --kafka-port 9092 --cassandra-port 9042 --registry-port 8081`,
		Args: cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error {
			options.Registry = !noRegistry
			return options.Check()
		},
		RunE: working(func(cmd *cobra.Command) error { return up(cmd, options) }),
	}
	flags := cmd.Flags()
	flags.IntVar(&options.Brokers, "brokers", options.Brokers, "Kafka brokers: 1 or 3")
	flags.IntVar(&options.CassandraNodes, "cassandra-nodes", options.CassandraNodes, "Cassandra nodes: 0, 1 or 3")
	flags.StringVar(&options.CassandraVersion, "cassandra-version", stack.CassandraVersion50,
		"Cassandra version: "+stack.CassandraVersion50+" or "+stack.CassandraVersion41)
	flags.IntVar(&options.KafkaPort, "kafka-port", 0, "port of the first broker (0: a free one)")
	flags.IntVar(&options.CassandraPort, "cassandra-port", 0, "port of Cassandra (0: a free one; three nodes prefer 9042)")
	flags.IntVar(&options.RegistryPort, "registry-port", 0, "port of the schema registry (0: a free one)")
	flags.BoolVar(&options.Secure, "secure", false, "add TLS and passwords")
	flags.BoolVar(&noRegistry, "no-registry", false, "leave the schema registry out")
	flags.BoolVar(&options.Keep, "keep", false, "keep data and logs after the end")
	return cmd
}

// up returns nil when a signal ended the stack after it was up.
func up(cmd *cobra.Command, options stack.Options) error {
	options.Progress = stack.WriterProgress(cmd.ErrOrStderr())
	s, err := stack.Start(cmd.Context(), options)
	if err != nil {
		return err
	}
	defer s.Stop()
	path, withdraw, err := s.PublishEnv()
	if err != nil {
		return err
	}
	defer withdraw()
	printAddresses(cmd.OutOrStdout(), s, path)
	select {
	case <-cmd.Context().Done():
		fmt.Fprintln(cmd.ErrOrStderr(), "stopping")
		return nil
	case err := <-s.Failed():
		s.KeepLogs()
		return err
	}
}

func printAddresses(w io.Writer, s *stack.Stack, path string) {
	fmt.Fprintln(w)
	for _, line := range s.Env() {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintf(w, "\nReady. For another shell: . %s\nLogs and data: %s\nCtrl-C stops everything.\n", path, s.Dir)
}
