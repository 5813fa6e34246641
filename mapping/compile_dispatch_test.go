package mapping

import (
	"os"
	"strings"
	"testing"
)

func TestParseEnvelope(t *testing.T) {
	src, err := os.ReadFile("testdata/envelope.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, ds := Parse("envelope.yaml", src)
	golden(t, "envelope.golden", rendered(t, ds, src))
}

// said are diagnostics, one a line, without their file.
func said(ds Diagnostics) string {
	var b strings.Builder
	for i := range ds {
		b.WriteString(strings.TrimPrefix(ds[i].String(), "m.yaml:") + "\n")
	}
	return b.String()
}

// TestCompileTableTwice: two entries may feed one table when no record is for both.
func TestCompileTableTwice(t *testing.T) {
	for _, tt := range []struct {
		first, second string
		clash         bool
	}{
		{"com.acme.A", "com.acme.B", false},
		{"A", "com.acme.B", false},
		{"com.acme.A", "org.A", false},
		{"A", "com.acme.A", true},
		{"[B, A]", "A", true},
		{"com.acme.A", "com.acme.A", true},
		{"acme.A", "com.acme.A", false}, // a name with dots is a full one
	} {
		src := mapped(avroKey, "table: orders\nrecord: "+tt.first+"\ncolumns:\n  id: key.id") +
			"      - table: orders\n        record: " + tt.second + "\n        columns:\n          id: key.id\n"
		_, ds := compileOne(t, src)
		if got := strings.Contains(said(ds), "table shop.orders is already fed by this topic in line 7"); got != tt.clash {
			t.Errorf("%s and %s: clash %v, want %v:\n%s", tt.first, tt.second, got, tt.clash, said(ds))
		}
	}
}

// TestCompileOneDelete: of two entries that delete one row, one does.
func TestCompileOneDelete(t *testing.T) {
	src := mapped(avroKey, "table: orders\nrecord: A\ncolumns:\n  id: key.id") +
		"      - table: orders\n        record: B\n        columns:\n          id: key.id\n          note: value.note\n"
	p := mustCompile(t, src)
	if len(p.Write.Parts) != 2 || len(p.Tombstone.Parts) != 1 {
		t.Errorf("%d parts for records with a value and %d for those without, want 2 and 1", len(p.Write.Parts), len(p.Tombstone.Parts))
	}
}

func TestCompileForEach(t *testing.T) {
	_, ds := compileOne(t, mapped(avroKey, "table: orders\nfor_each: value.items\naccept: [cross_partition]\ncolumns:\n  id: item.id\n  note: item_key\n  trace: item_index"))
	ds.Sort()
	for _, want := range []string{
		"8:19: note: rows of shop.orders stay when a later record of the same key has fewer items: item.id is in the primary key",
		"7:16: error: a record without a value cannot say which row of shop.orders to delete: key column \"id\" is fed by item.id",
		"13:18: error: item_index cannot feed column \"trace\": int cannot become text",
	} {
		if got := said(ds); !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant %s", got, want)
		}
	}
}

func array(of *Shape) *Shape { return &Shape{Kind: KindArray, Elem: of} }

// TestCheckShapesForEach holds what goes through items against every version.
func TestCheckShapesForEach(t *testing.T) {
	const entry = "table: orders\nfor_each: value.items\ntombstone: ignore\ncolumns:\n  id: key.id\n  note: item.sku\n  trace: item_key"
	entries := array(record("Item", "sku", str))
	labels := &Shape{Kind: KindMap, Elem: record("Item", "sku", str)}
	for _, tt := range []struct {
		name  string
		value *Shape
		want  string
	}{
		{"a map", record("O", "items", nullable(labels)), ""},
		{"an array", record("O", "items", entries), "error: item_key is the key of a map's items, and value.items is an array in v1"},
		{"nothing to go through", record("O", "items", str), "error: for_each cannot go through value.items in v1: string has no items"},
		{"no such field", record("O", "itms", labels), "error: value.items is in no registered schema of this topic's value"},
		{"no such field of an item", record("O", "items", &Shape{Kind: KindMap, Elem: record("Item", "sky", str)}), "error: item.sku is in no registered schema of this topic's items"},
	} {
		p := mustCompile(t, mapped(avroKey, entry))
		got := said(CheckShapes(p, idKey(), []NamedShape{{"v1", tt.value}}))
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestDebeziumStatic: an event deletes one row, so an entry of static columns alone
// would delete those of others.
func TestDebeziumStatic(t *testing.T) {
	_, ds := compileOne(t, mapped("    envelope: debezium\n", "table: by_day\ncolumns: {day: key.day, region: key.region, owner: value.owner}"))
	if got := said(ds); !strings.Contains(got, "error: the columns of shop.by_day that are fed belong to a partition, which is more than the row that an event deletes") {
		t.Errorf("got %q", got)
	}
	_, ds = compileOne(t, mapped("    envelope: debezium\n", "table: by_day\ncolumns: {day: key.day, region: key.region, placed_at: key.at, id: key.id, owner: value.owner}"))
	if ds.Err() != nil {
		t.Errorf("with the whole key: %v", ds)
	}
}

// TestDebeziumValueKey: the fields of a row's key are those of the record's key.
func TestDebeziumValueKey(t *testing.T) {
	p, ds := compileOne(t, mapped("    envelope: debezium\n", "table: orders\ncolumns:\n  id: value.id\n  note: value.note"))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	row := record("V", "id", long, "note", str)
	event := record("Envelope", "before", nullable(row), "after", nullable(row), "op", str)
	if ds := CheckShapes(p, idKey(), []NamedShape{{"v1", event}}); len(ds) > 0 {
		t.Errorf("got %s", said(ds))
	}
	two := []NamedShape{{"key v1", record("K", "id", long, "region", str)}}
	if got := said(CheckShapes(p, two, []NamedShape{{"v1", event}})); !strings.Contains(got, "does not contain key.region") {
		t.Errorf("got %q", got)
	}
}
