package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ingest/config"
)

func (p *process) configCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print every setting with its value and origin, secrets redacted",
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			cfg, faults := config.LoadFor(p.environ)
			if err := p.printConfig(cfg, asJSON); err != nil {
				return err
			}
			if faults != nil {
				return misconfigured(faults)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func (p *process) printConfig(cfg *config.Config, asJSON bool) error {
	settings := cfg.Effective()
	if asJSON {
		out := json.NewEncoder(p.stdout)
		out.SetIndent("", "  ")
		return out.Encode(settings)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVALUE\tORIGIN")
	for _, s := range settings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.Value, s.Origin)
	}
	return w.Flush()
}
