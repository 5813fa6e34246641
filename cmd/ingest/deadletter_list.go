package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ingest/pipeline/deadletter"
)

func (p *process) deadletterListCommand() *cobra.Command {
	c := &letterCommand{process: p}
	var each, asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Count dead letters by topic, tables and class, or list each",
		Long: "Count dead letters by the topic that their records came from, the tables that failed and the class of the\n" +
			"failure, or list each. Payloads are never printed. It joins no group and changes nothing.",
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := c.chosen.filter(time.Now())
			if err != nil {
				return err
			}
			if err := c.open(); err != nil {
				return err
			}
			return c.list(cmd.Context(), f, each, asJSON)
		},
	}
	c.addFlags(cmd)
	c.chosen.add(cmd)
	c.completeTopics(cmd)
	cmd.Flags().BoolVar(&each, "each", false, "print one line for each letter")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: one object, or with --each one for each letter")
	return cmd
}

func (c *letterCommand) list(ctx context.Context, f *deadletter.Filter, each, asJSON bool) error {
	r, err := c.reader(ctx, f)
	if err != nil {
		return err
	}
	bar := newReadingBar(c.stderr)
	defer bar.end()
	r.Progress = bar.set
	var total deadletter.Summary
	err = r.Each(ctx, f, func(l *deadletter.Stored) error {
		total.Add(l)
		if !each {
			return nil
		}
		bar.end() // the lines show how far it is
		return c.printLetter(l, asJSON)
	})
	if err != nil {
		return err
	}
	bar.end()
	if each {
		return nil
	}
	return c.printSummary(&total, asJSON)
}

func (c *letterCommand) printSummary(s *deadletter.Summary, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(c.stdout)
		out.SetIndent("", "  ")
		return out.Encode(map[string]any{"letters": s.Letters, "replayed": s.Replayed, "not_letters": s.Foreign, "groups": s.Counts()})
	}
	if s.Letters > 0 {
		w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "TOPIC\tTABLES\tCLASS\tLETTERS\tREPLAYED\tFIRST\tLAST")
		for _, g := range s.Counts() {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", printable(g.Topic), printable(g.Tables), printable(g.Class), g.Letters, g.Replayed, instant(g.First), instant(g.Last))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	fmt.Fprintf(c.stdout, "%s, %d of them replayed\n", counted(s.Letters, "dead letter"), s.Replayed)
	if s.Foreign > 0 {
		fmt.Fprintf(c.stdout, "%s not from ingest, the first at %s: %s\n", are(s.Foreign, "record"), s.FirstForeign, printable(s.FirstFault.Error()))
	}
	return nil
}

// printLetter prints one line.
func (c *letterCommand) printLetter(l *deadletter.Stored, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(c.stdout).Encode(describe(l))
	}
	if l.Fault != nil {
		_, err := fmt.Fprintf(c.stdout, "%s\t%s\t-\t-\t-\tnot a dead letter\n", l.Place, instant(l.At))
		return err
	}
	_, err := fmt.Fprintf(c.stdout, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Place, instant(l.At), printable(l.Source().String()), printable(l.TableList()), printable(l.Class()), state(l))
	return err
}
