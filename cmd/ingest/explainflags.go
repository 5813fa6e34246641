package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ingest/mapping"
)

// explainFlags say which record is explained.
type explainFlags struct {
	topic             string
	partition         int32
	offset            int64
	value, raw        string // files
	tombstone         bool
	key               string
	hasKey            bool
	headers           []string
	timestamp         string
	version, schemaID int
}

func (f *explainFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.topic, "topic", "", "the record's topic; may be left out where the mapping file has one")
	flags.Int32Var(&f.partition, "partition", -1, "partition of a live record")
	flags.Int64Var(&f.offset, "offset", -1, "offset of a live record")
	flags.StringVar(&f.value, "value", "", "a sample: a file with the value in Avro's JSON encoding; - for standard input")
	flags.StringVar(&f.raw, "raw", "", "a sample: a file with the value's bytes, framed as in the topic")
	flags.BoolVar(&f.tombstone, "tombstone", false, "a sample: a null value")
	flags.StringVar(&f.key, "key", "", "the sample's key: text, a number, or JSON, as its format is; or 0x and its bytes; null without it")
	flags.StringArrayVar(&f.headers, "header", nil, "a header of the sample, NAME=VALUE; may be repeated")
	flags.StringVar(&f.timestamp, "timestamp", "", "the sample's timestamp, such as 2026-01-31T12:00:00Z (now)")
	flags.IntVar(&f.version, "schema-version", 0, "the version of the value's schema to encode the JSON with (the latest)")
	flags.IntVar(&f.schemaID, "schema-id", 0, "the schema that the JSON of --value is encoded with, by its id in the registry")
	for _, name := range []string{"value", "raw"} {
		_ = cmd.MarkFlagFilename(name) // the flag is there
	}
	cmd.PreRun = func(cmd *cobra.Command, _ []string) { f.hasKey = cmd.Flags().Changed("key") }
}

// live reports whether the record is read from Kafka.
func (f *explainFlags) live() bool { return f.partition >= 0 || f.offset >= 0 }

// check refuses what does not go together.
func (f *explainFlags) check(files *offlineFlags) error {
	wrong := func(text string) error { return &codedError{exitUsage, errors.New(text)} }
	samples := 0
	for _, given := range []bool{f.value != "", f.raw != "", f.tombstone} {
		if given {
			samples++
		}
	}
	switch {
	case f.live() && (samples > 0 || f.hasKey || len(f.headers) > 0 || f.timestamp != ""):
		return wrong("--partition and --offset name a live record: give no --value, --raw, --tombstone, --key, --header and --timestamp with them")
	case f.live() && (f.partition < 0 || f.offset < 0):
		return wrong("a live record has both: --partition and --offset")
	case f.live() && files.offline:
		return wrong("--offline contacts no server, so it cannot read a live record: give a sample with --value")
	case !f.live() && samples != 1:
		return wrong("say which record: a live one with --partition and --offset, or a sample with one of --value, --raw and --tombstone")
	case f.value == "" && (f.version != 0 || f.schemaID != 0), f.version != 0 && f.schemaID != 0, f.version < 0, f.schemaID < 0:
		return wrong("--schema-version or --schema-id, one of them, says how the JSON of --value is encoded")
	}
	return files.check()
}

// chosen gives the index of the record's topic.
func (f *explainFlags) chosen(file *mapping.File) (int, error) {
	var names []string
	for i := range file.Topics {
		names = append(names, file.Topics[i].Name)
	}
	if f.topic == "" && len(names) == 1 && len(file.Patterns) == 0 {
		return 0, nil
	}
	if at := file.Topic(f.topic); at >= 0 && f.topic != "" {
		return at, nil
	}
	for i := range file.Patterns {
		names = append(names, "what "+file.Patterns[i].Pattern.Text+" matches")
	}
	what := fmt.Errorf("the mapping file has no topic %q: name one of %s", f.topic, strings.Join(names, ", "))
	if f.topic == "" {
		what = fmt.Errorf("the mapping file does not say which topic: name one of %s", strings.Join(names, ", "))
	}
	return 0, usage("--topic", what)
}

// at gives the sample's timestamp, in milliseconds since 1970.
func (f *explainFlags) at(now time.Time) (int64, error) {
	if f.timestamp == "" {
		return now.UnixMilli(), nil
	}
	at, err := time.Parse(time.RFC3339Nano, f.timestamp)
	if err != nil {
		return 0, usage("--timestamp", errors.New("write it like 2026-01-31T12:00:00Z"))
	}
	return at.UnixMilli(), nil
}
