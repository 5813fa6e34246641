package main

import (
	"github.com/spf13/cobra"

	"ingest/mapping"
)

func (p *process) jsonSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "json-schema",
		Short: "Print the JSON Schema of mapping files, with which editors complete and check them",
		Long: "Print the JSON Schema (draft 2020-12) of mapping files. An editor with the YAML language server reads it from\n" +
			"the file that a mapping's first line names:\n\n    # yaml-language-server: $schema=mapping.schema.json",
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			text, err := mapping.JSONSchema()
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(text)
			return err
		},
	}
}
