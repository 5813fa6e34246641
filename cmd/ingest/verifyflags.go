package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ingest/config"
	"ingest/mapping"
	"ingest/pipeline/verify"
)

// verifyFlags are the flags of `ingest verify`.
type verifyFlags struct {
	topics, tables       []string
	since, sample, key   string
	consistency          string
	rate, concurrency    int
	memory, details      int
	limit, timeout       time.Duration
	showKeys, showValues bool
	asJSON               bool
}

func (f *verifyFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.topics, "topic", nil, "only these topics of the mapping file")
	flags.StringSliceVar(&f.tables, "table", nil, "only these tables, as keyspace.table")
	flags.StringVar(&f.since, "since", "", "only what records from then on wrote: 2024-05-06, 2024-05-06T07:08:09Z, or an age such as 90m or 2d")
	flags.StringVar(&f.sample, "sample", "100%", "share of the rows to compare, such as 1%; the same rows every time")
	flags.StringVar(&f.key, "key", "", "only the rows of records with this Kafka key: a text, a number where the topic's keys are long or int, or 0x and the key's bytes")
	flags.StringVar(&f.consistency, "consistency", "LOCAL_QUORUM", "consistency level of the reads; with the level of the writes it must cover all replicas")
	flags.IntVar(&f.rate, "rate", 1000, "most rows read per second; 0 for no limit")
	flags.IntVar(&f.concurrency, "concurrency", 8, "most rows read at once")
	flags.IntVar(&f.memory, "memory", 256, "MiB that the expected rows may take; what needs more takes more passes over the log")
	flags.DurationVar(&f.limit, "time-limit", 0, "stop after so long and tell what was compared until then, such as 30m; 0 for no limit")
	flags.DurationVar(&f.timeout, "timeout", letterTimeout, "how long to wait for the servers to answer at the start")
	flags.IntVar(&f.details, "details", 20, "most differences to tell one by one")
	flags.BoolVar(&f.showKeys, "show-keys", false, "tell the primary keys of rows that differ; they are hashed otherwise")
	flags.BoolVar(&f.showValues, "show-values", false, "tell the values that differ")
	flags.BoolVar(&f.asJSON, "json", false, "print the report as JSON")
}

// config gives what the flags say. Its error is about a flag.
func (f *verifyFlags) config(cfg *config.Config, now time.Time) (verify.Config, error) {
	c := verify.Config{
		Lookback: cfg.Pipeline.ClockLookback, MemoryBytes: int64(f.memory) << 20, Concurrency: f.concurrency,
		Details: f.details, ShowKeys: f.showKeys, ShowValues: f.showValues,
	}
	var err error
	if c.Since, err = parseTime(f.since, now); err != nil {
		return c, usage("--since", err)
	}
	if c.Sample, err = parseShare(f.sample); err != nil {
		return c, usage("--sample", err)
	}
	for _, bound := range []struct {
		flag             string
		value, low, high int
	}{{"--concurrency", f.concurrency, 1, 1024}, {"--rate", f.rate, 0, 1_000_000}, {"--memory", f.memory, 1, 1 << 20}, {"--details", f.details, 0, 1_000_000}} {
		if bound.value < bound.low || bound.value > bound.high {
			return c, usage(bound.flag, fmt.Errorf("%d is not between %d and %d", bound.value, bound.low, bound.high))
		}
	}
	if f.limit < 0 {
		return c, usage("--time-limit", errors.New("it is negative"))
	}
	return c, nil
}

// parseShare reads "1%" or "0.01".
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share > 0 && share <= 1) {
		return 0, fmt.Errorf("%q is not a share of the rows, such as 1%%", text)
	}
	return share, nil
}

// keyBytes gives the bytes of --key; nil without it.
func (f *verifyFlags) keyBytes(topics []mapping.Topic) ([]byte, error) {
	if f.key == "" {
		return nil, nil
	}
	if digits, ok := strings.CutPrefix(f.key, "0x"); ok {
		key, err := hex.DecodeString(digits)
		if err != nil {
			return nil, usage("--key", errors.New("after 0x come hexadecimal digits, two for each byte"))
		}
		return key, nil
	}
	switch kind := topics[0].Key.Kind; {
	case slices.ContainsFunc(topics, func(t mapping.Topic) bool { return t.Key.Kind != kind }):
		return nil, usage("--key", errors.New("the keys of the topics are not of one format: name a topic with --topic"))
	default:
		return plainKey(kind, f.key)
	}
}

// chosen gives the indexes of the topics of the file that the flags name; all,
// when they name none.
func (f *verifyFlags) chosen(file *mapping.File) ([]int, error) {
	var out []int
	for _, name := range f.topics {
		at := file.Topic(name)
		if at < 0 {
			return nil, usage("--topic", fmt.Errorf("the mapping file has no topic %q", name))
		}
		if !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	for i := range file.Topics {
		out = append(out, i)
	}
	return out, nil
}

// takes reports whether the flags choose a table.
func (f *verifyFlags) takes(t *mapping.Table) bool {
	return len(f.tables) == 0 || slices.Contains(f.tables, t.FullName())
}
