package mapping

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s; run with -update and look at the change:\n%s", path, got)
	}
}

func rendered(t *testing.T, ds Diagnostics, src []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := ds.Render(&b, src); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestParseFaults shows what people see for a file with many faults.
func TestParseFaults(t *testing.T) {
	src, err := os.ReadFile("testdata/faults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, ds := Parse("faults.yaml", src)
	if f != nil || ds.Err() == nil {
		t.Error("a file with faults was taken")
	}
	golden(t, "faults.golden", rendered(t, ds, src))
}

// mustParse parses a file that has no fault.
func mustParse(t *testing.T, src string) *File {
	t.Helper()
	f, ds := Parse("m.yaml", []byte(src))
	if err := ds.Err(); err != nil {
		t.Fatal(err)
	}
	return f
}

const goodFile = `
# A comment before anything else.
topics:
  - topic: orders
    key:
      format: avro
      subject: order-key
    tables:
      - table: orders
        ttl: 30d
        accept: [cross_partition]
        tombstone: dead_letter
        columns:
          id: key.id
          customer: "value.customer['the id'][2].x"
          note: {from: value.note, default: '', nulls: default}
          placed: {from: value.at, unit: us}
          channel: {const: web}
          level: -3
          rate: 1.5
          open: True
          trace: header['x-request-id']
          source: meta.offset
      - table: ks.raw
        consistency: QUORUM
        nulls: unset
        columns_from: value
        tombstone: ignore
        columns:
          id: key.id
          a: {from: value.a, nulls: tombstone}
  - topic: plain
    tables: [{table: raw, columns: {a: value.a}}]
floor: 2026-01-31
generation: 3
version: 1
defaults:
  keyspace: shop
  consistency: LOCAL_QUORUM
  nulls: tombstone
`

func TestParseGood(t *testing.T) {
	f := mustParse(t, goodFile)
	if f.Floor != 1769817600000000 || f.Generation != 3 || len(f.Topics) != 2 {
		t.Errorf("floor %d, generation %d, %d topics", f.Floor, f.Generation, len(f.Topics))
	}
	if got, want := f.Keyspaces(""), []string{"ks", "shop"}; !reflect.DeepEqual(got, want) {
		t.Errorf("keyspaces %q, want %q", got, want)
	}
	orders := &f.Topics[f.Topic("orders")]
	if orders.Key.Kind != FormatAvro || orders.Key.Subject != "order-key" || f.Topics[1].Key.Kind != FormatNone {
		t.Errorf("keys %+v and %+v", orders.Key, f.Topics[1].Key)
	}
	first, second := &orders.Tables[0], &orders.Tables[1]
	if first.Keyspace != "shop" || first.Consistency != "LOCAL_QUORUM" || first.TTL != 2592000 || first.Nulls != NullsTombstone ||
		first.Tombstone != TombstoneDeadLetter || !first.Accepts(LabelCrossPartition) || first.Accepts(LabelTTLFromWrite) {
		t.Errorf("first table %+v", first)
	}
	if second.Keyspace != "ks" || second.Table != "raw" || second.Consistency != "QUORUM" || second.ColumnsFrom == nil || second.ColumnsFrom.Root != RootValue ||
		second.Tombstone != TombstoneIgnore || second.Columns[0].Nulls != NullsUnset || second.Columns[1].Nulls != NullsTombstone {
		t.Errorf("second table %+v", second)
	}
}

func TestParseColumns(t *testing.T) {
	f := mustParse(t, goodFile)
	step := func(name string) Step { return Step{Kind: StepField, Name: name} }
	wants := []ColumnMapping{
		{Name: "id", Source: Source{Root: RootKey, Path: []Step{step("id")}}, Nulls: NullsTombstone, At: Pos{14, 15}},
		{Name: "customer", Source: Source{Root: RootValue, Path: []Step{step("customer"), {Kind: StepKey, Name: "the id"}, {Kind: StepIndex, Index: 2}, step("x")}}, Nulls: NullsTombstone, At: Pos{15, 21}},
		{Name: "note", Source: Source{Root: RootValue, Path: []Step{step("note")}}, Default: &Const{}, Nulls: NullsDefault, At: Pos{16, 24}},
		{Name: "placed", Source: Source{Root: RootValue, Path: []Step{step("at")}, Unit: UnitMicros}, Nulls: NullsTombstone, At: Pos{17, 26}},
		{Name: "channel", Source: Source{Root: RootConst, Const: Const{ConstText, "web"}}, Nulls: NullsTombstone, At: Pos{18, 28}},
		{Name: "level", Source: Source{Root: RootConst, Const: Const{ConstNumber, "-3"}}, Nulls: NullsTombstone, At: Pos{19, 18}},
		{Name: "rate", Source: Source{Root: RootConst, Const: Const{ConstNumber, "1.5"}}, Nulls: NullsTombstone, At: Pos{20, 17}},
		{Name: "open", Source: Source{Root: RootConst, Const: Const{ConstBool, "true"}}, Nulls: NullsTombstone, At: Pos{21, 17}},
		{Name: "trace", Source: Source{Root: RootHeader, Name: "x-request-id"}, Nulls: NullsTombstone, At: Pos{22, 18}},
		{Name: "source", Source: Source{Root: RootMeta, Name: "offset"}, Nulls: NullsTombstone, At: Pos{23, 19}},
	}
	got := f.Topics[0].Tables[0].Columns
	if len(got) != len(wants) {
		t.Fatalf("%d columns, want %d", len(got), len(wants))
	}
	for i, want := range wants {
		g := ColumnMapping{Name: got[i].Name, Source: got[i].Source, Default: got[i].Default, Nulls: got[i].Nulls, At: got[i].At}
		if !reflect.DeepEqual(g, want) {
			t.Errorf("column %s:\n got %+v\nwant %+v", want.Name, g, want)
		}
	}
}

// TestParseOne gives files with one fault each, as place and message.
func TestParseOne(t *testing.T) {
	const topic = "version: 1\ntopics:\n  - topic: a\n"
	const table = topic + "    tables:\n      - table: k.t\n"
	tests := []struct{ name, src, want string }{
		{"empty", "", "f: the file is empty (start with"},
		{"only comments", "# nothing\n", "f: the file is empty"},
		{"null", "~\n", "f: the file is empty"},
		{"text", "hello\n", "f:1:1: the file must be a list of `key: value` lines, not a text"},
		{"list", "- a\n", "f:1:1: the file must be a list of `key: value` lines, not a list"},
		{"tab", "version: 1\ntopics:\n\t- topic: a\n", "f:3:1: not valid YAML: while scanning for the next token: found character that cannot start any token (indent with spaces"},
		{"open bracket", "version: [1\n", "f:1:10: not valid YAML: while parsing a flow sequence"},
		{"at sign", "version: @x\n", "f:1:10: not valid YAML"},
		{"documents", "version: 1\n---\nversion: 1\n", "f:2:1: the file holds several YAML documents"},
		{"broken second document", "version: 1\n---\na: [\n", "f:4:1: not valid YAML: while parsing a flow node"},
		{"latin 1", "# caf\xe9\nversion: 1\n", "f:1:6: the file is not UTF-8 text: byte 0xe9"},
		{"control character", "version: \x1b[31m\n", "f:1:10: the file holds the control character U+001B"},
		{"carriage return inside of a line", "version: 1\rtopics: 1\r\n", "f:1:11: the file holds the control character U+000D"},
		{"line separator", "version: 1 # a\u2028b\n", "f:1:15: the file holds the control character U+2028"},
		{"deep", "version: 1\ntopics: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), "nested more than 32 levels deep"},
		{"deeper than YAML", strings.Repeat("[", 20_000), "f:1:10001: not valid YAML: while increasing flow level: exceeded max depth of 10000"},
		{"version", "version: 2\ntopics: [{topic: a, tables: [{table: k.t, columns_from: value}]}]\n", `f:1:10: this ingest understands version 1 of the mapping file, not "2"`},
		{"version missing", "topics: [{topic: a, tables: [{table: k.t, columns_from: value}]}]\n", `f:1:1: the file needs the key "version"`},
		{"version as text", "version: '1'\ntopics: [{topic: a, tables: [{table: k.t, columns_from: value}]}]\n", "f:1:10: this ingest understands version 1"},
		{"merge key", "version: 1\n<<: {a: 1}\n", "f:2:1: merge keys are not supported"},
		{"list as key", "version: 1\n? [a]\n: b\n", "f:2:3: a key must be a plain name"},
		{"duplicate key", "version: 1\nversion: 1\n", `f:2:1: "version" is already given in line 1`},
		{"floor too early", table + "        columns_from: value\nfloor: 1969-12-31\n", "f:7:8: floor must lie between 1970-01-01 and 2100-01-01"},
		{"table missing", topic + "    tables:\n      - columns_from: value\n", `f:5:9: a table needs the key "table"`},
		{"tables as map", topic + "    tables: {a: b}\n", `f:4:13: "tables" must be a list, not a list of keys`},
		{"no columns", table, "f:5:16: nothing says what feeds the columns of this table"},
		{"columns empty", table + "        columns: {}\n", `"columns" must be a list of columns`},
		{"columns as list", table + "        columns: [a]\n", `f:6:18: "columns" must be a list of columns, not a list`},
		{"topic name number", "version: 1\ntopics:\n  - topic: 7\n    tables: [{table: k.t, columns_from: value}]\n", `f:3:12: "topic" must be a text, not a number (put it into quotes: '7')`},
		{"topic twice", "version: 1\ntopics:\n  - topic: a\n    tables: [{table: k.t, columns_from: value}]\n  - topic: a\n    tables: [{table: k.u, columns_from: value}]\n", `f:5:12: topic "a" is already mapped in line 3`},
		{"quoted table", topic + "    tables: [{table: '\"Orders\"', columns_from: value}]\n", "write it without quotes, in its true case"},
		{"three names", topic + "    tables: [{table: a.b.c, columns_from: value}]\n", `"a.b.c" cannot be the name of a table`},
		{"serial", table + "        columns_from: value\n        consistency: LOCAL_SERIAL\n", "f:7:22: consistency LOCAL_SERIAL is for conditional writes"},
		{"ttl zero", table + "        columns_from: value\n        ttl: 0s\n", "f:7:14: ttl 0s is out of range: Cassandra takes 1 s to 630720000 s (20 years)"},
		{"ttl too long", table + "        columns_from: value\n        ttl: 630720001s\n", "f:7:14: ttl 630720001s is out of range"},
		{"ttl huge", table + "        columns_from: value\n        ttl: 99999999999999w\n", "f:7:14: ttl \"99999999999999w\" is not a duration"},
		{"ttl two units", table + "        columns_from: value\n        ttl: 1ms\n", "f:7:14: ttl \"1ms\" is not a duration"},
		{"ttl unit only", table + "        columns_from: value\n        ttl: d\n", "f:7:14: ttl \"d\" is not a duration"},
		{"whole key", table + "        columns: {a: key}\n", `f:6:22: column "a" takes the whole key, and the topic does not say how keys are encoded`},
		{"key none", topic + "    key: {format: none}\n    tables: [{table: k.t, columns: {a: key.id}}]\n", "f:5:40: the topic's key has format none, so key.id cannot be read"},
		{"key none, columns from it", topic + "    key: {format: none}\n    tables: [{table: k.t, columns_from: key}]\n", "f:5:41: a key of format none has no fields"},
		{"field of a plain key", topic + "    key: {format: long}\n    tables: [{table: k.t, columns: {a: key.id}}]\n", "f:5:40: a key of format long has no fields"},
		{"subject of a plain key", topic + "    key: {format: string, subject: s}\n    tables: [{table: k.t, columns: {a: key}}]\n", "f:4:36: a key of format string has no schema"},
		{"neither from nor const", table + "        columns:\n          a: {default: 1}\n", `f:7:14: a column needs "from"`},
		{"const with default", table + "        columns:\n          a: {const: 1, default: 1}\n", "f:7:34: a constant is never absent"},
		{"const with nulls", table + "        columns:\n          a: {const: 1, nulls: unset}\n", "f:7:32: a constant is never null"},
		{"nulls default without one", table + "        columns:\n          a: {from: value.a, nulls: default}\n", `f:7:37: "nulls" asks for a default`},
		{"from number", table + "        columns:\n          a: {from: 3}\n", `f:7:21: "from" must be a text, not a number`},
		{"column null", table + "        columns:\n          a:\n", `f:7:13: "a" has no value`},
		{"column list", table + "        columns:\n          a: [value.a]\n", `f:7:14: column "a" must be fed by a single path or expression, not a list`},
		{"column octal", table + "        columns:\n          a: 010\n", "f:7:14: YAML reads 010 as a number in another notation"},
		{"not with a tag", table + "        columns:\n          a: !not value.x\n", "f:7:14: !not is a YAML tag; tags are not supported (write `not value.x`)"},
		{"core tag", table + "        columns:\n          a: !!str 1\n", "f:7:14: !!str is a YAML tag; tags are not supported (remove the tag; quotes make a text)"},
		{"accept unknown", table + "        columns_from: value\n        accept: [counters]\n", `f:7:18: "accept" cannot be "counters"`},
		{"expression cut by a comment", table + "        columns:\n          a: filter(value.x, # > 1)\n", "put the expression into quotes"},
		{"not yet known key", table + "        columns_from: value\n        whom: value.a\n", `f:7:9: unknown key "whom" in a table`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, ds := Parse("f", []byte(tt.src))
			if f != nil || ds.Err() == nil {
				t.Fatal("the file was taken")
			}
			if !strings.Contains(ds.Err().Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", ds.Err(), tt.want)
			}
		})
	}
}

func TestParseTooLarge(t *testing.T) {
	_, ds := Parse("f", bytes.Repeat([]byte("#"), MaxFileSize+1))
	if err := ds.Err(); err == nil || !strings.Contains(err.Error(), "the file has 1048577 bytes; at most 1048576 are read") {
		t.Errorf("got %v", err)
	}
	if _, ds := Parse("f", append(bytes.Repeat([]byte("#"), MaxFileSize-len(goodFile)-1), "\n"+goodFile...)); ds.Err() != nil {
		t.Errorf("a file of the largest size: %v", ds.Err())
	}
}

func TestParseWarns(t *testing.T) {
	_, ds := Parse("f", []byte("version: 1\ntopics: [{topic: a, tables: [{table: k.t, columns_from: value, consistency: LOCAL_ONE}]}]\n"))
	if len(ds) != 1 || ds[0].Severity != Warning || ds.Err() != nil || ds[0].Line != 2 || ds[0].Col != 77 {
		t.Errorf("got %v", ds)
	}
}

func TestTTLUnits(t *testing.T) {
	for text, want := range map[string]int32{"1s": 1, "10m": 600, "12h": 43200, "30d": 2592000, "8w": 4838400, "630720000s": 630720000, "7300d": 630720000} {
		f := mustParse(t, "version: 1\ntopics: [{topic: a, tables: [{table: k.t, columns_from: value, ttl: "+text+"}]}]\n")
		if got := f.Topics[0].Tables[0].TTL; got != want {
			t.Errorf("ttl %s gives %d s, want %d", text, got, want)
		}
	}
}

func TestInferredKey(t *testing.T) {
	for columns, want := range map[string]FormatKind{
		"columns: {a: value.a}":                    FormatNone,
		"columns: {a: key.a}":                      FormatAvro,
		"columns_from: key":                        FormatAvro,
		"columns_from: value":                      FormatNone,
		"columns_from: value, columns: {a: key.b}": FormatAvro,
	} {
		f := mustParse(t, "version: 1\ntopics: [{topic: a, tables: [{table: k.t, "+columns+"}]}]\n")
		if got := f.Topics[0].Key.Kind; got != want {
			t.Errorf("%s: key format %s, want %s", columns, got, want)
		}
	}
}

func TestHash(t *testing.T) {
	const base = "version: 1\ntopics: [{topic: a, tables: [{table: k.t, columns: {a: value.a, b: 1}}]}]\n"
	hash := mustParse(t, base).Hash()
	if len(hash) != 12 || strings.Trim(hash, "0123456789abcdef") != "" {
		t.Errorf("hash %q is not 12 hexadecimal digits", hash)
	}
	same := "# other words\ntopics:\n  - tables:\n      - columns:\n          b: 1 # one\n          'a': \"value.a\"\n        table: k.t\n    topic: a\nversion: 1\n"
	if got := mustParse(t, same).Hash(); got != hash {
		t.Errorf("the same mapping in another style hashes to %s, want %s", got, hash)
	}
	for _, change := range []string{"value.b", "{const: value.a}", "key.a"} {
		if mustParse(t, strings.Replace(base, "value.a", change, 1)).Hash() == hash {
			t.Errorf("column fed by %s: the hash stays the same", change)
		}
	}
	if mustParse(t, strings.Replace(base, "b: 1", "b: {const: '1'}", 1)).Hash() == mustParse(t, strings.Replace(base, "b: 1", "b: {const: 1}", 1)).Hash() {
		t.Error("a number and a text have one hash")
	}
}

func TestManyFaultsAreBounded(t *testing.T) {
	_, ds := Parse("f", []byte("version: 1\n"+strings.Repeat("? [a]\n: b\n", 500)))
	if len(ds) != maxDiagnostics+1 || !strings.Contains(ds[maxDiagnostics].Message, "more faults are not shown") {
		t.Errorf("%d diagnostics, the last %v", len(ds), ds[len(ds)-1])
	}
}
