package main

import (
	"strings"
	"testing"
)

// Shells ask `ingest __complete` for what may follow.
func TestTopicsAreCompleted(t *testing.T) {
	path := mappingAt(t, goodMapping)
	for _, tc := range []struct {
		environ []string
		args    string
		want    string
	}{
		{[]string{"INGEST_MAPPING_FILE=" + path}, "explain --topic", "orders\n:4\n"},
		{nil, "explain " + path + " --topic", "orders\n:4\n"},
		{[]string{"INGEST_MAPPING_FILE=" + path}, "verify --topic", "orders\n:4\n"},
		{[]string{"INGEST_MAPPING_FILE=" + path}, "deadletter list --topic", "orders\n:4\n"},
		{nil, "explain --topic", ":4\n"},
		{[]string{"INGEST_MAPPING_FILE=" + mappingAt(t, "topics: 7")}, "explain --topic", ":4\n"},
		{nil, "init --key-format", "string\nlong\nint\nuuid\nbytes\n:4\n"},
	} {
		code, stdout, stderr := run(t, tc.environ, append(append([]string{"__complete"}, strings.Fields(tc.args)...), "")...)
		if code != 0 || stdout != tc.want {
			t.Errorf("%s: exit code %d and\n%s%s", tc.args, code, stdout, stderr)
		}
	}
}
