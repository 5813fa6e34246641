package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ingest/test/tried"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds text against a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; got\n%s", path, got)
	}
}

// offline is a command line that contacts nobody: no setting says where a server is.
func offline(command string, more ...string) []string {
	return append([]string{command, "--offline", "--cql", "testdata/tables.cql", "--schema", "orders-value=testdata/order.avsc", "--schema", "orders-value=testdata/order2.avsc"}, more...)
}

func TestValidateOffline(t *testing.T) {
	for _, tc := range []struct {
		name   string
		args   []string
		code   int
		golden string
	}{
		{"what fits", offline("validate", "testdata/mapping.yaml"), exitDone, "validate.golden"},
		{"as JSON", offline("validate", "--json", "testdata/mapping.yaml"), exitDone, "validate.json.golden"},
		{"verbose", offline("validate", "--verbose", "testdata/mapping.yaml"), exitDone, "validate.verbose.golden"},
		{"warnings refused", offline("validate", "--strict", "testdata/mapping.yaml"), exitConfig, "validate.golden"},
		{"what cannot be read", offline("validate", "testdata/unread.yaml"), exitConfig, "unread.golden"},
		{"statements of the mapping file's own", offline("validate", "testdata/own.yaml"), exitDone, "own.golden"},
		{"what does not fit", offline("validate", "testdata/faulty.yaml"), exitConfig, "faulty.golden"},
		{"what does not fit, as JSON", offline("validate", "--json", "testdata/faulty.yaml"), exitConfig, "faulty.json.golden"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, stdout, stderr := run(t, nil, tc.args...)
			if code != tc.code || stderr != "" {
				t.Errorf("exit code %d, want %d; %s", code, tc.code, stderr)
			}
			golden(t, tc.golden, stdout)
			if strings.Contains(tc.golden, ".json.") && !json.Valid([]byte(stdout)) {
				t.Errorf("no JSON: %s", stdout)
			}
		})
	}
}

