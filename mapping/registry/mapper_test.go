package registry

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"ingest/mapping"
	"ingest/retry"
)

// table makes a live table; the first column is its partition key, and so on
// for as many as keys says.
func table(t testing.TB, name string, keys int, columns ...string) *mapping.Table {
	t.Helper()
	table := &mapping.Table{Keyspace: "shop", Name: name, ID: name}
	for i := 0; i < len(columns); i += 2 {
		cql, err := mapping.ParseType(columns[i+1], func(string) (*mapping.Type, error) { return nil, errors.New("no UDT here") })
		if err != nil {
			t.Fatal(err)
		}
		col := mapping.Column{Name: columns[i], Type: cql}
		if i/2 < keys {
			col.Kind = mapping.PartitionKey
			table.PartitionKey = append(table.PartitionKey, i/2)
		}
		table.Columns = append(table.Columns, col)
	}
	return table
}

func compile(t testing.TB, file string, tables ...*mapping.Table) *mapping.Program {
	t.Helper()
	catalog := &mapping.Catalog{Names: []string{"shop"}, Keyspaces: map[string]map[string]*mapping.Table{"shop": {}}}
	for _, table := range tables {
		catalog.Keyspaces["shop"][table.Name] = table
	}
	parsed, found := mapping.Parse("mapping.yaml", []byte(file))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	program, found := mapping.Compile(parsed, 0, catalog)
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return program
}

const orders = `
version: 1
topics:
  - topic: orders
    key: {format: KEY}
    value: {format: avro}
    tables:
      - table: shop.orders
        tombstone: delete
        columns:
          id: key
          qty: value.qty
          schema: meta.schema_id
`

const (
	ordersValue = `{"type":"record","name":"Order","fields":[{"name":"qty","type":"int"}]}`
	widerValue  = `{"type":"record","name":"Order","fields":[{"name":"note","type":"string"},{"name":"qty","type":"int"}]}`
	otherValue  = `{"type":"record","name":"Order","fields":[{"name":"qty","type":"string"}]}`
)

// ordersMapper maps a topic whose key has a format and becomes an id of a type.
func ordersMapper(t testing.TB, w *world, format, id string) *Mapper {
	program := compile(t, strings.ReplaceAll(orders, "KEY", format), table(t, "orders", 1, "id", id, "qty", "int", "schema", "int"))
	return NewMapper(program, w.client)
}

// describe writes rows and poison, one per line.
func described(buf *mapping.Buffer) string {
	var b strings.Builder
	for _, row := range buf.Rows {
		fmt.Fprintf(&b, "%d: %s at %d:", row.Record, row.Statement.Op, row.Timestamp)
		for i, cell := range row.Cells {
			name := row.Statement.Table.Columns[row.Statement.Columns[i]].Name
			switch cell.State {
			case mapping.Value:
				fmt.Fprintf(&b, " %s=%s", name, hex.EncodeToString(cell.Data))
			default:
				fmt.Fprintf(&b, " %s=?%d", name, cell.State)
			}
		}
		b.WriteByte('\n')
	}
	for _, poison := range buf.Poison {
		fmt.Fprintf(&b, "%d: %v\n", poison.Record, poison.Err)
	}
	return b.String()
}

func long(v int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(v)) }

