package captured

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"ingest/mapping"
	"ingest/mapping/ddl"
	"ingest/mapping/registry"
	"ingest/retry"
)

// files gives all captures by name.
func files(t *testing.T) map[string]*File {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) != 8 {
		t.Fatal(len(paths), "captures,", err)
	}
	all := map[string]*File{}
	for _, path := range paths {
		f, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".json")] = f
	}
	return all
}

// client has the schemas of a capture.
func (f *File) client(t *testing.T) *registry.Client {
	t.Helper()
	fake := srfake.NewRegistry()
	for subject, ids := range f.Subjects {
		for i, id := range ids {
			if f.Schemas[id] != nil {
				fake.SeedSchema(subject, i+1, id, sr.Schema{Schema: string(f.Schemas[id])})
			}
		}
	}
	server := httptest.NewServer(fake.Handler())
	t.Cleanup(server.Close)
	client, err := registry.New(registry.Config{URLs: []string{server.URL}, Timeout: 10 * time.Second}, registry.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// program maps one source's table to one of the same name.
func program(t *testing.T, f *File, topic, table string) *mapping.Program {
	t.Helper()
	src, cql := f.Mapping("shop", map[string]string{topic: table}), f.Table("shop", table)
	file, found := mapping.Parse("mapping.yaml", []byte(src))
	if err := found.Err(); err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	var tables ddl.Schema
	if err := tables.Read("tables", []byte(cql)).Err(); err != nil {
		t.Fatalf("%v in\n%s", err, cql)
	}
	p, found := mapping.Compile(file, 0, tables.Catalog())
	if err := found.Err(); err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return p
}

// state is a table as the rows of records leave it: cells by column and row.
type state map[string]map[string][]byte

func (s state) apply(t *testing.T, row *mapping.Row) {
	t.Helper()
	table, keys := row.Statement.Table, []string{}
	for i, at := range row.Statement.Columns {
		if table.IsKey(at) {
			keys = append(keys, fmt.Sprintf("%s=%x ", table.Columns[at].Name, row.Cells[i].Data))
		}
	}
	slices.Sort(keys)
	key := strings.Join(keys, "")
	if row.Statement.Op == mapping.DeleteRow {
		delete(s, key)
		return
	}
	if s[key] == nil {
		s[key] = map[string][]byte{}
	}
	for i, at := range row.Statement.Columns {
		switch cell := row.Cells[i]; cell.State {
		case mapping.Value:
			s[key][table.Columns[at].Name] = append([]byte{}, cell.Data...)
		case mapping.Tombstone:
			delete(s[key], table.Columns[at].Name)
		case mapping.Unset:
		default:
			t.Errorf("column %s is %d", table.Columns[at].Name, cell.State)
		}
	}
}

// wanted is what the source's rows are in CQL.
func wanted(t *testing.T, columns []Column, rows []Row) state {
	t.Helper()
	all := state{}
	for _, row := range rows {
		keys, cells := []string{}, map[string][]byte{}
		for _, c := range columns {
			text, ok := row[c.Name]
			if !ok && c.Name != "new col" { // which comes later
				t.Fatalf("the source printed no column %s", c.Name)
			}
			if text == nil {
				continue
			}
			data, err := Bytes(c.Form, c.CQL, *text)
			if err != nil {
				t.Fatalf("column %s: %v", c.Name, err)
			}
			cells[c.Target()] = data
			if c.Key {
				keys = append(keys, fmt.Sprintf("%s=%x ", c.Target(), data))
			}
		}
		slices.Sort(keys)
		all[strings.Join(keys, "")] = cells
	}
	return all
}

func (s state) differ(want state) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(s)) {
		if want[key] == nil {
			out = append(out, "a row too much: "+key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if s[key] == nil {
			out = append(out, "no row "+key)
			continue
		}
		for _, c := range slices.Sorted(maps.Keys(want[key])) {
			if got, ok := s[key][c]; !ok || !bytes.Equal(got, want[key][c]) {
				out = append(out, fmt.Sprintf("row %scolumn %s: got %x, want %x", key, c, got, want[key][c]))
			}
		}
		for c := range s[key] {
			if _, ok := want[key][c]; !ok {
				out = append(out, fmt.Sprintf("row %scolumn %s: got %x, want none", key, c, s[key][c]))
			}
		}
	}
	return out
}

// TestRows: after each statement, the rows that the connector's records make are
// those that the source printed.
func TestRows(t *testing.T) {
	for name, f := range files(t) {
		byTable := map[string][]Step{}
		for _, s := range f.Steps {
			byTable[s.Table] = append(byTable[s.Table], s)
		}
		for table, steps := range byTable {
			t.Run(name+"/"+table, func(t *testing.T) { replay(t, f, table, steps) })
		}
	}
}

func replay(t *testing.T, f *File, table string, steps []Step) {
	columns := f.Columns(table)
	client := f.client(t)
	p := program(t, f, steps[0].Records[0].Topic, table)
	key, value, found, err := client.Shapes(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if err := append(found, mapping.CheckShapes(p, key, value)...).Err(); err != nil {
		t.Fatal(err)
	}
	m := registry.NewMapper(p, client)
	got, left := state{}, state{}
	n := int64(0)
	for _, step := range steps {
		var buf mapping.Buffer
		for _, r := range step.Records {
			n++
			rec := mapping.Record{Topic: r.Topic, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}
			if err := m.Map(t.Context(), &rec, n, int32(n), &buf); err != nil {
				t.Fatal(err)
			}
		}
		for i := range buf.Rows {
			got.apply(t, &buf.Rows[i])
		}
		want := wanted(t, columns, f.Told(step))
		switch reason := poison(buf.Poison); {
		case reason == retry.ReasonTruncate && strings.HasPrefix(step.SQL, "TRUNCATE"):
			maps.Copy(left, got) // rows stay
		case len(buf.Poison) > 0 && !strings.Contains(step.SQL, "null within"):
			t.Errorf("%s: %v", step.SQL, buf.Poison[0].Err)
		}
		maps.Copy(want, left)
		if diff := got.differ(want); len(diff) > 0 {
			t.Errorf("after %.90s:\n%s", step.SQL, strings.Join(diff, "\n"))
		}
	}
}

func poison(list []mapping.RowPoison) retry.Reason {
	if len(list) == 0 {
		return ""
	}
	p, _ := errors.AsType[*retry.Poison](list[0].Err)
	return p.Reason
}

// TestBeside: what connectors write beside their tables' topics is nothing to a
// topic of envelopes.
func TestBeside(t *testing.T) {
	kinds := map[string]bool{}
	for name, f := range files(t) {
		for _, r := range f.Beside {
			m := registry.NewMapper(program(t, f, r.Topic, "logs"), f.client(t))
			var buf mapping.Buffer
			rec := mapping.Record{Topic: r.Topic, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}
			if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil || len(buf.Rows) > 0 || len(buf.Poison) > 0 {
				t.Errorf("%s: %s: %v, %d rows, %v", name, r.Topic, err, len(buf.Rows), buf.Poison)
			}
			kinds[strings.ReplaceAll(r.Topic, name, "NAME")] = true
		}
	}
	want := []string{"NAME", "NAME.transaction", "__debezium-heartbeat.NAME"}
	if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, want) {
		t.Errorf("topics %q, want %q", got, want)
	}
}
