package mapping

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ingest/retry"
)

// makeTable builds a table from "name type kind" lines: kinds are pk, ck, static
// or nothing. Key order is the order of the lines.
func makeTable(t *testing.T, keyspace, name string, columns ...string) *Table {
	t.Helper()
	table := &Table{Keyspace: keyspace, Name: name, ID: "5a1c395e-b41f-11e5-9f22-ba0be0483c18", GCGrace: 864000}
	for i, line := range columns {
		words := strings.Split(line, " ")
		typ, err := ParseType(words[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		col := Column{Name: words[0], Type: typ}
		switch {
		case len(words) == 2:
		case words[2] == "pk":
			col.Kind, table.PartitionKey = PartitionKey, append(table.PartitionKey, i)
		case words[2] == "ck":
			col.Kind, table.Clustering = Clustering, append(table.Clustering, i)
		case words[2] == "static":
			col.Kind = Static
		}
		table.Columns = append(table.Columns, col)
	}
	return table
}

// shop is a cluster to compile against.
func shop(t *testing.T) *Catalog {
	t.Helper()
	expiring := makeTable(t, "shop", "sessions", "id text pk", "at timestamp")
	expiring.DefaultTTL = 86400
	tables := map[string]*Table{"sessions": expiring}
	for _, table := range []*Table{
		makeTable(t, "shop", "orders", "id bigint pk", "customer_id bigint", "note text", "placed_at timestamp", "rate double", "trace text"),
		makeTable(t, "shop", "by_day", "day date pk", "region text pk", "placed_at timestamp ck", "id bigint ck", "total decimal", "owner text static"),
		makeTable(t, "shop", "visits", "page text pk", "hits counter"),
		makeTable(t, "shop", "log", "topic text pk", "partition int pk", "offset bigint ck", "key blob", "at timestamp", "schema int"),
	} {
		tables[table.Name] = table
	}
	return &Catalog{Keyspaces: map[string]map[string]*Table{"shop": tables, "empty": {}}, Names: []string{"empty", "shop", "system"}}
}

// compileOne compiles the first topic of a file.
func compileOne(t *testing.T, src string) (*Program, Diagnostics) {
	t.Helper()
	return Compile(mustParse(t, src), 0, shop(t))
}

func mustCompile(t *testing.T, src string) *Program {
	t.Helper()
	p, ds := compileOne(t, src)
	if err := ds.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

// mapped wraps one table's entry in a file.
func mapped(key, entry string) string {
	return "version: 1\ndefaults: {keyspace: shop}\ntopics:\n  - topic: orders\n" + key + "    tables:\n      - " + strings.ReplaceAll(strings.TrimSpace(entry), "\n", "\n        ") + "\n"
}

const (
	avroKey   = "    key: {format: avro}\n"
	stringKey = "    key: {format: string}\n"
	longKey   = "    key: {format: long}\n"
)

const orders = `table: orders
consistency: QUORUM
ttl: 30d
columns:
  trace: header['x']
  id: key.id
  note: {const: hello}
  customer_id: value.customer.id`

func TestCompileWrite(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, orders))
	st := p.Write.Parts[0].Statement
	if st.Op != Insert || st.Table.FullName() != "shop.orders" || st.TTL != 2592000 || st.Consistency != "QUORUM" {
		t.Errorf("statement %+v", st)
	}
	if want := []int{0, 1, 2, 5}; !slices.Equal(st.Columns, want) {
		t.Errorf("columns %v, want the table's order %v", st.Columns, want)
	}
	if !slices.Equal(st.Routing, []int{0}) {
		t.Errorf("routing %v", st.Routing)
	}
	var names []string
	for i := range p.Write.Slots {
		s := &p.Write.Slots[i]
		names = append(names, s.Column+" < "+s.Source.String())
		if s.Key != (s.Column == "id") || !s.Type.Equal(st.Table.Columns[st.Columns[i]].Type) {
			t.Errorf("slot %+v", s)
		}
	}
	if want := []string{"id < key.id", "customer_id < value.customer.id", "note < a constant", "trace < header['x']"}; !slices.Equal(names, want) {
		t.Errorf("slots %q, want %q", names, want)
	}
	if note := p.Write.Slots[2].Default; note.State != Value || string(note.Data) != "hello" {
		t.Errorf("constant %+v", note)
	}
}

func TestCompileTombstone(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, orders))
	if len(p.Tombstone.Parts) != 1 || len(p.Tombstone.Slots) != 1 {
		t.Fatalf("tombstone form %+v", p.Tombstone)
	}
	st := p.Tombstone.Parts[0].Statement
	if st.Op != DeleteRow || !slices.Equal(st.Columns, []int{0}) || !slices.Equal(st.Routing, []int{0}) || st.TTL != 0 || st.Consistency != "QUORUM" {
		t.Errorf("statement %+v", st)
	}
	if p := mustCompile(t, mapped(avroKey, orders+"\ntombstone: ignore")); len(p.Tombstone.Parts) != 0 {
		t.Errorf("ignore: %+v", p.Tombstone)
	}
	p = mustCompile(t, mapped(avroKey, orders+"\ntombstone: dead_letter"))
	refuse := p.Tombstone.Parts[0].Refuse
	if refuse == nil || refuse.Reason != retry.ReasonTombstone || refuse.Table != "shop.orders" || !errors.Is(refuse, errTombstone) {
		t.Errorf("dead_letter: %+v", refuse)
	}
}

