package mapping

import (
	"fmt"
	"slices"
	"testing"
)

// remarksOf gives what Remarks and Narrowing say of the first topic, a line each.
func remarksOf(t *testing.T, src string, key, value []NamedShape) []string {
	t.Helper()
	file := mustParse(t, src)
	p, ds := Compile(file, 0, shop(t))
	if ds.Err() != nil {
		t.Fatal(ds.Err())
	}
	var lines []string
	for _, d := range slices.Concat(Remarks(p, key, value), Narrowing(p, key, value), UnusedLabels(file, 0, shop(t), key, value)) {
		lines = append(lines, fmt.Sprintf("%s %s/%s: %s", d.Severity, d.Topic, d.Table, d.Message))
	}
	return lines
}

func TestRemarks(t *testing.T) {
	long := &Shape{Kind: KindLong}
	micros := &Shape{Kind: KindLong, Logical: LogicalTimestampMicros}
	value := []NamedShape{{Name: "version 1", Shape: &Shape{Kind: KindRecord, Name: "R", Fields: []Field{{Name: "at", Shape: micros}, {Name: "n", Shape: long}, {Name: "note", Shape: &Shape{Kind: KindString}}}}}}
	for _, tc := range []struct {
		name, key, entry string
		want             []string
	}{
		{"nothing", longKey, "table: orders\ncolumns:\n  id: key\n  customer_id: value.n\n  note: value.note\n  trace: value.note\n  rate: {const: 1}\n  placed_at: meta.timestamp", nil},
		{"cut off, and columns left over", longKey, "table: orders\ncolumns:\n  id: key\n  placed_at: value.at", []string{
			`note orders/shop.orders: nothing fills 4 columns of shop.orders: "customer_id", "note", "rate", "trace"`,
			`warning orders/shop.orders: value.at is finer than a millisecond in version 1, and column "placed_at" is not: the rest is cut off`}},
		{"columns_from speaks for itself", longKey, "table: orders\ncolumns_from: value\ncolumns:\n  id: key", nil},
		{"checked, and tombstones", stringKey, "table: log\naccept: [cross_partition]\ncolumns:\n  topic: meta.topic\n  partition: value.n\n  offset: meta.offset\n  key: key\n  at: value.at\n  schema: {from: value.n, nulls: tombstone}\ntombstone: ignore", []string{
			`note orders/shop.log: each null leaves a tombstone in shop.log, in up to 1 column of a row: "schema"`,
			`note orders/shop.log: reading the topic again need not give the rows of shop.log as they were: cross_partition`,
			`warning orders/shop.log: value.at is finer than a millisecond in version 1, and column "at" is not: the rest is cut off`,
			`note orders/shop.log: value.n (long) into column "partition" (int) is checked with each value: one that does not fit makes its record a dead letter`,
			`note orders/shop.log: value.n (long) into column "schema" (int) is checked with each value: one that does not fit makes its record a dead letter`}},
		{"a label for nothing", longKey, "table: orders\naccept: [cross_partition, event_time_ties]\ntimestamp: value.at\ncolumns_from: value\ncolumns:\n  id: key\ntombstone: ignore", []string{
			`note orders/shop.orders: reading the topic again need not give the rows of shop.orders as they were: cross_partition, event_time_ties`,
			`warning orders/shop.orders: table shop.orders accepts "cross_partition", and there is nothing of it to accept`}},
		{"a row that when no longer takes", "    envelope: debezium\n", "table: orders\nwhen: value.n > 1\nnulls: unset\ncolumns_from: value\ncolumns: {id: key.id}", []string{
			`note orders/shop.orders: a row of shop.orders stays as it was when a change makes the condition untrue`}},
		{"events that when does not take", "    envelope: debezium\n", "table: orders\nwhen: op != 'r'\nnulls: unset\ncolumns_from: value\ncolumns: {id: key.id}", nil},
		{"an Avro key that nobody has registered", avroKey, "table: orders\naccept: [cross_partition]\ncolumns_from: value\ncolumns:\n  id: key.id", []string{
			`note orders/shop.orders: reading the topic again need not give the rows of shop.orders as they were: cross_partition`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := remarksOf(t, mapped(tc.key, tc.entry), nil, value)
			if !slices.Equal(got, tc.want) {
				t.Errorf("got\n%q\nwant\n%q", got, tc.want)
			}
		})
	}
}

func TestManyTombstonesAreAWarning(t *testing.T) {
	table := makeTable(t, "shop", "wide", "id bigint pk", "tags set<text>", "frozen frozen<list<int>>")
	columns := []int{0, 1, 2}
	slots := []Slot{{Key: true}, {Nulls: NullsTombstone}, {}}
	for i := range manyTombstones {
		columns = append(columns, len(table.Columns))
		table.Columns = append(table.Columns, Column{Name: fmt.Sprint("c", i), Type: &Type{Kind: TypeInt}})
		slots = append(slots, Slot{Nulls: NullsTombstone})
	}
	r := &remarks{}
	r.tombstones(&Statement{Table: table, Columns: columns}, slots, &TableMapping{})
	if len(r.list) != 2 || r.list[0].Severity != Warning || r.list[1].Message != `each write replaces the whole of "tags" in shop.wide, which leaves a tombstone each time` {
		t.Errorf("found %v", r.list)
	}
}
