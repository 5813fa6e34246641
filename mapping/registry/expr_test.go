package registry

import (
	"strings"
	"testing"

	"ingest/mapping"
)

const saleRecord = `{"type":"record","name":"Sale","fields":[
	{"name":"status","type":["null","string"]},
	{"name":"cents","type":"long"},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
	{"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"},{"name":"next","type":["null","Line"]}]}}}]}`

const saleTables = `
version: 1
topics:
  - topic: events
    key: {format: string}
    tables:
      - table: shop.sales
        when: value.status != 'TEST'
        delete_when: value.status == 'GONE'
        ttl: "value.cents > 100 ? 60 : nil"
        columns:
          id: key
          label: lower(value.status) + '/' + meta.topic
          day: bucket(value.at, '1d')
          cents: value.cents * 2
          skus: map(value.lines, .sku)
          doc: json(value.lines[0])
      - table: shop.lines
        for_each: value.lines
        when: item.sku != 'none'
        delete_when: item.sku startsWith '-'
        tombstone: ignore
        columns: {id: key, line: item_index + 1, sku: upper(item.sku)}
`

func saleMapper(t *testing.T, w *world) *Mapper {
	return NewMapper(saleProgram(t), w.client)
}

func saleProgram(t *testing.T) *mapping.Program {
	return compile(t, saleTables,
		table(t, "sales", 1, "id", "text", "label", "text", "day", "date", "cents", "int", "skus", "frozen<list<text>>", "doc", "text"),
		table(t, "lines", 2, "id", "text", "line", "int", "sku", "text"))
}

// sale encodes a record; lines without a next.
func sale(status string, cents, at int64, skus ...string) []byte {
	b := putLong(nil, 0)
	if status != "" {
		b = putString(putLong(nil, 1), status)
	}
	b = putLong(putLong(b, cents), at)
	if len(skus) > 0 {
		b = putLong(b, int64(len(skus)))
		for _, sku := range skus {
			b = putLong(putString(b, sku), 0)
		}
	}
	return framed(1, putLong(b, 0))
}

// TestMapExpressions: columns, conditions and lives, for records and for items.
func TestMapExpressions(t *testing.T) {
	w := newWorld(t, config())
	w.seed("events-value", 1, 1, saleRecord)
	check(t, mapAll(t, saleMapper(t, w),
		sale("PAID", 50, 0, "a", "none", "-b"),
		sale("", 51, -1),
		sale("TEST", 1, 0),
		sale("GONE", 1, 0),
		sale("X", 1<<62, 0),
		sale("X", 1<<31, 0),
		nil),
		"0: INSERT at 100: id=6b30 label=706169642f6576656e7473 day=80000000 cents=00000064 skus=000000030000000161000000046e6f6e65000000022d62 doc=7b226e657874223a6e756c6c2c22736b75223a2261227d",
		"0: INSERT at 100: id=6b30 line=00000001 sku=41",
		"0: DELETE at 100: id=6b30 line=00000003",
		"1: INSERT at 101: id=6b31 label=?3 day=7fffffff cents=00000066 skus=00000000 doc=?3",
		"3: DELETE at 103: id=6b33",
		"6: DELETE at 106: id=6b36",
		"4: value table=shop.sales column=cents path=value.cents * 2: at character 13 of the expression: the result has more than 64 bits",
		"5: value table=shop.sales column=cents path=value.cents * 2: out of range for int (-2147483648 to 2147483647)",
	)
}

// TestExpressionLife: each row has the life that its record says, and a replay of
// one table gives the same rows.
func TestExpressionLife(t *testing.T) {
	w := newWorld(t, config())
	w.seed("events-value", 1, 1, saleRecord)
	only, err := saleProgram(t).Only("shop.sales")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Mapper{saleMapper(t, w), NewMapper(only, w.client)} {
		var buf mapping.Buffer
		for i, cents := range []int64{50, 101} {
			rec := mapping.Record{Topic: "events", Key: []byte("k"), Value: sale("A", cents, 0), Timestamp: 1}
			if err := m.Map(t.Context(), &rec, 1, int32(i), &buf); err != nil {
				t.Fatal(err)
			}
		}
		if len(buf.Rows) != 2 || buf.Rows[0].TTL != 0 || buf.Rows[1].TTL != 60 || !buf.Rows[0].Statement.RowTTL {
			t.Errorf("got %d rows: %+v", len(buf.Rows), buf.Rows)
		}
	}
}

// TestPathIsExpression: a path gives the same by itself and within an expression.
func TestPathIsExpression(t *testing.T) {
	w := newWorld(t, config())
	w.seed("events-value", 1, 1, saleRecord)
	const paths = `
version: 1
topics:
  - topic: events
    key: {format: string}
    tables:
      - table: shop.sales
        accept: [cross_partition]
        tombstone: ignore
        columns:
          id: A
          label: B
          day: C
          cents: D
          doc: E
`
	for _, c := range [][5]string{
		{"key", "value.status", "value.at", "value.cents", "value.lines[0].sku"},
		{"key", "value.lines[0].next.sku", "value.at", "meta.partition", "value.lines[9].sku"},
		{"key", "meta.topic", "value.at", "meta.partition", "header['none']"},
	} {
		var got [2]string
		for form, wrap := range []string{"%", "'true ? (%) : nil'"} {
			text := paths
			for i, name := range []string{"A", "B", "C", "D", "E"} {
				text = strings.Replace(text, ": "+name, ": "+strings.ReplaceAll(quoted(wrap, c[i]), "%", c[i]), 1)
			}
			p := compile(t, text, table(t, "sales", 1, "id", "text", "label", "text", "day", "timestamp", "cents", "bigint", "skus", "text", "doc", "text"))
			got[form] = mapAll(t, NewMapper(p, w.client), sale("PAID", 7, 86_400_000, "a", "b"), sale("", -1, -1), sale("x", 1, 1, "c"))
		}
		// What is absent is null in an expression; both leave the column as it is.
		if got[0] != got[1] {
			t.Errorf("as paths\n%s\nas expressions\n%s", got[0], got[1])
		}
	}
}

// quoted writes what holds quotes itself in double quotes.
func quoted(wrap, path string) string {
	if strings.Contains(path, "'") {
		return `"` + strings.Trim(wrap, "'") + `"`
	}
	return wrap
}
