package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ingest/pipeline/deadletter"
	"ingest/retry"
)

// letterFlags are the flags that choose dead letters.
type letterFlags struct {
	from, classes, tables, topics []string
	partitions                    []int32
	offsets, since, until, group  string
}

func (f *letterFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.from, "from", nil, "dead-letter topics to read (default INGEST_DEAD_LETTER_TOPIC)")
	flags.StringSliceVar(&f.classes, "class", nil, "only letters of these classes, such as decode or rejected")
	flags.StringSliceVar(&f.tables, "table", nil, "only letters that name these tables, as keyspace.table; '*' for letters that concern every table of their topic")
	flags.StringSliceVar(&f.topics, "topic", nil, "only records that came from these topics")
	flags.Int32SliceVar(&f.partitions, "partition", nil, "only records that came from these `partitions`")
	flags.Lookup("partition").DefValue = "" // or the help shows an empty list
	flags.StringVar(&f.offsets, "offset", "", "only records that came from this offset, or from a range such as 100-200")
	flags.StringVar(&f.since, "since", "", "only letters written since then: 2024-05-06, 2024-05-06T07:08:09Z, or an age such as 90m or 2d")
	flags.StringVar(&f.until, "until", "", "only letters written before then, in the same forms")
	flags.StringVar(&f.group, "group", "", "only letters of workers of this consumer group")
}

// filter gives what the flags choose. Its error is about a flag.
func (f *letterFlags) filter(now time.Time) (*deadletter.Filter, error) {
	out := &deadletter.Filter{Tables: f.tables, Topics: f.topics, Partitions: f.partitions, Group: f.group}
	for _, class := range f.classes {
		out.Reasons = append(out.Reasons, retry.Reason(class))
	}
	var err error
	if out.Offsets, err = parseOffsets(f.offsets); err != nil {
		return nil, usage("--offset", err)
	}
	if out.Since, err = parseTime(f.since, now); err != nil {
		return nil, usage("--since", err)
	}
	if out.Until, err = parseTime(f.until, now); err != nil {
		return nil, usage("--until", err)
	}
	return out, nil
}

func usage(flag string, err error) error {
	return &codedError{exitUsage, fmt.Errorf("%s: %w", flag, err)}
}

// parseOffsets reads "17" or "17-42"; both ends are in it. Empty gives nil.
func parseOffsets(text string) (*deadletter.OffsetRange, error) {
	if text == "" {
		return nil, nil
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	a, err1 := strconv.ParseInt(first, 10, 64)
	b, err2 := strconv.ParseInt(last, 10, 64)
	if err1 != nil || err2 != nil || a < 0 || b < a {
		return nil, fmt.Errorf("%q is not an offset or a range such as 100-200", text)
	}
	return &deadletter.OffsetRange{First: a, Last: b}, nil
}

// timeForms are the dates that flags take; without a zone they are UTC.
var timeForms = [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, time.DateOnly}

// parseTime reads a date or an age. Empty gives the zero time.
func parseTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range timeForms {
		if at, err := time.Parse(form, text); err == nil {
			return at, nil
		}
	}
	if age, ok := parseAge(text); ok {
		return now.Add(-age), nil
	}
	return time.Time{}, fmt.Errorf("%q is neither a date such as 2024-05-06T07:08:09Z nor an age such as 90m or 2d", text)
}

// parseAge reads a duration, days too.
func parseAge(text string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 32)
		return time.Duration(n) * 24 * time.Hour, err == nil && n <= math.MaxInt64/uint64(24*time.Hour)
	}
	age, err := time.ParseDuration(text)
	return age, err == nil && age >= 0
}
