package captured

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
)

// File is what one connector has emitted.
type File struct {
	Database  string                  `json:"database"`  // the server and its version
	Connector string                  `json:"connector"` // the artifact and its version
	Converter string                  `json:"converter"`
	Settings  map[string]string       `json:"settings"` // the connector's, but for addresses and names
	Subjects  map[string][]int        `json:"subjects"` // ids of the registered versions, the first one first
	Schemas   map[int]json.RawMessage `json:"schemas"`  // as registered
	Steps     []Step                  `json:"steps"`
	Beside    []Record                `json:"beside"` // of topics that are not a table's
}

// Step is one statement and what came of it.
type Step struct {
	SQL     string   `json:"sql"`   // "snapshot" for the rows that were there before
	Table   string   `json:"table"` // the one that it changes
	Rows    []Row    `json:"rows"`  // all rows of the table after it
	Records []Record `json:"records"`
}

// Row is a row of the source: the text that the database's client prints for each
// column, nil for null.
type Row map[string]*string

// Record is a record as it is in Kafka; a nil value is a tombstone.
type Record struct {
	Topic     string `json:"topic"`
	Key       []byte `json:"key"`
	Value     []byte `json:"value"`
	Timestamp int64  `json:"timestamp"` // milliseconds since 1970
}

// Read reads a file of testdata.
func Read(path string) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &File{}
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(f); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return f, nil
}

// Write writes the file so that a schema, a row and a record each is one line.
func (f *File) Write(path string) error {
	var out bytes.Buffer
	line := func(indent, name string, v any, end string) {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // nothing in it that JSON does not know
		}
		if name != "" {
			name = fmt.Sprintf("%q: ", name)
		}
		fmt.Fprintf(&out, "%s%s%s%s\n", indent, name, text, end)
	}
	out.WriteString("{\n")
	line(" ", "database", f.Database, ",")
	line(" ", "connector", f.Connector, ",")
	line(" ", "converter", f.Converter, ",")
	line(" ", "settings", f.Settings, ",")
	line(" ", "subjects", f.Subjects, ",")
	out.WriteString(" \"schemas\": {\n")
	ids := slices.Sorted(maps.Keys(f.Schemas))
	for i, id := range ids {
		line("  ", fmt.Sprint(id), f.Schemas[id], comma(i, len(ids)))
	}
	out.WriteString(" },\n \"steps\": [\n")
	for i, s := range f.Steps {
		line("  {", "sql", s.SQL, ",")
		line("   ", "table", s.Table, ",")
		list(&out, line, "rows", s.Rows, ",")
		list(&out, line, "records", s.Records, "}"+comma(i, len(f.Steps)))
	}
	out.WriteString(" ],\n")
	list(&out, line, "beside", f.Beside, "")
	out.WriteString("}\n")
	return os.WriteFile(path, out.Bytes(), 0o644)
}

func list[T any](out *bytes.Buffer, line func(indent, name string, v any, end string), name string, items []T, end string) {
	fmt.Fprintf(out, "   %q: [\n", name)
	for i, item := range items {
		line("    ", "", item, comma(i, len(items)))
	}
	fmt.Fprintf(out, "   ]%s\n", end)
}

func comma(i, n int) string {
	if i == n-1 {
		return ""
	}
	return ","
}