const byDay = `table: by_day
columns_from: value
tombstone: ignore
accept: [cross_partition]
columns:
  id: key.id
  region: header['region']`

// TestCompileColumnsFrom: every column but static ones takes the field of its
// name, those that are listed keep their own source, and keys stay in key order.
func TestCompileColumnsFrom(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, byDay))
	st := p.Write.Parts[0].Statement
	if !slices.Equal(st.Columns, []int{0, 1, 2, 3, 4}) || !slices.Equal(st.Routing, []int{0, 1}) {
		t.Errorf("columns %v, routing %v", st.Columns, st.Routing)
	}
	day, region := p.Write.Slots[0].Source, p.Write.Slots[1].Source
	if want := (Source{Root: RootValue, Path: []Step{{Name: "day"}}, Loose: true}); !reflect.DeepEqual(day, want) {
		t.Errorf("day is fed by %+v, want %+v", day, want)
	}
	if region.Root != RootHeader || region.Loose {
		t.Errorf("region is fed by %+v", region)
	}
}

// TestCompileSeveralTables: the slots of each part follow each other.
func TestCompileSeveralTables(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, orders)+"      - "+strings.ReplaceAll(byDay, "\n", "\n        ")+"\n")
	if len(p.Write.Parts) != 2 || p.Write.Parts[0].First != 0 || p.Write.Parts[1].First != 4 || len(p.Write.Slots) != 9 {
		t.Errorf("parts %+v, %d slots", p.Write.Parts, len(p.Write.Slots))
	}
	if got := p.Write.Targets(RootKey); len(got) != 2 || got[0].Slot != 0 || got[1].Slot != 7 {
		t.Errorf("key targets %+v", got)
	}
}