func TestValidateOfflineNamesTheFaultsOfItsFiles(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.cql")
	if err := os.WriteFile(bad, []byte("CREATE TABLE shop.orders (id text PRIMARY KEY,\n note txt);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ := run(t, nil, "validate", "--offline", "--cql", bad, "testdata/mapping.yaml")
	if code != exitConfig || !strings.Contains(stdout, bad+":2:7: error: ") || !strings.Contains(stdout, "note txt") || strings.Contains(stdout, "mapping.yaml:") {
		t.Errorf("exit code %d and\n%s", code, stdout)
	}
	code, _, stderr := run(t, nil, "validate", "--offline", "--cql", "testdata/tables.cql", "--schema", "orders-value="+bad, "testdata/mapping.yaml")
	if code != exitConfig || !strings.Contains(stderr, bad+": parsing schema") {
		t.Errorf("exit code %d and\n%s", code, stderr)
	}
	code, stdout, _ = run(t, nil, "validate", "--offline", "--cql", "testdata/tables.cql", "testdata/mapping.yaml")
	if code != exitDone || !strings.Contains(stdout, "--schema orders-value=FILE") {
		t.Errorf("without a schema: exit code %d and\n%s", code, stdout)
	}
}

func TestExplainOffline(t *testing.T) {
	at := []string{"--timestamp", "2026-01-01T00:00:00.5Z"}
	for _, tc := range []struct {
		name   string
		args   []string
		code   int
		golden string
	}{
		{"a row for each table", []string{"--key", "order-1", "--value", "testdata/order.json", "--header", "channel=web"}, exitDone, "explain.golden"},
		{"as JSON", []string{"--json", "--key", "order-1", "--value", "testdata/order.json", "--header", "channel=web"}, exitDone, "explain.json.golden"},
		{"an older schema, and a value too large", []string{"--key", "0x6f31", "--value", "testdata/order3.json", "--schema-version", "1"}, exitFailed, "poison.golden"},
		{"a null value", []string{"--key", "order-1", "--tombstone"}, exitDone, "tombstone.golden"},
		{"bytes that are no value", []string{"--key", "order-1", "--raw", "testdata/order.json"}, exitFailed, "raw.golden"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, stdout, stderr := run(t, nil, offline("explain", append(append(tc.args, at...), "testdata/mapping.yaml")...)...)
			if code != tc.code || stderr != "" {
				t.Errorf("exit code %d, want %d; %s", code, tc.code, stderr)
			}
			golden(t, tc.golden, withoutAge(stdout))
		})
	}
}

// A statement of the mapping file's own, as it is sent and with what its binds get.
func TestExplainOwnStatements(t *testing.T) {
	code, stdout, stderr := run(t, nil, offline("explain", "--key", "order-1", "--value", "testdata/order.json", "--timestamp", "2026-01-01T00:00:00.5Z", "testdata/own.yaml")...)
	if code != exitFailed || stderr != "" { // the note is null, and the second statement needs it
		t.Errorf("exit code %d; %s", code, stderr)
	}
	golden(t, "own.explain.golden", withoutAge(stdout))
}

// Tables for some records only, and rows for each item.
func TestExplainEvents(t *testing.T) {
	var all strings.Builder
	for _, args := range [][]string{
		{"--value", "testdata/tagged.json", "--schema-version", "1"}, {"--value", "testdata/untagged.json", "--schema-version", "1"}, {"--value", "testdata/refund.json"}, {"--tombstone"},
	} {
		line := []string{"explain", "--offline", "--cql", "testdata/tables.cql", "--schema", "events-value=testdata/tagged.avsc", "--schema", "events-value=testdata/refund.avsc",
			"--key", "k", "--timestamp", "2026-01-01T00:00:00Z"}
		code, stdout, stderr := run(t, nil, append(append(line, args...), "testdata/events.yaml")...)
		if code != exitDone || stderr != "" {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
		all.WriteString(stdout + "\n")
	}
	golden(t, "events.golden", all.String())
}

// The events of Debezium: a row that moves, one that goes, and a truncated table,
// which the mapping does not follow.
func TestExplainDebezium(t *testing.T) {
	const example, topic = "../../examples/debezium-customers/", "dbserver1.inventory.customers"
	text, err := os.ReadFile(example + "records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	records, err := tried.ReadRecords(string(text))
	if err != nil {
		t.Fatal(err)
	}
	truncated := slices.IndexFunc(records, func(r tried.Record) bool { return strings.Contains(string(r.Value), `"op": "u"`) })
	truncate := strings.Replace(string(records[truncated].Value), `"op": "u"`, `"op": "t"`, 1)
	explained := func(code int, key, value string) string {
		args := []string{"explain", "--offline", "--cql", example + "schema.cql", "--schema", topic + "-key=" + example + topic + "-key.avsc",
			"--schema", topic + "-value=" + example + topic + "-value.avsc", "--timestamp", "2026-01-01T00:00:00Z", "--key", key}
		if value == "null" {
			args = append(args, "--tombstone")
		} else {
			args = append(args, "--value", mappingAt(t, value))
		}
		got, stdout, stderr := run(t, nil, append(args, example+"mapping.yaml")...)
		if got != code || stderr != "" {
			t.Errorf("exit code %d, want %d: %s\n%s", got, code, stderr, value)
		}
		return stdout + "\n"
	}
	var all strings.Builder
	for i := range records {
		all.WriteString(explained(exitDone, string(records[i].Key), cmp.Or(string(records[i].Value), "null")))
	}
	all.WriteString(explained(exitFailed, string(records[0].Key), truncate))
	golden(t, "debezium.golden", all.String())
}

// A schema that the mapping file gives: no registry is asked, and none need be set.
func TestExplainAGivenSchema(t *testing.T) {
	folder := t.TempDir()
	schema, err := os.ReadFile("testdata/order.avsc")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "mapping.yaml")
	text := strings.Replace(goodMapping, "    tables:", "    value: {format: avro, schema: order.avsc}\n    tables:", 1) + "          note: value.note\n"
	for path, text := range map[string]string{file: text, filepath.Join(folder, "order.avsc"): string(schema)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := []string{"explain", "--offline", "--cql", "testdata/tables.cql", "--key", "o-1", file}
	code, stdout, stderr := run(t, nil, append(line, "--value", "testdata/order.json")...)
	if code != exitDone || !strings.Contains(stdout, "'o-1'") || !strings.Contains(stdout, "value.note") || strings.Contains(stdout, "schema id") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	code, stdout, stderr = run(t, nil, append(line, "--raw", "testdata/order.json")...)
	if code != exitFailed || !strings.Contains(stdout, "poison (decode)") {
		t.Errorf("bytes that are none of the schema's: exit code %d, %s\n%s", code, stderr, stdout)
	}
	for _, other := range []string{"--schema-version", "--schema-id"} {
		if code, _, stderr := run(t, nil, append(line, "--value", "testdata/order.json", other, "1")...); code != exitUsage || !strings.Contains(stderr, "gives the schema order.avsc") {
			t.Errorf("%s: exit code %d, %s", other, code, stderr)
		}
	}
}

// A pattern's topic is named; whatever it matches goes.
func TestExplainATopicOfAPattern(t *testing.T) {
	file := mappingAt(t, strings.Replace(strings.Replace(goodMapping, "topic: orders", `pattern: 'orders\..+'`, 1), "        columns", "        accept: [cross_partition]\n        columns", 1))
	line := []string{"explain", "--offline", "--cql", "testdata/tables.cql", "--tombstone", "--key", "k", file}
	code, stdout, stderr := run(t, nil, append(line, "--topic", "orders.eu")...)
	if code != exitDone || !strings.Contains(stdout, "a sample of topic orders.eu") || !strings.Contains(stdout, "DELETE FROM") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	for _, more := range [][]string{nil, {"--topic", "other"}} {
		if code, _, stderr := run(t, nil, append(line, more...)...); code != exitUsage || !strings.Contains(stderr, `what orders\..+ matches`) {
			t.Errorf("%v: exit code %d, %s", more, code, stderr)
		}
	}
	code, stdout, _ = run(t, nil, "validate", "--offline", "--cql", "testdata/tables.cql", file)
	if code != exitDone || !strings.Contains(stdout, "not checked: which topics the patterns match") {
		t.Errorf("validate: exit code %d and\n%s", code, stdout)
	}
}

// withoutAge takes out what depends on now.
func withoutAge(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if before, _, found := strings.Cut(line, ", so "); found {
			line = before
		}
		if strings.Contains(line, `"ttl_left"`) {
			continue
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestExplainRefusesWhatIsNoRecord(t *testing.T) {
	for _, tc := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{nil, exitUsage, "say which record"},
		{[]string{"--value", "testdata/order.json", "--tombstone"}, exitUsage, "say which record"},
		{[]string{"--partition", "1", "--offset", "2"}, exitUsage, "--offline contacts no server"},
		{[]string{"--value", "testdata/nothing.json"}, exitUsage, "no such file"},
		{[]string{"--value", "testdata/tables.cql"}, exitUsage, "reading the JSON by the schema"},
		{[]string{"--value", "testdata/order.json", "--schema-version", "3"}, exitUsage, `"orders-value" has no version 3`},
		{[]string{"--value", "testdata/order.json", "--schema-id", "7"}, exitFailed, "schema id 7"},
		{[]string{"--value", "testdata/order.json", "--topic", "other"}, exitUsage, "name one of orders"},
		{[]string{"--tombstone", "--timestamp", "today"}, exitUsage, "--timestamp"},
		{[]string{"--tombstone", "--header", "x"}, exitUsage, "--header"},
		{[]string{"--tombstone", "--key", "0xz"}, exitUsage, "--key"},
	} {
		code, _, stderr := run(t, nil, offline("explain", append(tc.args, "testdata/mapping.yaml")...)...)
		if code != tc.code || !strings.Contains(stderr, tc.stderr) {
			t.Errorf("%v: exit code %d, want %d, and %q in %s", tc.args, code, tc.code, tc.stderr, stderr)
		}
	}
	code, _, stderr := run(t, settings, "explain", "--partition", "1", "testdata/mapping.yaml")
	if code != exitUsage || !strings.Contains(stderr, "both") {
		t.Errorf("half a place: exit code %d, %s", code, stderr)
	}
	code, _, stderr = run(t, nil, offline("explain", "--tombstone", "testdata/faulty.yaml")...)
	if code != exitConfig || !strings.Contains(stderr, "the mapping does not fit") {
		t.Errorf("a mapping that does not fit: exit code %d, %s", code, stderr)
	}
	code, _, stderr = run(t, settings, "validate", "--cql", "testdata/tables.cql", "testdata/mapping.yaml")
	if code != exitUsage || !strings.Contains(stderr, "--offline") {
		t.Errorf("--cql alone: exit code %d, %s", code, stderr)
	}
}
