//go:build stack

package test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/test/captured"
)

// raw is the bytes of a cell, nil for null.
type raw []byte

// UnmarshalCQL takes them as they are.
func (r *raw) UnmarshalCQL(_ gocql.TypeInfo, data []byte) error {
	*r = nil
	if data != nil {
		*r = append(raw{}, data...)
	}
	return nil
}

// TestDebeziumCaptured moves what real connectors have emitted, and compares the
// rows with those that the source's own client printed at the end.
func TestDebeziumCaptured(t *testing.T) {
	for _, name := range []string{"postgres_defaults", "postgres_connect", "mariadb_defaults"} {
		t.Run(name, func(t *testing.T) {
			f, err := captured.Read("captured/testdata/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			s := newScene(t, name, 1)
			tables := replayCapture(s, f)
			w := s.env(f.Mapping(name, tables), "INGEST_POISON_SHARE=0")
			if code := startWorker(t, w, "run", "--until-current").Wait(3 * time.Minute); code != 0 {
				t.Fatalf("run --until-current ended with exit code %d", code)
			}
			for _, table := range tables {
				if table != "logs" { // which was truncated
					demandSource(s, f, table)
				}
			}
			s.verify(w).demand(t, nil)
		})
	}
}

// replayCapture produces the records of a capture with ids of this registry, and
// gives the tables by their topics.
func replayCapture(s *scene, f *captured.File) map[string]string {
	ids, tables := map[uint32]uint32{}, map[string]string{}
	for _, subject := range slices.Sorted(maps.Keys(f.Subjects)) {
		for _, id := range f.Subjects[subject] {
			if text := f.Schemas[id]; text != nil {
				ids[uint32(id)] = uint32(registerText(s.t, subject, string(text)))
			}
		}
	}
	var records []*kgo.Record
	for _, step := range f.Steps {
		for _, r := range step.Records {
			if tables[r.Topic] == "" {
				tables[r.Topic] = step.Table
				createTopic(s.t, s.admin, r.Topic, 1)
				execute(s.t, s.session, f.Table(s.name, step.Table))
			}
			for _, data := range [][]byte{r.Key, r.Value} {
				if data != nil {
					binary.BigEndian.PutUint32(data[1:], ids[binary.BigEndian.Uint32(data[1:])])
				}
			}
			records = append(records, &kgo.Record{Topic: r.Topic, Key: r.Key, Value: r.Value})
		}
	}
	produce(s.t, s.client, records...)
	return tables
}

// demandSource compares a table with the rows that the source had last.
func demandSource(s *scene, f *captured.File, table string) {
	s.t.Helper()
	columns, want := f.Columns(table), []string{}
	for _, step := range f.Steps {
		if step.Table == table {
			want = want[:0]
			for _, row := range f.Told(step) {
				want = append(want, rowText(s.t, columns, row))
			}
		}
	}
	var names, quoted []string
	for _, c := range columns {
		names, quoted = append(names, c.Target()), append(quoted, strconv.Quote(c.Target()))
	}
	var got []string
	scanner := s.session.Query("SELECT " + strings.Join(quoted, ", ") + " FROM " + s.name + "." + captured.Target(table)).Iter().Scanner()
	for scanner.Next() {
		cells, into := make([]raw, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := scanner.Scan(into...); err != nil {
			s.t.Fatal(err)
		}
		got = append(got, cellsText(names, cells))
	}
	if err := scanner.Err(); err != nil {
		s.t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(want) == 0 {
		s.t.Errorf("%s has\n%s\nand the source has\n%s", table, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func rowText(t *testing.T, columns []captured.Column, row captured.Row) string {
	t.Helper()
	cells, names := make([]raw, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Target()
		if text := row[c.Name]; text != nil {
			data, err := captured.Bytes(c.Form, c.CQL, *text)
			if err != nil {
				t.Fatal(err)
			}
			cells[i] = append(raw{}, data...)
		}
	}
	return cellsText(names, cells)
}

func cellsText(names []string, cells []raw) string {
	var out strings.Builder
	for i, name := range names {
		if cells[i] == nil {
			fmt.Fprintf(&out, "%s=null ", name)
		} else {
			fmt.Fprintf(&out, "%s=%x ", name, []byte(cells[i]))
		}
	}
	return out.String()
}
