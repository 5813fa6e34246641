package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ingest/pipeline/deadletter"
)

func (p *process) deadletterShowCommand() *cobra.Command {
	c := &letterCommand{process: p}
	var payload, asJSON bool
	cmd := &cobra.Command{
		Use:   "show TOPIC/PARTITION/OFFSET",
		Short: "Show one dead letter, without its payload unless asked",
		Long: "Show one dead letter by its place in the dead-letter topic, as `ingest deadletter list --each` prints it: what\n" +
			"went wrong, where the record came from, the names and sizes of its headers, the sizes of its key and value.\n\n" +
			"--payload also prints the key, the value and the values of the source record's headers: as JSON or text where\n" +
			"they are that, else in hexadecimal. They are data of the source topic and may be confidential; terminals and CI\n" +
			"systems keep what they print.",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := deadletter.ParsePlace(args[0])
			if err != nil {
				return &codedError{exitUsage, err}
			}
			if err := c.open(); err != nil {
				return err
			}
			return c.show(cmd.Context(), at, payload, asJSON)
		},
	}
	c.addFlags(cmd)
	cmd.Flags().BoolVar(&payload, "payload", false, "print key, value and header values too; they may be confidential")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func (c *letterCommand) show(ctx context.Context, at deadletter.Place, payload, asJSON bool) error {
	l, err := c.find(ctx, at)
	if err != nil {
		return err
	}
	if l.Fault != nil {
		return fmt.Errorf("%s: %s", at, printable(l.Fault.Error()))
	}
	v := describe(l)
	if payload {
		v.reveal(l)
	}
	if asJSON {
		out := json.NewEncoder(c.stdout)
		out.SetIndent("", "  ")
		return out.Encode(v)
	}
	return c.printView(v, l)
}

// find reads the record at a place.
func (c *letterCommand) find(ctx context.Context, at deadletter.Place) (*deadletter.Stored, error) {
	soon, cancel := c.soon(ctx)
	defer cancel()
	r, err := deadletter.NewReaderAt(soon, c.kafka, at)
	if err != nil {
		return nil, c.late(soon, err)
	}
	bar := newReadingBar(c.stderr)
	defer bar.end()
	r.Progress = bar.set
	var found *deadletter.Stored
	err = r.Each(ctx, &deadletter.Filter{}, func(l *deadletter.Stored) error { found = l; return nil })
	if err == nil && found == nil {
		err = fmt.Errorf("%s is no dead letter: the mark of a replay, or nothing, stands there", at)
	}
	return found, err
}

// printView prints a letter for people.
func (c *letterCommand) printView(v *letterView, l *deadletter.Stored) error {
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, text)
		}
	}
	line("letter", v.Letter)
	line("written", instant(v.WrittenAt))
	line("state", v.State)
	line("source", printable(v.Source))
	line("record time", fmt.Sprintf("%s (%d)", instant(time.UnixMilli(l.Timestamp)), l.Timestamp))
	line("write timestamp", fmt.Sprintf("%d (%s)", l.WriteTimestamp, time.UnixMicro(l.WriteTimestamp).UTC().Format("2006-01-02T15:04:05.000000Z")))
	line("class", printable(v.Class))
	line("tables", printable(v.Tables))
	line("columns", printable(strings.Join(v.Columns, ", ")))
	if v.SchemaID != 0 {
		line("schema id", fmt.Sprint(v.SchemaID))
	}
	line("worker", printable(v.WorkerVersion))
	line("group", printable(v.Group))
	line("key", sized(v.KeyBytes, v.Payload == "dropped_all"))
	line("value", sized(v.ValueBytes, v.Payload != ""))
	for _, h := range v.Headers {
		line("header", printable(h.Name)+": "+counted(int64(h.Bytes), "byte"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for part := range strings.SplitSeq(v.Message, "\n") {
		fmt.Fprintln(c.stdout, "error: "+printable(part))
	}
	v.printContents(c.stdout)
	return nil
}

// sized says how large a payload is; gone says that the letter goes without it.
func sized(bytes *int, gone bool) string {
	switch {
	case gone:
		return "left out of the letter"
	case bytes == nil:
		return "null"
	}
	return counted(int64(*bytes), "byte")
}
