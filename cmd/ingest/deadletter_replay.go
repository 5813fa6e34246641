package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ingest/pipeline/deadletter"
	"ingest/pipeline/deadletter/replay"
)

func (p *process) deadletterReplayCommand() *cobra.Command {
	c := &replayCommand{letterCommand: letterCommand{process: p}}
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Write the rows of dead letters, once what kept them out is mended",
		Long: "Write the rows of dead letters by today's mapping: into the tables that failed, with the write timestamps\n" +
			"that they would have had at first, so that nothing that was written later is overwritten. Begin with --dry-run,\n" +
			"which maps every letter and writes nothing.\n\n" +
			"A letter that is written gets a mark in the dead-letter topic and is not replayed again without --again. One that\n" +
			"fails again stays as it is. Ctrl-C stops at any time: what is marked is written, and what is written without a mark\n" +
			"can be written again without harm.\n\n" +
			"A letter older than the gc_grace_seconds of its table is refused: Cassandra may have purged a delete that came\n" +
			"after it, and the row would come back. --resurrect writes it all the same.\n\n" +
			"Exit code 1 when letters are left that were not, or in a dry run would not be, replayed.",
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	c.addFlags(cmd)
	c.chosen.add(cmd)
	c.completeTopics(cmd)
	flags := cmd.Flags()
	flags.Lookup("group").Usage = "letters of workers of this consumer group (default INGEST_KAFKA_GROUP_ID)"
	flags.BoolVar(&c.options.DryRun, "dry-run", false, "write nothing; say what would become of each letter")
	flags.BoolVar(&c.options.Again, "again", false, "replay letters too that were replayed before")
	flags.BoolVar(&c.options.Resurrect, "resurrect", false, "replay letters too that are older than the gc_grace_seconds of their table, or of rows without write timestamps of records")
	flags.BoolVar(&c.asJSON, "json", false, "print the summary as a JSON object")
	return cmd
}

// replayCommand is `ingest deadletter replay`.
type replayCommand struct {
	letterCommand
	options replay.Options
	asJSON  bool
}

func (c *replayCommand) run(ctx context.Context) error {
	f, file, err := c.prepare()
	if err != nil {
		return err
	}
	reader, err := c.reader(ctx, f)
	if err != nil {
		return err
	}
	reader.IgnoreMarks = c.options.Again
	marker, err := c.marker(ctx)
	if err != nil {
		return err
	}
	defer marker.Close()
	target, err := c.connect(ctx, file)
	if err != nil {
		return err
	}
	defer target.close()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	sink, err := target.open(stop)
	if err != nil {
		return err
	}
	r := replay.New(replay.Deps{Plan: target.plan, Sink: sink, Mark: marker.Mark, Now: time.Now}, c.options)
	err = c.replay(ctx, reader, f, r)
	if err := c.printOutcome(r.Summary(), err == nil); err != nil {
		return err
	}
	switch {
	case err != nil:
		return fmt.Errorf("stopped before the end: %w; run it again for what is left", err)
	case r.Summary().Left() > 0:
		return &codedError{code: exitFailed}
	}
	return nil
}

// prepare reads flags, settings and the mapping file; nothing is contacted.
func (c *replayCommand) prepare() (*deadletter.Filter, *mappingFile, error) {
	f, err := c.chosen.filter(time.Now())
	if err != nil {
		return nil, nil, err
	}
	required := c.required("", "INGEST_MAPPING_FILE", envRegistry, "INGEST_CASSANDRA_HOSTS")
	if f.Group == "" {
		required = append(required, "INGEST_KAFKA_GROUP_ID")
	}
	if err := c.open(required...); err != nil {
		return nil, nil, err
	}
	// Other groups' letters are not chosen, but told of.
	if c.options.Group, f.Group = f.Group, ""; c.options.Group == "" {
		c.options.Group = c.cfg.Kafka.GroupID
	}
	file, _, err := readMapping(c.cfg.MappingFile)
	if err != nil {
		return nil, nil, misconfigured(err)
	}
	return f, file, nil
}

// marker makes sure that marks can be written before anything else is.
func (c *replayCommand) marker(ctx context.Context) (*deadletter.Marker, error) {
	m, err := deadletter.NewMarker(c.kafka, version)
	if err != nil || c.options.DryRun {
		return m, err
	}
	ctx, cancel := c.soon(ctx)
	defer cancel()
	if err := m.MayWrite(ctx, c.topics()); err != nil {
		m.Close()
		return nil, c.late(ctx, err)
	}
	return m, nil
}

// replay gives every letter to r and finishes what it has.
func (c *replayCommand) replay(ctx context.Context, reader *deadletter.Reader, f *deadletter.Filter, r *replay.Replay) error {
	bar := newReadingBar(c.stderr)
	defer bar.end()
	reader.Progress = bar.set
	err := reader.Each(ctx, f, func(l *deadletter.Stored) error { return r.Add(ctx, l) })
	return errors.Join(err, r.Flush(ctx))
}
