package main

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ingest/config"
	"ingest/mapping"
	"ingest/pipeline/verify"
)

func TestVerifyRefusesWrongFlags(t *testing.T) {
	environ := append(slices.Clone(settings), "INGEST_MAPPING_FILE="+mappingAt(t, goodMapping))
	for _, tc := range []struct {
		flags, said string
	}{
		{"--sample=0", "--sample: "}, {"--sample=101%", "--sample: "}, {"--sample=half", "--sample: "},
		{"--since=yesterday", "--since: "}, {"--topic=payments", `--topic: the mapping file has no topic "payments"`},
		{"--concurrency=0", "--concurrency: 0 is not between"}, {"--rate=-1", "--rate: "}, {"--memory=0", "--memory: "},
		{"--time-limit=-1s", "--time-limit: "}, {"--tables=x", "unknown flag"},
	} {
		code, _, stderr := run(t, environ, "verify", tc.flags)
		if code != exitUsage || !strings.Contains(stderr, tc.said) {
			t.Errorf("%s: exit code %d, %q", tc.flags, code, stderr)
		}
	}
	if code, _, stderr := run(t, nil, "verify"); code != exitConfig || !strings.Contains(stderr, "INGEST_KAFKA_GROUP_ID") {
		t.Errorf("nothing set: exit code %d, %q", code, stderr)
	}
}

func TestVerifyShares(t *testing.T) {
	for text, want := range map[string]float64{"1%": 0.01, "0.25": 0.25, "100%": 1, "1": 1} {
		if got, err := parseShare(text); err != nil || got != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	f := verifyFlags{sample: "100%", rate: 1, concurrency: 1, memory: 2, details: 3}
	c, err := f.config(&config.Config{}, time.Now())
	if err != nil || c.MemoryBytes != 2<<20 || c.Sample != 1 || c.Details != 3 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestVerifyKeys(t *testing.T) {
	topic := func(kind mapping.FormatKind) mapping.Topic { return mapping.Topic{Key: mapping.Format{Kind: kind}} }
	text, long, avro := topic(mapping.FormatString), topic(mapping.FormatLong), topic(mapping.FormatAvro)
	for _, tc := range []struct {
		key    string
		topics []mapping.Topic
		want   string
		said   string
	}{
		{"", []mapping.Topic{avro}, "", ""},
		{"order 1", []mapping.Topic{text, text}, "order 1", ""},
		{"258", []mapping.Topic{long}, "\x00\x00\x00\x00\x00\x00\x01\x02", ""},
		{"0x0102", []mapping.Topic{avro, text}, "\x01\x02", ""},
		{"0x1", []mapping.Topic{avro}, "", "two for each byte"},
		{"x", []mapping.Topic{long}, "", "whole number"},
		{"x", []mapping.Topic{avro}, "", "format avro"},
		{"x", []mapping.Topic{text, long}, "", "not of one format"},
	} {
		f := verifyFlags{key: tc.key}
		got, err := f.keyBytes(tc.topics)
		if string(got) != tc.want || (err == nil) != (tc.said == "") || err != nil && !strings.Contains(err.Error(), tc.said) {
			t.Errorf("--key %q: %q, %v", tc.key, got, err)
		}
	}
}

// The exit code tells apart: equal, different, not all of it compared.
func TestVerifyExitCodes(t *testing.T) {
	for _, tc := range []struct {
		name   string
		report verify.Report
		want   int
		said   string
	}{
		{"equal", verify.Report{Rows: 3}, exitDone, "no difference"},
		{"history is gone", verify.Report{Rows: 3, Unjudged: map[verify.Reason]int64{verify.ReasonOlder: 2}}, exitDone, "2 cells were written before"},
		{"different", verify.Report{Rows: 3, Differing: 1, Differences: map[verify.Kind]int64{verify.Stale: 2},
			Details: []verify.Difference{{Kind: verify.Stale, Table: "shop.orders", Row: "00ff", Column: "a", Topic: "orders", Offset: 7, Want: 9, Have: 8}}}, exitFailed,
			"stale  shop.orders  00ff  a       orders/0/7  9     8"},
		{"out of time", verify.Report{Rows: 3, Unjudged: map[verify.Reason]int64{verify.ReasonTime: 2}}, exitUsage, "not reached in time"},
		{"nothing compared", verify.Report{}, exitUsage, "compared 0 rows"},
	} {
		var out bytes.Buffer
		v := &verification{process: &process{stdout: &out}}
		code := exitDone
		if coded, ok := errors.AsType[*codedError](v.tell(&tc.report)); ok {
			code = coded.code
		}
		if code != tc.want || !strings.Contains(out.String(), tc.said) {
			t.Errorf("%s: exit code %d, want %d:\n%s", tc.name, code, tc.want, out.String())
		}
	}
}
