//go:build stack

package test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ingest/mapping"
	"ingest/mapping/registry"
	"ingest/test/tried"
)

// command runs a command that must succeed, and gives what it printed.
func command(t *testing.T, env []string, args ...string) string {
	t.Helper()
	w := startWorker(t, env, args...)
	if code := w.Wait(time.Minute); code != 0 {
		t.Fatalf("%s: exit code %d\n%s", strings.Join(args, " "), code, w.Output())
	}
	return w.Output()
}

func readText(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestInitRunsAsItIs drafts from a registered subject, runs the statements and the
// mapping untouched, and finds the records' rows; then it drafts for the very
// table, and validates that.
func TestInitRunsAsItIs(t *testing.T) {
	const topic = "drafted-orders"
	e := &tried.Example{Schemas: []registry.SchemaFile{
		{Subject: topic + "-value", Text: readText(t, "../mapping/draft/testdata/orders.value.avsc")},
		{Subject: topic + "-key", Text: readText(t, "../mapping/draft/testdata/orders.key.avsc")},
	}, Records: `
		{"key": {"id": 7}, "value": {"id": 7, "customerId": "00000000-0000-4000-8000-000000000001", "status": "PAID", "total": "\u0004\u00d2",
			"placedAt": 1769850000000, "paidAt": 1769850000000123, "note": null, "items": [{"sku": "hat", "quantity": 2, "tags": ["a"]}],
			"address": {"com.acme.Address": {"street": "Main", "zipCode": null}}, "labels": {"x": {"string": "y"}}}}
		{"key": {"id": 8}, "value": {"id": 8, "customerId": "00000000-0000-4000-8000-000000000002", "status": "PLACED", "total": "\u0000",
			"placedAt": 0, "paidAt": null, "note": "n", "items": [], "address": null, "labels": {}}}
		{"key": {"id": 8}, "value": null}`}
	s := newTopic(t, topic)
	folder := filepath.Join(t.TempDir(), "draft")
	s.produceExample(e, &mapping.Topic{Name: topic})
	command(t, servers.Env(), "init", "--subject", topic+"-value", "--keyspace", "drafted", "-o", folder)
	tables := s.run(readText(t, folder, "schema.cql"))
	env := s.env(readText(t, folder, "mapping.yaml"))
	command(t, env, "validate")
	s.catchUp(env)
	s.noLetters()
	const want = `drafted.drafted_orders

id  address                            customer_id                           items                                         labels      note  paid_at           placed_at                 status  total
7   {"street": "Main", "zip_code": null}  00000000-0000-4000-8000-000000000001  [{"sku": "hat", "quantity": 2, "tags": ["a"]}]  {"x": "y"}  null  1769850000000123  2026-01-31 09:00:00.000Z  PAID    12.34
`
	squeeze := regexp.MustCompile(` +`)
	if got := printTables(t, s.session, tables); squeeze.ReplaceAllString(got, " ") != squeeze.ReplaceAllString(want, " ") {
		t.Errorf("the table holds\n%s, want\n%s", got, want)
	}
	again := filepath.Join(t.TempDir(), "again")
	command(t, servers.Env(), "init", "--table", tables[0], "--subject", topic+"-value", "-o", again)
	command(t, s.env(readText(t, again, "mapping.yaml")), "validate")
}

// TestInitStatementsRun: Cassandra takes the statements drafted for every schema
// of the unit tests.
func TestInitStatementsRun(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../mapping/draft/testdata/*.value.avsc")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d schemas, %v", len(paths), err)
	}
	s := &scene{t: t, session: cassandra(t)}
	for _, path := range paths {
		printed := command(t, nil, "init", "--schema", path, "--key-format", "string", "--keyspace", "drafts")
		_, cql, _ := strings.Cut(printed, "-- schema.cql\n")
		if tables := s.run(cql); len(tables) != 1 {
			t.Errorf("%s: %d tables in\n%s", path, len(tables), cql)
		}
	}
}
