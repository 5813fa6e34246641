//go:build stack

package test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/gocql/gocql"
	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/test/tried"
)

var updateExamples = flag.Bool("update-examples", false, "write examples/*/rows.txt anew")

// TestExamples runs every example as it stands: its statements make the tables,
// its records are produced by its schemas, and after a worker has caught up the
// tables hold what its rows.txt says.
func TestExamples(t *testing.T) {
	paths, err := filepath.Glob("../examples/*/mapping.yaml")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	for _, path := range paths {
		folder := filepath.Dir(path)
		t.Run(filepath.Base(folder), func(t *testing.T) { tryExample(t, folder) })
	}
}

func tryExample(t *testing.T, folder string) {
	e, err := tried.Folder(folder)
	if err != nil {
		t.Fatal(err)
	}
	file, found := mapping.Parse("mapping.yaml", []byte(e.Mapping))
	if found.Err() != nil {
		t.Fatal(found)
	}
	topic := &file.Topics[0]
	s := newTopic(t, topic.Name)
	tables := s.run(e.CQL)
	s.produceExample(e, topic)
	s.catchUp(s.env(e.Mapping))
	s.noLetters()
	rows := printTables(t, s.session, tables)
	path := filepath.Join(folder, "rows.txt")
	if *updateExamples {
		if err := os.WriteFile(path, []byte(rows), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != rows {
		t.Errorf("%v; %s says\n%s\nand the tables hold\n%s", err, path, want, rows)
	}
}

var tableOf = regexp.MustCompile(`CREATE TABLE IF NOT EXISTS (\S+)`)

// run executes the statements of a file, and gives the tables that they make.
func (s *scene) run(cql string) (tables []string) {
	s.t.Helper()
	for statement := range strings.SplitSeq(regexp.MustCompile(`--.*`).ReplaceAllString(cql, ""), ";") {
		if strings.TrimSpace(statement) != "" {
			execute(s.t, s.session, statement)
		}
	}
	for _, match := range tableOf.FindAllStringSubmatch(cql, -1) {
		tables = append(tables, match[1])
	}
	return tables
}

// produceExample registers the schemas and produces the records, a millisecond
// apart.
func (s *scene) produceExample(e *tried.Example, topic *mapping.Topic) {
	s.t.Helper()
	type registered struct {
		id     int
		schema *avro.Schema
	}
	subjects := map[string]registered{}
	for _, f := range e.Schemas {
		schema, err := avro.Parse(f.Text, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		subjects[f.Subject] = registered{registerText(s.t, f.Subject, f.Text), schema}
	}
	encode := func(subject string, _ int, text []byte) ([]byte, error) {
		known, ok := subjects[subject]
		if !ok {
			return nil, fmt.Errorf("no schema %s", subject)
		}
		body, err := known.schema.EncodeJSON(text)
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(known.id)), body...), err
	}
	records, err := tried.ReadRecords(e.Records)
	if err != nil {
		s.t.Fatal(err)
	}
	now := time.Now()
	for i := range records {
		records[i].Topic = topic.Name
		r, err := records[i].Encode(topic, encode)
		if err != nil {
			s.t.Fatal(err)
		}
		out := &kgo.Record{Topic: topic.Name, Key: r.Key, Value: r.Value, Timestamp: now.Add(time.Duration(i) * time.Millisecond)}
		for _, h := range r.Headers {
			out.Headers = append(out.Headers, kgo.RecordHeader{Key: h.Name, Value: h.Value})
		}
		produce(s.t, s.client, out)
	}
}

// printTables writes tables with their rows sorted.
func printTables(t *testing.T, session *gocql.Session, tables []string) string {
	t.Helper()
	var out strings.Builder
	for _, table := range tables {
		iter := session.Query("SELECT JSON * FROM " + table).WithContext(t.Context()).Iter()
		var names []string
		var rows []string
		for text := ""; iter.Scan(&text); {
			var row string
			names, row = cellsOf(t, text)
			rows = append(rows, row)
		}
		if err := iter.Close(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(rows)
		fmt.Fprintf(&out, "%s\n\n", table)
		w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, strings.Join(names, "\t"))
		for _, row := range rows {
			fmt.Fprintln(w, row)
		}
		_ = w.Flush() // a builder takes everything
		out.WriteString("\n")
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// cellsOf gives the names and the values of a row in the table's order of them.
func cellsOf(t *testing.T, text string) (names []string, row string) {
	t.Helper()
	in := json.NewDecoder(bytes.NewBufferString(text))
	if _, err := in.Token(); err != nil {
		t.Fatal(err)
	}
	var values []string
	for in.More() {
		name, err := in.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
		values = append(values, strings.Trim(string(value), `"`))
	}
	return names, strings.Join(values, "\t")
}