func TestMap(t *testing.T) {
	qty3 := framed(7, putLong(nil, 3))
	cases := []struct {
		name       string
		key        string // its format
		id         string // the column's type
		keyBytes   []byte
		value      []byte
		want       string
		wantSchema int32
	}{
		{"string key", "string", "text", []byte("o-1"), qty3, "4: INSERT at 99: id=6f2d31 qty=00000003 schema=00000007\n", 7},
		{"long key", "long", "bigint", long(-2), qty3, "4: INSERT at 99: id=fffffffffffffffe qty=00000003 schema=00000007\n", 7},
		{"avro key", "avro", "text", framed(1, putString(nil, "o-1")), qty3, "4: INSERT at 99: id=6f2d31 qty=00000003 schema=00000007\n", 7},
		{"empty string key", "string", "blob", []byte{}, qty3, "4: INSERT at 99: id= qty=00000003 schema=00000007\n", 7},
		{"newer schema", "string", "text", []byte("a"), framed(8, putLong(putString(nil, "n"), 3)), "4: INSERT at 99: id=61 qty=00000003 schema=00000008\n", 8},
		{"tombstone", "string", "text", []byte("o-1"), nil, "4: DELETE at 99: id=6f2d31\n", 0},

		{"null key", "string", "text", nil, qty3, "4: null_key table=shop.orders column=id path=key: a primary key column must have a value\n", 7},
		{"null avro key", "avro", "text", nil, qty3, "4: null_key table=shop.orders column=id path=key: a primary key column must have a value\n", 7},
		{"tombstone with a null key", "string", "text", nil, nil, "4: null_key table=shop.orders column=id path=key: a primary key column must have a value\n", 0},
		{"no magic byte", "string", "text", []byte("a"), []byte(`{"qty":3}`), "4: framing path=value: the first byte is 0x7b, where 0 stands in front of a schema id\n", 0},
		{"short frame", "string", "text", []byte("a"), []byte{0, 0, 0, 7}, "4: framing path=value: 4 bytes are too few for a schema id in front\n", 0},
		{"empty value", "string", "text", []byte("a"), []byte{}, "4: framing path=value: 0 bytes are too few for a schema id in front\n", 0},
		{"unframed key", "avro", "text", []byte("o-1 and more"), qty3, "4: framing path=key: the first byte is 0x6f, where 0 stands in front of a schema id\n", 7},
		{"unknown schema", "string", "text", []byte("a"), framed(1000, nil), "4: unknown_schema path=value: the schema registry does not know schema id 1000\n", 1000},
		{"negative schema id", "string", "text", []byte("a"), framed(-1, nil), "4: unknown_schema path=value: the schema registry does not know schema id -1\n", -1},
		{"truncated", "string", "text", []byte("a"), framed(7, nil), "4: decode path=value: at byte 0 of 0: the data ends within a value\n", 7},
		{"trailing", "string", "text", []byte("a"), framed(7, []byte{6, 0}), "4: decode path=value: at byte 1 of 2: bytes are left after the last field\n", 7},
		{"truncated key", "avro", "text", framed(1, putLong(nil, 9)), qty3, "4: decode path=key: at byte 1 of 1: a length is negative or reaches beyond the data\n", 7},
		{"long of 4 bytes", "long", "bigint", []byte{0, 0, 0, 1}, qty3, "4: decode path=key: a key of format long has 8 bytes, and this has 4\n", 7},
		{"schema that does not fit", "string", "text", []byte("a"), framed(9, putString(nil, "3")), "4: schema table=shop.orders column=qty path=value.qty type=int: string cannot become int: ", 9},
		{"key out of range", "long", "int", long(1 << 40), qty3, "4: value table=shop.orders column=id path=key type=int: ", 7},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, config())
				w.seed("orders-key", 1, 1, `"string"`)
				w.seed("orders-value", 1, 7, ordersValue)
				w.seed("orders-value", 2, 8, widerValue)
				w.seed("orders-value", 3, 9, otherValue)
				m := ordersMapper(t, w, c.key, c.id)
				rec := mapping.Record{Topic: "orders", Key: c.keyBytes, Value: c.value}
				for range 2 { // once with the plan to be made, once with it there
					var buf mapping.Buffer
					rec.SchemaID = 0
					if err := m.Map(t.Context(), &rec, 99, 4, &buf); err != nil {
						t.Fatal(err)
					}
					if got := described(&buf); got != c.want && (c.want[len(c.want)-1] == '\n' || !strings.HasPrefix(got, c.want)) {
						t.Errorf("\n got %s\nwant %s", got, c.want)
					}
					if rec.SchemaID != c.wantSchema {
						t.Errorf("schema id %d, want %d", rec.SchemaID, c.wantSchema)
					}
				}
			})
		})
	}
}

