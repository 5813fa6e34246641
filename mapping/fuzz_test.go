package mapping

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzParse: whatever the file holds, Parse ends, finds faults inside of the
// file only, and gives a File exactly when there is no Error. What it takes, editors
// take too.
func FuzzParse(f *testing.F) {
	src, err := os.ReadFile("testdata/faults.yaml")
	if err != nil {
		f.Fatal(err)
	}
	seeds := []string{string(src), goodFile, "", "\x00", "\xff", "\ufeffversion: 1\n", "version: 1\r\ntopics: [\r\n", "a: &a [*a]\n", "? [a]\n: b\n", "<<: {a: 1}\n",
		"--- |\n a\n", "%YAML 1.2\n---\na: 1\n", "version: 1\n---\nb\n", "a:\n\tb\n", "!<tag:x> a\n", "version: 1\ntopics: [{topic: a, tables: [{table: k.t, columns: {a: ''}}]}]",
		"version: 1\ntopics: [{topic: a, tables: [{table: k.t, columns: {~: value, 1: \"\\u0000\", b: {from: \"value['\\u263a\"}}}]}]"}
	seeds = append(seeds, severalFile, givenFile, "version: 1\ntopics: [{pattern: '(a*)*'}, {topics: [a, a, [b]]}, {pattern: '(((a{100}){100}){100})'}]")
	own, err := os.ReadFile("testdata/cql.yaml")
	if err != nil {
		f.Fatal(err)
	}
	seeds = append(seeds, string(own), "version: 1\ntopics: [{topic: a, tables: [{table: k.t, cql: >\n  INSERT INTO\n\n   t (a)\n VALUES (:ä), columns: {a: value}}]}]",
		"version: 1\ntopics:\n- topic: a\n  tables:\n  - table: k.t\n    cql: 'UPDATE t\n      SET a = ''x'' WHERE b = :b'\n    columns: {b: 1}\n")
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	schema := compiledSchema(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		start := time.Now()
		file, ds := Parse("fuzz.yaml", src)
		if took := time.Since(start); took > mostParseTime {
			t.Errorf("%d bytes took %v", len(src), took)
		}
		if (file == nil) != (ds.Err() != nil) {
			t.Fatalf("file %v, error %v", file, ds.Err())
		}
		lines := strings.Split(string(src), "\n")
		for _, d := range ds {
			if d.Line < 0 || d.Line > len(lines) || d.Line > 0 && (d.Col < 1 || d.Col > utf8.RuneCountInString(lines[d.Line-1])+2) {
				t.Errorf("outside of the file: %s", d.String())
			}
		}
		var b bytes.Buffer
		if err := ds.Render(&b, src); err != nil || !utf8.Valid(b.Bytes()) {
			t.Errorf("rendering: %v, %q", err, b.Bytes())
		}
		if file != nil {
			checkFile(t, file)
			if err := schema.Validate(plain(document(t, string(src)))); err != nil {
				t.Errorf("the JSON Schema refuses what Parse takes: %v", err)
			}
		}
	})
}

// mostParseTime bounds Parse, on a machine that does other things too.
const mostParseTime = 5 * time.Second

// checkFile holds what every accepted file must have.
func checkFile(t *testing.T, f *File) {
	t.Helper()
	if len(f.Topics)+len(f.Patterns) == 0 || len(f.Hash()) != 12 || f.Generation < 0 || f.Generation > MaxGeneration || f.Floor < 0 {
		t.Errorf("file %+v", f)
	}
	for i := range len(f.Topics) + len(f.Patterns) {
		topic := f.entry(i)
		if topic.Name == "" || len(topic.Tables) == 0 {
			t.Errorf("topic %+v", topic)
		}
		for j := range topic.Tables {
			table := &topic.Tables[j]
			if table.Table == "" || table.Columns == nil && table.ColumnsFrom == nil || table.TTL < 0 || table.TTL > MaxTTL {
				t.Errorf("table %+v", table)
			}
		}
	}
}

// FuzzPath: a path that is read is written as a path that reads the same,
// unless a name in it holds a quote or backslash.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"value.a[0]['b'].c", "header[\"x\"]", "meta.offset", "key", "value.a + 1", "value['", "header['\\'']"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, fault := parsePath(text)
		if fault != nil {
			if fault.at < 0 || fault.at > len(text) {
				t.Errorf("%q: fault at %d", text, fault.at)
			}
			return
		}
		if strings.ContainsAny(text, `'"\`) {
			return
		}
		if s.String() != text {
			t.Errorf("%q reads as %q", text, &s)
		}
	})
}
