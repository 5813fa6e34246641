package main

import (
	"github.com/spf13/cobra"

	"ingest/config"
)

// completeTopics lets shells complete --topic by the topics that the mapping file
// names: the one of the command's argument, or of the environment.
func (p *process) completeTopics(cmd *cobra.Command) {
	_ = cmd.RegisterFlagCompletionFunc("topic", func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		cfg, _ := config.LoadFor(p.environ) // its faults are for a command to tell
		path := cfg.MappingFile
		if len(args) > 0 {
			path = args[0]
		}
		file, _, err := readMapping(path)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []string
		for i := range file.Topics {
			names = append(names, file.Topics[i].Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}) // the flag is there
}