func TestCompileFaults(t *testing.T) {
	const ok = "columns: {id: key.id}"
	tests := []struct{ name, src, want string }{
		{"no keyspace", strings.Replace(mapped(avroKey, "table: orders\n"+ok), "keyspace: shop", "consistency: ALL", 1), `m.yaml:7:16: nothing says which keyspace table "orders" is in (write keyspace.table`},
		{"keyspace missing", mapped(avroKey, "table: shp.orders\n"+ok), `m.yaml:7:16: the cluster has no keyspace "shp" (did you mean "shop"?)`},
		{"table missing", mapped(avroKey, "table: order\n"+ok), `keyspace "shop" has no table "order" (did you mean "orders"?)`},
		{"table far away", mapped(avroKey, "table: customers\n"+ok), `keyspace "shop" has no table "customers" (it has: "by_day", "log", "orders", "sessions", "visits")`},
		{"no tables at all", mapped(avroKey, "table: empty.orders\n"+ok), `m.yaml:7:16: keyspace "empty" has no table "orders"`},
		{"column missing", mapped(avroKey, "table: orders\ncolumns:\n  id: key.id\n  custmer_id: value.c"), `m.yaml:10:11: table shop.orders has no column "custmer_id" (did you mean "customer_id"?)`},
		{"key column unmapped", mapped(avroKey, "table: orders\ncolumns:\n  note: value.note"), "m.yaml:7:16: column \"id\" is part of the primary key of shop.orders, and nothing feeds it (add it under `columns:`, for example `id: key.id`)"},
		{"static without the full key", mapped(avroKey, "table: by_day\ncolumns: {day: key.day, region: key.region, id: key.id, owner: value.owner}"), `column "placed_at" is part of the primary key of shop.by_day`},
		{"counter", mapped(avroKey, "table: visits\ncolumns: {page: key.page, hits: value.hits}"), "m.yaml:7:16: table shop.visits has counter columns, and upsert cannot write them"},
		{"table twice", mapped(avroKey, "table: orders\n"+ok) + "      - table: shop.orders\n        " + ok + "\n", "m.yaml:9:16: table shop.orders is already fed by this topic in line 7"},
		{"constant of another type", mapped(avroKey, "table: orders\ncolumns:\n  id: key.id\n  customer_id: {const: web}"), `m.yaml:10:32: column "customer_id": a column of type bigint takes`},
		{"default of another type", mapped(avroKey, "table: orders\ncolumns:\n  id: key.id\n  rate: {from: value.r, default: none}"), `m.yaml:10:42: column "rate": a column of type double takes`},
		{"header type", mapped(avroKey, "table: orders\ncolumns:\n  id: key.id\n  rate: header['r']"), `m.yaml:10:17: header['r'] cannot feed column "rate": string cannot become double`},
		{"meta type", mapped(avroKey, "table: orders\ncolumns:\n  id: key.id\n  note: meta.offset"), `m.yaml:10:17: meta.offset cannot feed column "note": long cannot become text`},
		{"topic type", mapped(avroKey, "table: orders\ncolumns:\n  id: key.id\n  rate: meta.topic"), `meta.topic cannot feed column "rate": string cannot become double`},
		{"plain key type", mapped(stringKey, "table: orders\ncolumns:\n  id: key"), `m.yaml:9:15: the key cannot feed column "id": string cannot become bigint`},
		{"unit", mapped(avroKey, "table: orders\ncolumns:\n  id: key.id\n  note: {from: value.r, unit: s}"), `m.yaml:10:39: "unit" is for columns of type timestamp; "note" is text`},
		{"tombstone unstated", mapped(avroKey, "table: by_day\ncolumns_from: value\ncolumns: {id: key.id}"), "m.yaml:7:16: a record without a value cannot say which row of shop.by_day to delete: key column \"day\" is fed by value.day (say `tombstone: ignore` or `tombstone: dead_letter`"},
		{"tombstone delete", mapped(avroKey, "table: by_day\ncolumns_from: value\ntombstone: delete\ncolumns: {id: key.id}"), "cannot say which row of shop.by_day to delete"},
		{"default ttl", mapped(stringKey, "table: sessions\ncolumns: {id: key}"), "m.yaml:7:16: table shop.sessions has a default_time_to_live, which counts from each write: reading the topic again lengthens the life of its rows (say `ttl:` (the table's is 1d)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, ds := compileOne(t, tt.src)
			if p != nil || ds.Err() == nil {
				t.Fatal("no fault was found")
			}
			if got := ds.Err().Error(); !strings.Contains(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if strings.Count(ds.Err().Error(), "\n") > 0 {
				t.Errorf("more than one fault:\n%v", ds.Err())
			}
		})
	}
}

func TestCompileDefaultKeyspace(t *testing.T) {
	cat := shop(t)
	cat.Default = "shop"
	f := mustParse(t, "version: 1\ntopics: [{topic: a, tables: [{table: orders, columns: {id: key.id}}]}]\n")
	if _, ds := Compile(f, 0, cat); ds.Err() != nil {
		t.Error(ds.Err())
	}
	if got := f.Keyspaces("shop"); !slices.Equal(got, []string{"shop"}) {
		t.Errorf("keyspaces %q", got)
	}
}

