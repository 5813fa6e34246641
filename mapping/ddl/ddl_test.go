package ddl

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"ingest/mapping"
)

var update = flag.Bool("update", false, "write the golden files anew")

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

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// dump writes a catalog for people.
func dump(c *mapping.Catalog) string {
	var b strings.Builder
	for _, space := range c.Names {
		fmt.Fprintf(&b, "keyspace %s\n", space)
		for _, name := range slices.Sorted(maps.Keys(c.Keyspaces[space])) {
			t := c.Keyspaces[space][name]
			fmt.Fprintf(&b, "  table %s, ttl %d, gc %d, key %v %v\n", name, t.DefaultTTL, t.GCGrace, t.PartitionKey, t.Clustering)
			for i, col := range t.Columns {
				fmt.Fprintf(&b, "    %d %q %s kind %d\n", i, col.Name, col.Type, col.Kind)
				if col.Type.Kind == mapping.TypeUDT {
					fmt.Fprintf(&b, "      %q %s\n", col.Type.Fields, col.Type.Elems)
				}
			}
		}
	}
	return b.String()
}

func TestReadGivesTheCatalog(t *testing.T) {
	var s Schema
	found := s.Read("good.cql", readFile(t, "good.cql"))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Severity != mapping.Note || !strings.Contains(found[0].Message, "CREATE INDEX") {
		t.Errorf("found %v, want a note about the index", found)
	}
	golden(t, "good.golden", dump(s.Catalog()))
}

func TestReadFindsAllFaultsWithTheirPlace(t *testing.T) {
	src := readFile(t, "bad.cql")
	var s Schema
	var b bytes.Buffer
	if err := s.Read("bad.cql", src).Render(&b, src); err != nil {
		t.Fatal(err)
	}
	golden(t, "bad.golden", b.String())
	if got := dump(s.Catalog()); got != "keyspace shop\n  table t7, ttl 0, gc 864000, key [0] []\n    0 \"k\" int kind 1\n" {
		t.Errorf("faulty statements left %s", got)
	}
}

func TestATypeCannotContainItself(t *testing.T) {
	var s Schema
	found := s.Read("f.cql", []byte("USE k; CREATE TYPE a (x int); CREATE TYPE b (y frozen<a>); ALTER TYPE a ADD z frozen<b>; CREATE TABLE t (k int PRIMARY KEY, v frozen<b>)"))
	if len(found) != 1 || !strings.Contains(found[0].Message, "type k.a: ") || !strings.Contains(found[0].Message, "contains itself") {
		t.Errorf("found %v", found)
	}
	if v := s.Catalog().Keyspaces["k"]["t"].Columns[1].Type; len(v.Elems[0].Fields) != 1 {
		t.Errorf("the fault left %v", v.Elems[0].Fields)
	}
}

func TestFilesAreReadInOrder(t *testing.T) {
	var s Schema
	for i, src := range []string{"CREATE TABLE k.t (a int PRIMARY KEY)", "ALTER TABLE k.t ADD b text", "CREATE TABLE IF NOT EXISTS k.t (z int PRIMARY KEY)"} {
		if found := s.Read(fmt.Sprint(i), []byte(src)); len(found) > 0 {
			t.Errorf("file %d: %v", i, found)
		}
	}
	if got := dump(s.Catalog()); !strings.Contains(got, `"b" text`) || strings.Contains(got, `"z"`) {
		t.Error(got)
	}
}

// FuzzRead: whatever a file holds, Read ends, says things inside of the file only,
// and gives tables that can be planned for.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"good.cql", "bad.cql"} {
		src, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, s := range []string{"", ";", "\x00", "$$", "'", "\"", "/*", "CREATE TABLE a.b (", "CREATE TABLE a.b (c int PRIMARY KEY,,)", "\ufeffUSE \"\"", "CREATE TYPE a.b (c frozen<b>)", "ALTER TABLE a.b ADD"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var s Schema
		found := s.Read("fuzz.cql", src)
		lines := strings.Split(string(src), "\n")
		for _, d := range found {
			if d.Line < 1 || d.Line > len(lines) || d.Col < 1 || d.Col > utf8.RuneCountInString(lines[d.Line-1])+1 {
				t.Errorf("outside of the file: %s", d.String())
			}
		}
		for _, tables := range s.Catalog().Keyspaces {
			for _, table := range tables {
				checkTable(t, table)
			}
		}
	})
}

func checkTable(t *testing.T, table *mapping.Table) {
	t.Helper()
	if len(table.PartitionKey) == 0 {
		t.Errorf("%q has no partition key", table.FullName())
	}
	for _, i := range slices.Concat(table.PartitionKey, table.Clustering) {
		if i < 0 || !table.IsKey(i) {
			t.Errorf("%q: column %d is none of the key", table.FullName(), i)
		}
	}
	for i, c := range table.Columns {
		if c.Type == nil || c.Name == "" || table.Column(c.Name) != i {
			t.Errorf("%q: column %d is %+v", table.FullName(), i, c)
		}
	}
}
