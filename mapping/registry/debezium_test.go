package registry

import (
	"fmt"
	"os"
	"strings"
	"testing"

	twmb "github.com/twmb/avro"

	"ingest/mapping"
)

// debeziumSchema is what a connector's Avro converter registers.
func debeziumSchema(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/debezium/" + name + ".avsc")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// written encodes a value by another implementation.
func written(t testing.TB, id int32, schema string, v map[string]any) []byte {
	t.Helper()
	parsed, err := twmb.Parse(schema)
	if err != nil {
		t.Fatal(err)
	}
	data, err := parsed.AppendEncode(framed(id, nil), v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const customers = `
version: 1
topics:
  - topic: customers
    envelope: debezium
TOPIC    tables:
      - table: shop.customers
        columns_from: value
        columns: {id: key.id}
      - table: shop.cities
        columns: {city: value.city, id: key.id, name: {from: value.name, default: none}, op: op, lsn: source.lsn, ms: envelope.ts_ms, was: before.name}
`

// debezium is a topic of change events of a PostgreSQL table.
type debezium struct {
	t      *testing.T
	world  *world
	mapper *Mapper
	schema string
	buf    mapping.Buffer
	n      int32
}

func customersProgram(t *testing.T, topic string) *mapping.Program {
	return compile(t, strings.Replace(customers, "TOPIC", topic, 1),
		table(t, "customers", 1, "id", "int", "city", "text", "name", "text", "bio", "text", "photo", "blob", "tags", "frozen<list<text>>", "scores", "frozen<list<int>>"),
		table(t, "cities", 2, "city", "text", "id", "int", "name", "text", "op", "text", "lsn", "bigint", "ms", "timestamp", "was", "text"))
}

func newDebezium(t *testing.T, topic string) *debezium {
	d := &debezium{t: t, world: newWorld(t, config()), schema: debeziumSchema(t, "postgres-envelope")}
	d.world.seed("customers-key", 1, 1, debeziumSchema(t, "postgres-key"))
	d.world.seed("customers-value", 1, 2, d.schema)
	d.mapper = NewMapper(customersProgram(t, topic), d.world.client)
	return d
}

func customer(id int, city string, more ...any) map[string]any {
	row := map[string]any{"id": id, "city": city}
	for i := 0; i < len(more); i += 2 {
		row[more[i].(string)] = more[i+1]
	}
	return row
}

// event maps a change of the customer 7.
func (d *debezium) event(op string, before, after map[string]any) *debezium {
	v := map[string]any{"op": op, "ts_ms": int64(1_700_000_000_123), "source": map[string]any{
		"version": "3.0.0.Final", "connector": "postgresql", "name": "dbserver1", "ts_ms": int64(1_700_000_000_000), "snapshot": "false",
		"db": "inventory", "schema": "public", "table": "customers", "lsn": int64(24023128)}}
	if before != nil {
		v["before"] = before
	}
	if after != nil {
		v["after"] = after
	}
	return d.value(written(d.t, 2, d.schema, v))
}

func (d *debezium) value(value []byte) *debezium {
	rec := mapping.Record{Key: framed(1, putLong(nil, 7)), Value: value, Timestamp: 1_700_000_000_200}
	if err := d.mapper.Map(d.t.Context(), &rec, 100+int64(d.n), d.n, &d.buf); err != nil {
		d.t.Fatal(err)
	}
	d.n++
	return d
}

const (
	lsn = " lsn=00000000016e9058 ms=0000018bcfe5687b"
	un  = " name=?3 bio=?3 photo=?3 tags=?3 scores=?3"
	tmb = " name=?4 bio=?4 photo=?4 tags=?4 scores=?4"
)

// TestDebeziumWrites: a null of a new row leaves the column as it is, any other
// deletes what is in it.
func TestDebeziumWrites(t *testing.T) {
	d := newDebezium(t, "")
	d.event("c", nil, customer(7, "A")).event("u", nil, customer(7, "A")).event("r", nil, customer(7, "A", "name", "N", "tags", []any{"x"}))
	check(t, described(&d.buf),
		"0: INSERT at 100: id=00000007 city=41"+un,
		"0: INSERT at 100: city=41 id=00000007 name=?3 op=63"+lsn+" was=?3",
		"1: INSERT at 101: id=00000007 city=41"+tmb,
		"1: INSERT at 101: city=41 id=00000007 name=?4 op=75"+lsn+" was=?4",
		"2: INSERT at 102: id=00000007 city=41 name=4e bio=?4 photo=?4 tags=000000010000000178 scores=?4",
		"2: INSERT at 102: city=41 id=00000007 name=4e op=72"+lsn+" was=?4")
}

// TestDebeziumUnavailable: what the database did not tell stays as it is, and no
// default takes its place.
func TestDebeziumUnavailable(t *testing.T) {
	const gone = mapping.Unavailable
	var digits []any
	for _, digit := range []byte(gone) {
		digits = append(digits, int(digit))
	}
	d := newDebezium(t, "")
	d.event("u", nil, customer(7, "A", "name", gone, "bio", gone, "photo", []byte(gone), "tags", []any{gone}, "scores", digits))
	d.event("u", nil, customer(7, "A", "name", gone+"!", "tags", []any{gone, gone}))
	text := strings.Repeat("00", 0)
	for _, b := range []byte(gone) {
		text += string("0123456789abcdef"[b>>4]) + string("0123456789abcdef"[b&15])
	}
	check(t, described(&d.buf),
		"0: INSERT at 100: id=00000007 city=41"+un,
		"0: INSERT at 100: city=41 id=00000007 name=?3 op=75"+lsn+" was=?4",
		"1: INSERT at 101: id=00000007 city=41 name="+text+"21 bio=?4 photo=?4 tags=000000020000001c"+text+"0000001c"+text+" scores=?4",
		"1: INSERT at 101: city=41 id=00000007 name="+text+"21 op=75"+lsn+" was=?4")
}

// TestDebeziumPlaceholder: the connector's own placeholder counts in place of the
// default, in every form in which a connector writes it.
func TestDebeziumPlaceholder(t *testing.T) {
	for said, gone := range map[string]string{"__gone__": "__gone__", "'hex:7e676f6e65c3b67e'": "~goneö~"} {
		d := newDebezium(t, "")
		program := compile(t, strings.Replace(strings.Replace(customers, "TOPIC", "", 1), "envelope: debezium", "envelope: {type: debezium, unavailable: "+said+"}", 1),
			customersProgram(t, "").Write.Parts[0].Statement.Table, customersProgram(t, "").Write.Parts[1].Statement.Table)
		d.mapper = NewMapper(program, d.world.client)
		var digits []any
		for _, b := range []byte(gone) {
			digits = append(digits, int(int8(b))) // a byte of Java
		}
		d.event("u", nil, customer(7, "A", "name", gone, "bio", gone, "photo", []byte(gone), "tags", []any{gone}, "scores", digits))
		d.event("u", nil, customer(7, "A", "name", mapping.Unavailable))
		check(t, described(&d.buf),
			"0: INSERT at 100: id=00000007 city=41"+un,
			"0: INSERT at 100: city=41 id=00000007 name=?3 op=75"+lsn+" was=?4",
			fmt.Sprintf("1: INSERT at 101: id=00000007 city=41 name=%x bio=?4 photo=?4 tags=?4 scores=?4", mapping.Unavailable),
			fmt.Sprintf("1: INSERT at 101: city=41 id=00000007 name=%x op=75%s was=?4", mapping.Unavailable, lsn))
	}
}

// TestDebeziumMovesAndDeletes: the row of another primary key goes, and a deleted
// row is the one before.
func TestDebeziumMovesAndDeletes(t *testing.T) {
	d := newDebezium(t, "")
	d.event("u", customer(7, "A", "name", "old"), customer(7, "B")).event("u", customer(7, "B"), customer(7, "B")).event("d", customer(7, "B"), nil).value(nil)
	check(t, described(&d.buf),
		"0: INSERT at 100: id=00000007 city=42"+tmb,
		"0: INSERT at 100: city=42 id=00000007 name=?4 op=75"+lsn+" was=6f6c64",
		"0: DELETE at 100: city=41 id=00000007",
		"1: INSERT at 101: id=00000007 city=42"+tmb,
		"1: INSERT at 101: city=42 id=00000007 name=?4 op=75"+lsn+" was=?4",
		"2: DELETE at 102: id=00000007",
		"2: DELETE at 102: city=42 id=00000007")
}

// TestDebeziumWhenAndTheKey: an event that a condition decides about deletes the row
// before it only when the primary key has changed, also where the key has a constant.
func TestDebeziumWhenAndTheKey(t *testing.T) {
	of := func(condition string) string {
		d := newDebezium(t, "")
		file := "version: 1\ntopics:\n  - topic: customers\n    envelope: debezium\n    tables:\n      - table: shop.all\n        " + condition +
			"\n        columns: {kind: {const: customer}, id: value.id, city: {from: value.city, default: none}}\n"
		d.mapper = NewMapper(compile(t, file, table(t, "all", 2, "kind", "text", "id", "int", "city", "text")), d.world.client)
		d.event("u", customer(7, "A"), customer(7, "TEST")).event("u", customer(7, "A"), customer(8, "TEST")).event("d", customer(7, "TEST"), nil)
		return described(&d.buf)
	}
	const kind = "kind=637573746f6d6572 "
	check(t, of("when: value.city != 'TEST'"), "1: DELETE at 101: "+kind+"id=00000007", "2: DELETE at 102: "+kind+"id=00000007")
	check(t, of("delete_when: value.city == 'TEST'"), "0: DELETE at 100: "+kind+"id=00000007",
		"1: DELETE at 101: "+kind+"id=00000008", "1: DELETE at 101: "+kind+"id=00000007", "2: DELETE at 102: "+kind+"id=00000007")
}

// TestDebeziumKeyBecomesNull: a row whose new primary key has no value is poison, and
// the row before it stays for the replay; where a condition leaves the new row out, the
// one before it goes, for the source's has moved away from that key. A row that had no
// primary key was never written.
func TestDebeziumKeyBecomesNull(t *testing.T) {
	of := func(condition string) *debezium {
		d := newDebezium(t, "")
		file := "version: 1\ntopics:\n  - topic: customers\n    envelope: debezium\n    tables:\n      - table: shop.names\n        tombstone: ignore\n" + condition +
			"        columns: {name: value.name, id: value.id, city: value.city}\n"
		d.mapper = NewMapper(compile(t, file, table(t, "names", 2, "name", "text", "id", "int", "city", "text")), d.world.client)
		return d.event("u", customer(7, "A", "name", "N"), customer(7, "A")).event("u", customer(7, "A"), customer(7, "A", "name", "M"))
	}
	const moved = "1: INSERT at 101: name=4d id=00000007 city=41"
	check(t, described(&of("").buf), moved, "0: null_key table=shop.names column=name path=value.name: a primary key column must have a value")
	check(t, described(&of("        when: value.name != nil\n").buf), "0: DELETE at 100: name=4e id=00000007", moved)
}

// TestDebeziumOwnStatement: a statement of `cql:` follows the events too, whatever the
// order of its binds.
func TestDebeziumOwnStatement(t *testing.T) {
	d := newDebezium(t, "")
	program := compile(t, `
version: 1
topics:
  - topic: customers
    envelope: debezium
    tables:
      - table: shop.cities
        cql: UPDATE cities USING TIMESTAMP :timestamp SET names[:n] = :n WHERE id = :i AND city = :c
        columns: {i: key.id, c: value.city, n: value.name}
`, table(t, "cities", 2, "city", "text", "id", "int", "names", "map<text, text>"))
	d.mapper = NewMapper(program, d.world.client)
	d.event("u", customer(7, "A", "name", "old"), customer(7, "B", "name", "N")).event("d", customer(7, "B"), nil).value(nil)
	check(t, described(&d.buf),
		"0: UPDATE at 100: names=4e names=4e id=00000007 city=42",
		"0: DELETE at 100: id=00000007 city=41",
		"1: DELETE at 101: id=00000007 city=42")
}

// TestDebeziumPoison: what an event does not tell, and what cannot be followed.
func TestDebeziumPoison(t *testing.T) {
	d := newDebezium(t, "")
	d.world.seed("flat", 1, 3, `{"type":"record","name":"Value","fields":[{"name":"id","type":"int"}]}`)
	d.event("d", nil, nil).event("t", nil, nil).event("u", customer(7, "A"), nil).event("x", nil, customer(7, "A")).value(framed(3, putLong(nil, 7)))
	check(t, described(&d.buf),
		"0: DELETE at 100: id=00000007",
		"0: null_key table=shop.cities column=city path=before.city: "+errNoBeforeText,
		"1: truncate path=op: the source's table was truncated, and the rows here stay: truncate the table, or say `truncate: ignore`",
		"2: value path=value: the event does not hold the row after the change",
		"3: value path=op: it is none of the operations that are known",
		"4: schema path=op: it is no Debezium event: it has no op")
}

const errNoBeforeText = "the event does not hold it before the change: the source's table needs REPLICA IDENTITY FULL (PostgreSQL) or a full row image"

// TestDebeziumIgnores: messages, heartbeats and the borders of transactions have
// nothing to do with rows.
func TestDebeziumIgnores(t *testing.T) {
	d := newDebezium(t, "    truncate: ignore\n")
	beat, border := debeziumSchema(t, "heartbeat"), debeziumSchema(t, "transaction")
	d.world.seed("heartbeat", 1, 3, beat)
	d.world.seed("transaction", 1, 4, border)
	d.event("t", nil, nil).event("m", nil, nil).value(nil)
	d.value(written(t, 3, beat, map[string]any{"ts_ms": int64(1)}))
	d.value(written(t, 4, border, map[string]any{"status": "BEGIN", "id": "571", "ts_ms": int64(1)}))
	check(t, described(&d.buf))
}

// TestDebeziumOnlyOneTable: the program of one table finds the op by itself.
func TestDebeziumOnlyOneTable(t *testing.T) {
	d := newDebezium(t, "")
	only, err := customersProgram(t, "").Only("shop.cities")
	if err != nil {
		t.Fatal(err)
	}
	d.mapper = NewMapper(only, d.world.client)
	d.event("u", customer(7, "A"), customer(7, "B")).event("d", customer(7, "B"), nil)
	check(t, described(&d.buf),
		"0: INSERT at 100: city=42 id=00000007 name=?4 op=75"+lsn+" was=?4",
		"0: DELETE at 100: city=41 id=00000007",
		"1: DELETE at 101: city=42 id=00000007")
}

// TestDebeziumCheck: validate names what the source's table has to send.
func TestDebeziumCheck(t *testing.T) {
	d := newDebezium(t, "")
	d.world.seed("customers-value", 2, 3, debeziumSchema(t, "heartbeat"))
	ds, err := checked(t.Context(), d.world.client, customersProgram(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	const want = "the primary key of shop.cities needs before.city to find the row that an event deletes or moves, and a source sends that only with its whole rows"
	if len(ds) != 1 || ds[0].Severity != mapping.Warning || ds[0].Message != want {
		t.Errorf("got %+v, want a warning %q", ds, want)
	}
}

// TestDebeziumCheckFlattened: records that are flattened already are no envelopes.
func TestDebeziumCheckFlattened(t *testing.T) {
	w := newWorld(t, config())
	w.seed("customers-key", 1, 1, debeziumSchema(t, "postgres-key"))
	w.seed("customers-value", 1, 2, `{"type":"record","name":"Value","fields":[{"name":"id","type":"int"},{"name":"city","type":"string"}]}`)
	ds, err := checked(t.Context(), w.client, customersProgram(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	if len(ds) == 0 || !strings.Contains(ds[0].Message, "is a Debezium envelope") {
		t.Errorf("got %v", ds)
	}
}

// TestDebeziumDefaultKey: a default stands for a key's null in the row before as it
// does in the row after, but not for a row that the event does not hold.
func TestDebeziumDefaultKey(t *testing.T) {
	w := newWorld(t, config())
	schema := debeziumSchema(t, "postgres-envelope")
	w.seed("customers-key", 1, 1, debeziumSchema(t, "postgres-key"))
	w.seed("customers-value", 1, 2, schema)
	program := compile(t, `
version: 1
topics:
  - topic: customers
    envelope: debezium
    tables:
      - table: shop.names
        columns: {name: {from: value.name, default: none, nulls: default}, id: value.id}
`, table(t, "names", 2, "name", "text", "id", "int"))
	d := &debezium{t: t, world: w, mapper: NewMapper(program, w.client), schema: schema}
	d.event("u", customer(7, "A"), customer(7, "A", "name", "N"))
	d.event("u", nil, customer(7, "A", "name", "N")).event("d", customer(7, "A"), nil).event("d", nil, nil)
	check(t, described(&d.buf),
		"0: INSERT at 100: name=4e id=00000007",
		"0: DELETE at 100: name=6e6f6e65 id=00000007",
		"1: INSERT at 101: name=4e id=00000007",
		"2: DELETE at 102: name=6e6f6e65 id=00000007",
		"3: null_key table=shop.names column=name path=before.name: "+errNoBeforeText)
}

// TestDebeziumMySQL: the envelope of another connector is the same but for source.
func TestDebeziumMySQL(t *testing.T) {
	w := newWorld(t, config())
	schema := debeziumSchema(t, "mysql-envelope")
	w.seed("customers-key", 1, 1, debeziumSchema(t, "mysql-key"))
	w.seed("customers-value", 1, 2, schema)
	program := compile(t, `
version: 1
topics:
  - topic: customers
    envelope: debezium
    tables:
      - table: shop.users
        timestamp: source.ts_ms
        accept: [event_time_ties]
        columns: {id: key.id, name: value.name, age: value.age, file: source.file}
`, table(t, "users", 1, "id", "int", "name", "text", "age", "int", "file", "text"))
	d := &debezium{t: t, world: w, mapper: NewMapper(program, w.client), schema: schema}
	source := map[string]any{"version": "3", "connector": "mysql", "name": "s", "ts_ms": int64(1_700_000_000_000), "snapshot": "last", "db": "demo", "server_id": int64(1), "file": "b", "pos": int64(4), "row": 0}
	for _, v := range []map[string]any{
		{"op": "r", "after": map[string]any{"id": 7, "name": "N"}, "source": source},
		{"op": "d", "before": map[string]any{"id": 7, "name": "N"}, "source": source},
	} {
		d.value(written(t, 2, schema, v))
	}
	check(t, described(&d.buf),
		"0: INSERT at 1700000000000000: id=00000007 name=4e age=?4 file=62",
		"1: DELETE at 1700000000000000: id=00000007")
}
