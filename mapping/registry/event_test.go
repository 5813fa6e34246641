package registry

import (
	"strings"
	"testing"
	"testing/synctest"

	"ingest/mapping"
)

const byEvent = `
version: 1
topics:
  - topic: orders
    key: {format: string}
    tables:
      - table: shop.orders
        timestamp: value.at
        accept: [event_time_ties]
        tombstone: ignore
        columns:
          id: key
          qty: value.qty
`

const (
	millisValue = `{"type":"record","name":"Order","fields":[{"name":"at","type":"long"},{"name":"qty","type":"int"}]}`
	microsValue = `{"type":"record","name":"Order","fields":[{"name":"qty","type":"int"},{"name":"at","type":["null",{"type":"long","logicalType":"timestamp-micros"}]}]}`
	textValue   = `{"type":"record","name":"Order","fields":[{"name":"at","type":"string"},{"name":"qty","type":"int"}]}`
)

// TestMapEventTime: each schema's own unit counts, and what is no time is poison
// of the table.
func TestMapEventTime(t *testing.T) {
	const millis = 1_700_000_000_123
	for _, c := range []struct {
		name  string
		value []byte
		want  string
	}{
		{"milliseconds", framed(7, putLong(putLong(nil, millis), 3)), "4: INSERT at 1700000000123000: id=61 qty=00000003\n"},
		{"microseconds", framed(8, putLong(putLong(putLong(nil, 3), 1), millis*1000+9)), "4: INSERT at 1700000000123009: id=61 qty=00000003\n"},
		{"null", framed(8, putLong(putLong(nil, 3), 0)), "4: event_time table=shop.orders path=value.at: the record has no write timestamp: it is null or absent\n"},
		{"a schema without it", framed(9, putLong(nil, 3)), "4: event_time table=shop.orders path=value.at: the record has no write timestamp: it is null or absent\n"},
		{"out of range", framed(7, putLong(putLong(nil, millis*1000), 3)), "4: event_time table=shop.orders path=value.at: not between 1970-01-01 and 2100-01-01: does it count in another unit?\n"},
		{"a day and an hour ahead", framed(7, putLong(putLong(nil, millis+90_000_000), 3)), "4: event_time table=shop.orders path=value.at: more than max_future (24h0m0s) later than the record's own timestamp\n"},
		{"a text", framed(10, putLong(putString(nil, "noon"), 3)), "4: schema table=shop.orders path=value.at: string cannot become a write timestamp: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, config())
				w.seed("orders-value", 1, 7, millisValue)
				w.seed("orders-value", 2, 8, microsValue)
				w.seed("orders-value", 3, 9, ordersValue)
				w.seed("orders-value", 4, 10, textValue)
				m := NewMapper(compile(t, byEvent, table(t, "orders", 1, "id", "text", "qty", "int")), w.client)
				var buf mapping.Buffer
				if err := m.Map(t.Context(), &mapping.Record{Topic: "orders", Key: []byte("a"), Value: c.value, Timestamp: millis}, 99, 4, &buf); err != nil {
					t.Fatal(err)
				}
				if got := described(&buf); !strings.HasPrefix(got, c.want) {
					t.Errorf("got  %swant %s", got, c.want)
				}
			})
		})
	}
}