// TestCompileMeetings: which tables need accept: [cross_partition].
func TestCompileMeetings(t *testing.T) {
	const otherTopic = "  - topic: more\n    tables: [{table: log, accept: [cross_partition], columns: {topic: meta.topic, partition: meta.partition, offset: meta.offset}}, {table: orders, columns: {id: key.id}}]\n"
	const log = "table: log\ncolumns:\n  topic: meta.topic\n  partition: meta.partition\n  offset: meta.offset"
	tests := []struct {
		name, src string
		severity  Severity
		want      string // empty: nothing is said
	}{
		{"avro key in the primary key", mapped(avroKey, "table: orders\ncolumns: {id: key.id}"), 0, ""},
		{"long key in the primary key", mapped(longKey, "table: orders\ncolumns: {id: key}"), 0, ""},
		{"long key elsewhere", mapped(longKey, "table: orders\ncolumns: {id: meta.offset, customer_id: key}"), Error, "the primary key of shop.orders does not contain the key"},
		{"avro key elsewhere", mapped(avroKey, "table: orders\ntombstone: ignore\ncolumns: {id: value.id, customer_id: key.id}"), Error, "m.yaml:7:16: the primary key of shop.orders does not contain the key, so records of different keys can meet in one row (feed the primary key from the key, or, if the producers' clocks may decide which record wins, say `accept: [cross_partition]`)"},
		{"accepted", mapped(avroKey, "table: orders\ntombstone: ignore\naccept: [cross_partition]\ncolumns: {id: value.id}"), 0, ""},
		{"key not read", mapped("", "table: orders\ntombstone: ignore\ncolumns: {id: value.id}"), Warning, "the key is not read"},
		{"key not read, accepted", mapped("", "table: orders\ntombstone: ignore\naccept: [cross_partition]\ncolumns: {id: value.id}"), 0, ""},
		{"partition in the primary key", mapped("", log), 0, ""},
		{"a part of the value too", mapped(avroKey, "table: by_day\ntombstone: ignore\ncolumns: {day: value.day, region: key.r, placed_at: key.p, id: key.id}"), Note, "the primary key of shop.by_day holds value.day: when that changes for a key, the old row stays"},
		{"static column", mapped(avroKey, "table: by_day\ncolumns: {day: {const: '2026-01-31'}, region: key.r, placed_at: key.p, id: key.id, owner: value.o}"), 0, ""},
		{"static column of another key", mapped(avroKey, "table: by_day\ntombstone: ignore\ncolumns: {day: value.d, region: value.r, placed_at: key.p, id: key.id, owner: value.o}"), Error, "the partition key, which its static columns belong to, of shop.by_day does not contain the key"},
		{"two topics", mapped(avroKey, "table: orders\ncolumns: {id: key.id}") + otherTopic, Error, `topic "more" feeds shop.orders too, so records of different partitions can meet in one row`},
		{"two topics, kept apart", mapped("", log) + otherTopic, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, ds := compileOne(t, tt.src)
			found := slices.ContainsFunc(ds, func(d Diagnostic) bool {
				text := d.place() + ": " + d.Message + " (" + d.Hint + ")"
				return d.Severity == tt.severity && strings.Contains(text, tt.want)
			})
			if tt.want == "" && len(ds) > 0 || tt.want != "" && !found {
				t.Errorf("got %v, want %s %q", ds, tt.severity, tt.want)
			}
		})
	}
}

func TestDiffer(t *testing.T) {
	text, number := &Type{Kind: TypeText}, &Type{Kind: TypeInt}
	constant := func(s string) *Source { return &Source{Root: RootConst, Const: Const{Text: s}} }
	topic, offset := &Source{Root: RootMeta, Name: "topic"}, &Source{Root: RootMeta, Name: "offset"}
	for _, tt := range []struct {
		name string
		a, b *Source
		t    *Type
		want bool
	}{
		{"constants", constant("a"), constant("b"), text, true},
		{"one constant", constant("a"), constant("a"), text, false},
		{"numbers may be one in two spellings", constant("1"), constant("1.0"), number, false},
		{"topics", topic, topic, text, true},
		{"offsets", offset, offset, number, false},
		{"topic and constant", topic, constant("a"), text, false},
	} {
		if got := differ(tt.a, tt.b, tt.t); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestSeconds(t *testing.T) {
	for n, want := range map[int]string{86400: "1d", 5400: "90m", 7200: "2h", 61: "61s"} {
		if got := seconds(n); got != want {
			t.Errorf("%d s is written %s, want %s", n, got, want)
		}
	}
}

func TestHoldsTimestamp(t *testing.T) {
	for text, want := range map[string]bool{
		"timestamp": true, "list<timestamp>": true, "map<timestamp, int>": true, "map<int, frozen<set<timestamp>>>": true,
		"tuple<int, timestamp>": true, "bigint": false, "date": false, "list<int>": false, "tuple<int, text>": false,
	} {
		typ, err := ParseType(text, nil)
		if err != nil || holdsTimestamp(typ) != want {
			t.Errorf("%s: %v, want %t", text, err, want)
		}
	}
}
