//go:build stack

package test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/harness"
)

// TestWhatIsRefusedAtStart has one mistake in each environment or mapping.
func TestWhatIsRefusedAtStart(t *testing.T) {
	newScene(t, "refused", 1, "CREATE TABLE refused.rows (k text, c int, a text, PRIMARY KEY (k, c))")
	register(t, "refused-value", textAndNumber)
	const good = `version: 1
topics:
  - topic: refused
    key:
      format: string
    tables:
      - table: refused.rows
        columns:
          k: key
          c: meta.partition
          a: value.a
`
	for _, tc := range []struct {
		name     string
		old, new string // what is replaced in the mapping
		more     string // an environment variable
		says     []string
	}{
		{"a misspelt option", "", "", "INGEST_KAFKA_GROUPID=x", []string{"INGEST_KAFKA_GROUPID", "did you mean INGEST_KAFKA_GROUP_ID?"}},
		{"a misspelt mapping key", "columns:", "colums:", "", []string{":8:9: error", `unknown key "colums"`, `did you mean "columns"?`}},
		{"a missing keyspace", "refused.rows", "refusd.rows", "", []string{":7:16: error", `"refusd"`, `"refused"`}},
		{"a missing table", "refused.rows", "refused.row", "", []string{":7:16: error", `"row"`, `"rows"`}},
		{"a missing column", "a: value.a", "aa: value.a", "", []string{":11:11: error", `"aa"`}},
		{"a key column that nothing feeds", "          c: meta.partition\n", "", "", []string{":7:16: error", `"c"`, "primary key"}},
		{"a missing field", "value.a", "value.b", "", []string{":11:14: error: value.b is in no registered schema", `did you mean "a"?`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(good, tc.old) {
				t.Fatalf("%q is not in the mapping", tc.old)
			}
			file := harness.WriteMapping(t, strings.Replace(good, tc.old, tc.new, 1))
			env := settings(file, "refused", "INGEST_DEAD_LETTER_TOPIC=refused-dead-letters")
			if tc.more != "" {
				env = append(env, tc.more)
			}
			w := startWorker(t, env, "run")
			if code := w.Wait(time.Minute); code != 78 {
				t.Errorf("exit code %d, want 78", code)
			}
			for _, text := range tc.says {
				if strings.HasPrefix(text, ":") {
					text = file + text
				}
				if !strings.Contains(w.Output(), text) {
					t.Errorf("%q is not in\n%s", text, w.Output())
				}
			}
		})
	}
}

// TestBadRecords has one record for each reason that the worker itself can find,
// each between good ones.
func TestBadRecords(t *testing.T) {
	s := newScene(t, "badrecords", 1, "CREATE TABLE badrecords.rows (id text PRIMARY KEY, small tinyint, at time)")
	value := register(t, "badrecords-value", `{"type": "record", "name": "Row", "fields": [
		{"name": "id", "type": ["null", "string"]}, {"name": "small", "type": "int"},
		{"name": "at", "type": {"type": "int", "logicalType": "time-millis"}}]}`)
	encode := func(id any, small, at int) []byte {
		return value.encode(t, map[string]any{"id": id, "small": small, "at": at})
	}
	records := []*kgo.Record{
		s.record("", encode("good-1", 1, 0)),
		s.record("", append(encode("trailing", 1, 0), 0)),
		s.record("", encode(nil, 1, 0)),
		s.record("", encode("good-2", -128, 1)),
		s.record("", encode("out of range", 128, 0)),
		s.record("", encode("out of the day", 1, 86_400_000)),
		s.record("", nil),
		s.record("", []byte{}),
		s.record("", encode("good-3", 127, 86_399_999)),
	}
	produce(t, s.client, records...)
	s.catchUp(s.env(`version: 1
topics:
  - topic: badrecords
    key: {format: none}
    tables:
      - table: badrecords.rows
        columns_from: value
        tombstone: dead_letter
`))
	if rows := s.count("badrecords.rows"); rows != 3 {
		t.Errorf("%d rows, want 3", rows)
	}
	letters := s.letters()
	for offset, want := range map[int]struct{ class, columns string }{
		1: {"decode", ""}, 2: {"null_key", "id"}, 4: {"value", "small"}, 5: {"value", "at"}, 6: {"tombstone", ""}, 7: {"framing", ""},
	} {
		l, ok := letters[place(records[offset])]
		if !ok {
			t.Errorf("no dead letter for offset %d", offset)
		} else if l.headers["ingest.class"] != want.class || l.headers["ingest.columns"] != want.columns {
			t.Errorf("offset %d: class %q, columns %q, want %+v (%s)", offset, l.headers["ingest.class"], l.headers["ingest.columns"], want, l.headers["ingest.message"])
		}
	}
	if len(letters) != 6 {
		t.Errorf("%d dead letters, want 6", len(letters))
	}
}
