package registry

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"ingest/mapping"
)

const benchSchema = `{"type":"record","name":"Order","namespace":"com.acme","fields":[
 {"name":"id","type":"string"},
 {"name":"customer","type":"string"},
 {"name":"placed_at","type":{"type":"long","logicalType":"timestamp-millis"}},
 {"name":"quantity","type":"int"},
 {"name":"line_count","type":"int"},
 {"name":"version","type":"long"},
 {"name":"price","type":"double"},
 {"name":"discount","type":"double"},
 {"name":"paid","type":"boolean"},
 {"name":"gift","type":"boolean"},
 {"name":"note","type":["null","string"]},
 {"name":"channel","type":{"type":"enum","name":"Channel","symbols":["WEB","APP","STORE"]}}]}`

const benchMapping = `
version: 1
topics:
  - topic: orders
    key: {format: string}
    value: {format: avro}
    tables:
      - table: shop.orders
        accept: [cross_partition]
        tombstone: ignore
        columns_from: value
`

// benchByEvent is benchMapping ordered by a time of the record's.
var benchByEvent = strings.Replace(benchMapping, "accept: [cross_partition]", "accept: [cross_partition, event_time_ties]\n        timestamp: value.placed_at", 1)

// benchWhen is benchMapping with conditions.
var benchWhen = strings.Replace(benchMapping, "tombstone: ignore", "tombstone: ignore\n        when: value.channel != 'TEST' and value.quantity > 0\n        delete_when: value.note == 'gone'", 1)

func benchValue(id int32) []byte {
	b := putString(framed(id, nil), "6f1c2b9e-8a41-4f63-9c0e-2f0a6f0f3d11")
	b = putString(b, "customer-0000042-of-the-northern-region")
	for _, v := range []int64{benchTime, 3, 12, 8_812_345} {
		b = putLong(b, v)
	}
	for _, v := range []float64{129.95, 0.15} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	b = append(b, 1, 0)
	b = putString(putLong(b, 1), "leave it with the neighbour, please")
	return putLong(b, 2)
}

func benchMapper(b testing.TB, file string) *Mapper {
	w := newWorld(b, config())
	w.seed("orders-value", 1, 7, benchSchema)
	w.seed("orders-value", 2, 8, benchSchema[:len(benchSchema)-2]+`,{"name":"extra","type":"null"}]}`)
	return NewMapper(compile(b, file, table(b, "orders", 1,
		"id", "text", "customer", "text", "placed_at", "timestamp", "quantity", "int", "line_count", "int", "version", "bigint",
		"price", "double", "discount", "double", "paid", "boolean", "gift", "boolean", "note", "text", "channel", "text")), w.client)
}

// benchTime is when the records were written, and what they say about it:
// milliseconds since 1970.
const benchTime = 1_767_225_600_123

const benchRun = 500 // records between two resets of the buffer

// BenchmarkMap is the whole way of a record of 12 fields to a row of 12 cells,
// in a buffer that is reset as a lane does it: with one schema, with two that
// alternate, stamped with a time of the record's, and chosen by conditions.
func BenchmarkMap(b *testing.B) {
	for _, bench := range []struct {
		name   string
		file   string
		values [2][]byte
	}{
		{"one schema", benchMapping, [2][]byte{benchValue(7), benchValue(7)}},
		{"two schemas in turn", benchMapping, [2][]byte{benchValue(7), benchValue(8)}},
		{"by event time", benchByEvent, [2][]byte{benchValue(7), benchValue(7)}},
		{"with conditions", benchWhen, [2][]byte{benchValue(7), benchValue(7)}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m := benchMapper(b, bench.file)
			var buf mapping.Buffer
			rec := mapping.Record{Topic: "orders", Key: []byte("6f1c2b9e"), Timestamp: benchTime}
			b.SetBytes(int64(len(bench.values[0])))
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if n%benchRun == 0 {
					buf.Reset()
				}
				rec.Value = bench.values[n&1]
				if err := m.Map(b.Context(), &rec, 1, 0, &buf); err != nil {
					b.Fatal(err)
				}
			}
			if len(buf.Poison) > 0 {
				b.Fatal(buf.Poison[0].Err)
			}
		})
	}
}

// The way of a record allocates nothing once buffers have grown.
func TestMapDoesNotAllocate(t *testing.T) {
	for name, file := range map[string]string{"by the clock": benchMapping, "by event time": benchByEvent, "with conditions": benchWhen} {
		t.Run(name, func(t *testing.T) { mapWithoutAllocating(t, file) })
	}
}

func mapWithoutAllocating(t *testing.T, file string) {
	m := benchMapper(t, file)
	values := [2][]byte{benchValue(7), benchValue(8)}
	rec := mapping.Record{Topic: "orders", Key: []byte("6f1c2b9e"), Timestamp: benchTime}
	var buf mapping.Buffer
	ctx := t.Context()
	run := func() {
		buf.Reset()
		for n := range benchRun {
			rec.Value = values[n&1]
			if err := m.Map(ctx, &rec, 1, 0, &buf); err != nil {
				t.Fatal(err)
			}
		}
	}
	run()
	run()
	if n := testing.AllocsPerRun(10, run); n > 0 {
		t.Errorf("%v allocations for %d records, want none", n, benchRun)
	}
	if stamp := map[string]int64{benchMapping: 1, benchWhen: 1, benchByEvent: benchTime * 1000}[file]; buf.Rows[0].Timestamp != stamp {
		t.Errorf("written at %d, want %d", buf.Rows[0].Timestamp, stamp)
	}
	if len(buf.Rows) != benchRun || len(buf.Rows[0].Cells) != 12 {
		t.Errorf("%d rows, want %d of 12 cells; poison %v", len(buf.Rows), benchRun, buf.Poison)
	}
}
