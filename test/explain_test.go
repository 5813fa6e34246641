//go:build stack

package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

const explainedSchema = `{"type": "record", "name": "Reading", "fields": [
	{"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}, {"name": "n", "type": "long"},
	{"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 3}}, {"name": "f", "type": "double"},
	{"name": "text", "type": ["null", "string"]}, {"name": "raw", "type": "bytes"}, {"name": "list", "type": {"type": "array", "items": "string"}},
	{"name": "where", "type": {"type": "record", "name": "Where", "fields": [{"name": "x", "type": "int"}, {"name": "y", "type": ["null", "int"]}]}}]}`

const explainedMapping = `version: 1
topics:
  - topic: explained
    key:
      format: string
    tables:
      - table: explained.readings
        ttl: 30d
        columns_from: value
        columns:
          k: key
          text:
            from: value.text
            default: it's nothing
            nulls: default
          part: meta.partition
          at_offset: meta.offset
`

// explained is the JSON of `ingest explain`, as far as the tests look at it.
type explained struct {
	Offset int64
	Poison any
	Tables []struct {
		Table, Outcome, CQL, Reason string
		WriteTimestamp              int64 `json:"write_timestamp"`
		TTLLeft                     int   `json:"ttl_left"`
		Token                       int64
		Replicas                    []string
		Columns                     []struct{ Column, Type, Bound, Value, From, Record string }
		Poison                      *struct{ Class, Column, Message string }
	}
}

func explain(t *testing.T, env []string, args ...string) (code int, output string) {
	t.Helper()
	w := startWorker(t, env, append([]string{"explain"}, args...)...)
	code = w.Wait(time.Minute)
	return code, w.Output()
}

// What explain prints of a live record is what the worker writes afterwards, as
// Cassandra itself reads the constants; explain leaves nothing behind.
func TestExplainIsWhatTheWorkerWrites(t *testing.T) {
	t.Parallel()
	s := newScene(t, "explained", 2, "CREATE TYPE explained.place (x int, y int)",
		`CREATE TABLE explained.readings (k text, part int, at_offset bigint, at timestamp, n bigint, amount decimal, f double, text text, raw blob,
			list frozen<list<text>>, "where" frozen<place>, PRIMARY KEY ((k, part), at_offset))`)
	value := register(t, "explained-value", explainedSchema)
	reading := func(n int64) []byte {
		return value.encode(t, map[string]any{"at": time.UnixMilli(1_767_225_600_123), "n": n, "amount": json.Number("-12345.678"), "f": 0.1, "text": nil,
			"raw": []byte{0, 255}, "list": []string{"a", "it's", "ü"}, "where": map[string]any{"x": int32(-7), "y": nil}})
	}
	record := s.record("key 'one'", reading(1))
	record.Partition = 1
	produce(t, s.client, s.record("other", reading(0)), record)
	env := s.env(explainedMapping)

	code, output := explain(t, env, "--partition", "1", "--offset", "0", "--json")
	var x explained
	if err := json.Unmarshal([]byte(output), &x); code != 0 || err != nil || len(x.Tables) != 1 || len(x.Tables[0].Columns) != 11 {
		t.Fatalf("exit code %d, %v:\n%s", code, err, output)
	}
	s.demandNothing()
	s.catchUp(env)
	s.demandRow(&x)

	for args, want := range map[string]string{
		"--partition 1 --offset 1":               "explained/1 ends before offset 1",
		"--partition 7 --offset 0":               "there is no partition explained/7",
		"--partition 1 --offset 0 --tombstone":   "give no --value",
		"--tombstone --key x --topic explained":  "token",
		"--key 0x6b --value nothing --topic no":  "name one of explained",
		"--partition 1 --offset 0 --timeout 1ns": "Cassandra",
	} {
		if _, output := explain(t, env, strings.Split(args, " ")...); !strings.Contains(output, want) {
			t.Errorf("%s: no %q in\n%s", args, want, output)
		}
	}
}

// demandNothing fails the test when there is a row, a commit or a dead letter.
func (s *scene) demandNothing() {
	s.t.Helper()
	if n := s.count(s.name + ".readings"); n != 0 {
		s.t.Errorf("explain left %d rows", n)
	}
	at, err := commits(s.t.Context(), s.admin, s.name, s.name, s.partitions)
	if errors.Is(err, kerr.CoordinatorNotAvailable) { // no group has committed anything yet
		at, err = []int64{-1, -1}, nil
	}
	if err != nil || max(at[0], at[1]) >= 0 {
		s.t.Errorf("explain left commits %v, %v", at, err)
	}
	s.noLetters()
}

