//go:build stack

package test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ingest/test/harness"
)

// validate runs `ingest validate` with no more environment than it needs.
func validate(t *testing.T, file string, args ...string) (code int, output string) {
	t.Helper()
	w := startWorker(t, servers.Env(), append([]string{"validate", file}, args...)...)
	code = w.Wait(time.Minute)
	return code, w.Output()
}

// validateScene has tables and schemas for the mistakes below.
func validateScene(t *testing.T, name string) {
	t.Helper()
	newScene(t, name, 1, simpleTable(name), "CREATE TABLE "+name+".days (day date, k text, n int, at timestamp, PRIMARY KEY (day, k))")
	register(t, name+"-value", `{"type": "record", "name": "Row", "fields": [
		{"name": "a", "type": "string"}, {"name": "n", "type": "long"}, {"name": "flag", "type": "boolean"},
		{"name": "day", "type": {"type": "int", "logicalType": "date"}}]}`)
}

func TestValidateWhatFits(t *testing.T) {
	validateScene(t, "fits")
	file := harness.WriteMapping(t, simpleMapping("fits"))
	code, output := validate(t, file)
	if code != 0 || !strings.Contains(output, file+" fits the cluster and the registered schemas\n") {
		t.Errorf("exit code %d and\n%s", code, output)
	}
	code, output = validate(t, file, "--json")
	if code != 0 || !strings.Contains(output, `"fits": true`) || !strings.Contains(output, `"findings": []`) {
		t.Errorf("--json: exit code %d and\n%s", code, output)
	}
}

// tenMistakes is a mapping whose faults only the live cluster and the registry
// show. `mistakes` says where each stands.
const tenMistakes = `version: 1
topics:
  - topic: mistakes
    key:
      format: string
    tables:
      - table: mistakes.rowz
        columns:
          k: key
      - table: mistake.rows
        columns:
          k: key
      - table: mistakes.rows
        columns:
          k: key
          aa: value.a
          a: value.b
          n: value.flag
      - table: mistakes.days
        tombstone: ignore
        columns:
          day: value.day
          n: {const: seven}
          at: value.flag
          x: value.n
          y: value.n
  - topic: mistakes_too
    key:
      format: long
    tables:
      - table: mistakes.rows
        columns:
          k: key
`

// mistakes are the faults of tenMistakes: where they stand, and what the line
// says.
func mistakes() []struct{ place, message string } {
	return []struct{ place, message string }{
		{":7:16: error: ", `keyspace "mistakes" has no table "rowz"`},
		{":10:16: error: ", `the cluster has no keyspace "mistake"`},
		{":16:11: error: ", `table mistakes.rows has no column "aa"`},
		{":17:14: error: ", "value.b is in no registered schema"},
		{":18:14: error: ", `value.flag cannot feed column "n"`},
		{":19:16: error: ", `column "k" is part of the primary key of mistakes.days, and nothing feeds it`},
		{":23:22: error: ", `column "n": a column of type int takes a number`},
		{":24:15: error: ", `value.flag cannot feed column "at"`},
		{":25:11: error: ", `table mistakes.days has no column "x"`},
		{":26:11: error: ", `table mistakes.days has no column "y"`},
		{":33:14: error: ", `the key cannot feed column "k": long cannot become text`},
	}
}

func TestValidateTenMistakes(t *testing.T) {
	validateScene(t, "mistakes")
	file := harness.WriteMapping(t, tenMistakes)
	code, output := validate(t, file)
	if code != 78 || !strings.Contains(output, file+" does not fit\n") {
		t.Errorf("exit code %d", code)
	}
	for _, m := range mistakes() {
		if !strings.Contains(output, file+m.place+m.message) {
			t.Errorf("no %s%s in\n%s", m.place, m.message, output)
		}
	}

	code, output = validate(t, file, "--json")
	var out struct {
		Findings []struct {
			Severity, File, Message, Topic string
			Line, Column                   int
		}
		Summary struct{ Errors int }
	}
	if err := json.Unmarshal([]byte(output), &out); code != 78 || err != nil {
		t.Fatalf("--json: exit code %d, %v:\n%s", code, err, output)
	}
	var errors, last int
	for _, f := range out.Findings {
		if f.File != file || f.Line == 0 || f.Column == 0 || f.Message == "" || f.Topic == "" {
			t.Errorf("an incomplete finding: %+v", f)
		}
		if f.Severity == "error" {
			errors++
		}
		if f.Line < last {
			t.Errorf("line %d comes after line %d", f.Line, last)
		}
		last = f.Line
	}
	// Two more: both topics feed mistakes.rows.
	if want := len(mistakes()) + 2; errors != want || out.Summary.Errors != want {
		t.Errorf("%d errors, %d counted, want %d", errors, out.Summary.Errors, want)
	}
}