// A schema that does not fit one table does not keep the record from another.
func TestASchemaThatFitsOneOfTwoTables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.seed("orders-value", 1, 9, otherValue)
		program := compile(t, `
version: 1
topics:
  - topic: orders
    key: {format: string}
    value: {format: avro}
    tables:
      - table: shop.numbers
        columns:
          id: key
          qty: value.qty
      - table: shop.texts
        columns:
          id: key
          qty: value.qty
`, table(t, "numbers", 1, "id", "text", "qty", "int"), table(t, "texts", 1, "id", "text", "qty", "text"))
		var buf mapping.Buffer
		rec := mapping.Record{Topic: "orders", Key: []byte("a"), Value: framed(9, putString(nil, "3"))}
		if err := NewMapper(program, w.client).Map(t.Context(), &rec, 1, 0, &buf); err != nil {
			t.Fatal(err)
		}
		if len(buf.Rows) != 1 || buf.Rows[0].Statement.Table.Name != "texts" {
			t.Errorf("rows: %s", described(&buf))
		}
		if len(buf.Poison) != 1 {
			t.Fatalf("poison: %s", described(&buf))
		}
		if p := wantReason(t, buf.Poison[0].Err, retry.ReasonSchema); p.Table != "shop.numbers" {
			t.Errorf("poison %v, want it about shop.numbers", p)
		}
	})
}

// A payload that no column wants is not decoded: its schema need not be known.
func TestAPayloadThatNobodyWants(t *testing.T) {
	w := newWorld(t, config())
	program := compile(t, `
version: 1
topics:
  - topic: orders
    key: {format: string}
    value: {format: avro}
    tables:
      - table: shop.seen
        columns:
          id: key
`, table(t, "seen", 1, "id", "text"))
	var buf mapping.Buffer
	rec := mapping.Record{Topic: "orders", Key: []byte("a"), Value: framed(1000, nil)}
	if err := NewMapper(program, w.client).Map(t.Context(), &rec, 1, 0, &buf); err != nil {
		t.Fatal(err)
	}
	if len(buf.Rows) != 1 || rec.SchemaID != 1000 || w.asked() != 0 {
		t.Errorf("schema id %d, %d requests, %s", rec.SchemaID, w.asked(), described(&buf))
	}
}

func TestMapWaitsForTheRegistryUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.seed("orders-value", 1, 7, ordersValue)
		w.answers(gone)
		m := ordersMapper(t, w, "string", "text")
		revoked := errors.New("revoked")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Hour, func() { cancel(revoked) })
		var buf mapping.Buffer
		rec := mapping.Record{Topic: "orders", Key: []byte("a"), Value: framed(7, putLong(nil, 3))}
		if err := m.Map(ctx, &rec, 1, 0, &buf); !errors.Is(err, revoked) {
			t.Errorf("error %v, want the context's cause", err)
		}
		if len(buf.Rows)+len(buf.Poison) != 0 {
			t.Errorf("an outcome without an answer: %s", described(&buf))
		}
		w.answers(nil)
		if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil || len(buf.Rows) != 1 {
			t.Errorf("error %v, %s", err, described(&buf))
		}
	})
}