// demandRow holds the row that was written against what was printed.
func (s *scene) demandRow(x *explained) {
	s.t.Helper()
	share := &x.Tables[0]
	var where []string
	for _, c := range share.Columns {
		if c.Value == "" {
			s.t.Errorf("column %s has no value: %+v", c.Column, c)
			continue
		}
		where = append(where, fmt.Sprintf("%q = %s", c.Column, c.Value))
	}
	var stamp, token int64
	var ttl, part int
	query := "SELECT writetime(n), ttl(n), token(k, part), part FROM explained.readings WHERE " + strings.Join(where, " AND ") + " ALLOW FILTERING"
	if !s.scan(query, &stamp, &ttl, &token, &part) {
		s.t.Fatalf("no such row: %s", query)
	}
	if stamp != share.WriteTimestamp || token != share.Token || part != 1 || ttl > share.TTLLeft || ttl < share.TTLLeft-300 {
		s.t.Errorf("written at %d, token %d, ttl %d; printed %+v", stamp, token, ttl, share)
	}
	want := fmt.Sprintf("%s:%d", servers.CassandraHosts()[0], servers.CassandraPort())
	if len(share.Replicas) != 1 || share.Replicas[0] != want {
		s.t.Errorf("replicas %v, want %s", share.Replicas, want)
	}
}

// A record that compaction, or here an aborted transaction, took is not guessed at.
func TestExplainNamesTheNextRecord(t *testing.T) {
	t.Parallel()
	const name = "explain_gap"
	s := newScene(t, name, 1, simpleTable(name))
	value := register(t, name+"-value", textAndNumber)
	row := value.encode(t, map[string]any{"a": "text", "n": int64(1)})
	tx := kafka(t, kgo.TransactionalID(name))
	if err := tx.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, tx, s.record("gone", row))
	if err := tx.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	there := s.record("there", row)
	produce(t, s.client, there)
	harness.Eventually(t, time.Minute, "the transaction is aborted", func() error {
		ends, err := s.admin.ListCommittedOffsets(t.Context(), name)
		if end, ok := ends.Lookup(name, 0); err != nil || !ok || end.Offset <= there.Offset {
			return fmt.Errorf("readable up to %d, %w", end.Offset, err)
		}
		return nil
	})
	env := s.env(simpleMapping(name))
	code, output := explain(t, env, "--partition", "0", "--offset", "0")
	if code != 1 || !strings.Contains(output, "no record at offset 0") || !strings.Contains(output, fmt.Sprintf("the next one is at --offset %d\n", there.Offset)) {
		t.Errorf("exit code %d and\n%s", code, output)
	}
	code, output = explain(t, env, "--partition", "0", "--offset", fmt.Sprint(there.Offset))
	if code != 0 || !strings.Contains(output, fmt.Sprintf("record explain_gap/0/%d, dated", there.Offset)) || !strings.Contains(output, "'there'") {
		t.Errorf("exit code %d and\n%s", code, output)
	}
}

// Files and servers that say the same have the same findings.
func TestValidateOfflineIsValidateLive(t *testing.T) {
	t.Parallel()
	const name = "both_ways"
	days := "CREATE TABLE " + name + ".days (day date, k text, n int, tags set<text>, PRIMARY KEY (day, k))"
	newScene(t, name, 1, simpleTable(name), days)
	schema := `{"type": "record", "name": "Row", "fields": [{"name": "a", "type": ["null", "string"]}, {"name": "n", "type": "long"},
		{"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]}, {"name": "tags", "type": {"type": "array", "items": "string"}}]}`
	register(t, name+"-value", schema)
	file := harness.WriteMapping(t, simpleMapping(name)+"      - table: "+name+".days\n        tombstone: ignore\n        columns_from: value\n        columns:\n          k: key\n")
	_, live := validate(t, file, "--json", "--verbose")
	_, offline := validate(t, file, "--json", "--verbose", "--offline",
		"--cql", harness.WriteMapping(t, simpleTable(name)+";\n"+days+";\n"), "--schema", name+"-value="+harness.WriteMapping(t, schema))
	var found [2]struct {
		Findings []struct{ Severity, Message, Table string }
		Summary  map[string]int
	}
	for i, output := range []string{live, offline} {
		if err := json.Unmarshal([]byte(output), &found[i]); err != nil || len(found[i].Findings) < 4 {
			t.Fatalf("%v in\n%s", err, output)
		}
	}
	cut := func(message string) string { before, _, _ := strings.Cut(message, " in "); return before } // what names the schema
	for i, f := range found[0].Findings {
		if o := found[1].Findings[i]; o.Severity != f.Severity || cut(o.Message) != cut(f.Message) || o.Table != f.Table {
			t.Errorf("live %+v, offline %+v", f, o)
		}
	}
	if fmt.Sprint(found[0].Summary) != fmt.Sprint(found[1].Summary) {
		t.Errorf("live %v, offline %v", found[0].Summary, found[1].Summary)
	}
}