// Lanes share a Mapper; each sees its own records decoded with their schemas.
func TestLanesShareAMapper(t *testing.T) {
	w := newWorld(t, config())
	for id := range 20 {
		w.seed("orders-value", id+1, id+1, fmt.Sprintf(`{"type":"record","name":"Order%d","fields":[{"name":"qty","type":"int"}]}`, id))
	}
	m := ordersMapper(t, w, "string", "text")
	var lanes sync.WaitGroup
	for range 4 {
		lanes.Go(func() {
			var buf mapping.Buffer
			for i := range 2000 {
				rec := mapping.Record{Topic: "orders", Key: []byte("a"), Value: framed(int32(i%20)+1, putLong(nil, int64(i)))}
				if err := m.Map(t.Context(), &rec, 1, int32(i), &buf); err != nil {
					t.Error(err)
				}
			}
			for i, row := range buf.Rows {
				qty, schema := binary.BigEndian.Uint32(row.Cells[1].Data), binary.BigEndian.Uint32(row.Cells[2].Data)
				if int(qty) != i || int(schema) != i%20+1 {
					t.Errorf("row %d has qty %d of schema %d", i, qty, schema)
				}
			}
			if len(buf.Rows) != 2000 {
				t.Errorf("%d rows, want 2000; poison %v", len(buf.Rows), buf.Poison)
			}
		})
	}
	lanes.Wait()
	if n := w.asked(); n != 20 {
		t.Errorf("%d requests, want 20", n)
	}
}

func TestPlansAreBounded(t *testing.T) {
	w := newWorld(t, config())
	m := ordersMapper(t, w, "string", "text")
	w.seed("orders-value", 1, 7, ordersValue)
	schema, err := w.client.Schema(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	for id := range int32(3 * maxPlans) {
		m.write.value.add(schemaRef{id: id}, &entry{id: id, schema: schema})
		if n := len(*m.write.value.plans.Load()); n > maxPlans {
			t.Fatalf("%d plans, want at most %d", n, maxPlans)
		}
	}
}

func TestCheckNamesWhatDoesNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, config())
		w.seed("orders-value", 1, 7, ordersValue)
		w.seed("orders-value", 2, 9, otherValue)
		w.registry.SeedSchema("orders-value", 3, 10, sr.Schema{Schema: `{}`, Type: sr.TypeJSON})
		program := compile(t, strings.ReplaceAll(orders, "KEY", "avro"), table(t, "orders", 1, "id", "text", "qty", "int", "schema", "int"))
		found, err := checked(t.Context(), w.client, program)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for i := range found {
			fmt.Fprintln(&text, found[i].String())
		}
		for _, want := range []string{
			`subject "orders-key"`, // not registered: a warning
			"subject orders-value version 2 (id 9)",
			"subject orders-value version 3 (id 10): it is a schema of type JSON",
		} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("found\n%swant %q in it", text.String(), want)
			}
		}
		if err := found.Err(); err == nil || strings.Contains(err.Error(), "JSON") {
			t.Errorf("errors %v, want the type that does not fit alone", err)
		}
	})
}

func FuzzMap(f *testing.F) {
	f.Add([]byte("key"), framed(7, []byte{6}))
	f.Add([]byte{0, 0, 0, 0, 1, 2, 65}, framed(8, []byte{2, 65, 6}))
	f.Add([]byte{}, []byte{})
	w := newWorld(f, config())
	w.seed("orders-key", 1, 1, `"string"`)
	w.seed("orders-value", 1, 7, ordersValue)
	w.seed("orders-value", 2, 8, widerValue)
	m := ordersMapper(f, w, "avro", "text")
	f.Fuzz(func(t *testing.T, key, value []byte) {
		key, value = slices.Clone(key), slices.Clone(value)
		if len(value) >= 5 && value[0] == 0 {
			value[1], value[2], value[3], value[4] = 0, 0, 0, 7+value[4]&1 // an id that is known at once
		}
		if len(key) >= 5 && key[0] == 0 {
			key[1], key[2], key[3], key[4] = 0, 0, 0, 1
		}
		var buf mapping.Buffer
		rec := mapping.Record{Topic: "orders", Key: key, Value: value}
		if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
			t.Fatal(err)
		}
		if n := len(buf.Rows) + len(buf.Poison); n != 1 {
			t.Errorf("%d outcomes, want 1", n)
		}
	})
}
