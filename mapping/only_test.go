package mapping

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"testing"
)

// threeTables has all that parts can differ in: an event time, tombstones that
// delete, that are refused and that are ignored.
const threeTables = `version: 1
defaults: {keyspace: shop}
topics:
  - topic: orders
    key: {format: avro}
    tables:
      - table: log
        tombstone: ignore
        accept: [cross_partition]
        columns: {topic: meta.topic, partition: meta.partition, offset: meta.offset, key: value.raw}
      - table: sessions
        tombstone: dead_letter
        accept: [ttl_from_write]
        columns: {id: key.id, at: value.at}
      - table: orders
        accept: [event_time_ties]
        timestamp: key.at
        columns: {id: key.id, note: value.note}
`

// rowsOf maps one record: every slot of key and value is filled with what its
// column is called, so that a row tells where its cells came from.
func rowsOf(f *Form) *Buffer {
	var b Buffer
	frame := b.Frame(len(f.Slots))
	for i := range f.Slots {
		s := &f.Slots[i]
		switch {
		case s.event:
			set(frame, i, string(binary.BigEndian.AppendUint64(nil, micros)))
		case s.fill == nil:
			set(frame, i, s.Column)
		}
	}
	f.Rows(&Record{Topic: "orders", Offset: 7, Timestamp: micros / 1000}, frame, 42, 0, &b)
	return &b
}

// told is what a buffer holds for one table.
func told(b *Buffer, table string) (told []string) {
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.Statement.Table.FullName() == table {
			line := fmt.Sprintf("%s at %d routed by %q:", r.Statement.Op, r.Timestamp, r.Routing)
			for _, cell := range r.Cells {
				line += fmt.Sprintf(" %q", cell.Data)
			}
			told = append(told, line)
		}
	}
	for _, p := range b.Poison {
		told = append(told, p.Err.Error())
	}
	return told
}

// A part of a program does what it does in the whole, whatever stood before it.
func TestOnlyDoesWhatTheWholeDoes(t *testing.T) {
	p := mustCompile(t, threeTables)
	for _, tt := range []struct {
		tables           []string
		slots, tombstone int // of its forms
		parts            int // for tombstones
	}{
		{[]string{"shop.log"}, 4, 0, 0},
		{[]string{"shop.sessions"}, 2, 0, 1},
		{[]string{"shop.orders"}, 3, 2, 1},
		{[]string{"shop.orders", "shop.log"}, 7, 2, 1},
		{[]string{"shop.orders", "shop.orders", "shop.sessions", "shop.log"}, 9, 2, 2},
	} {
		only, err := p.Only(tt.tables...)
		if err != nil {
			t.Fatal(err)
		}
		if len(only.Write.Slots) != tt.slots || len(only.Tombstone.Slots) != tt.tombstone || len(only.Tombstone.Parts) != tt.parts {
			t.Errorf("%v: %d slots, %d and %d parts for tombstones, want %d, %d and %d",
				tt.tables, len(only.Write.Slots), len(only.Tombstone.Slots), len(only.Tombstone.Parts), tt.slots, tt.tombstone, tt.parts)
		}
		got := rowsOf(only.Write)
		want := rowsOf(p.Write)
		if len(want.Rows) != 3 || want.Rows[2].Timestamp != micros || len(want.Poison) != 0 {
			t.Fatalf("the whole gives %+v", want)
		}
		rows := 0
		for _, table := range p.fed() {
			lines := told(got, table)
			rows += len(lines)
			if m := only.mappingOf(table); (m == nil) != (lines == nil) {
				t.Errorf("%v: rows of %s are %q, its mapping is %v", tt.tables, table, lines, m)
			}
			if lines != nil && !reflect.DeepEqual(lines, told(want, table)) {
				t.Errorf("%v: %s gets %q, from the whole %q", tt.tables, table, lines, told(want, table))
			}
		}
		if rows != len(got.Rows) || rows != len(only.Topic.Tables) {
			t.Errorf("%v: %d rows, %d of them of known tables; %d mappings", tt.tables, len(got.Rows), rows, len(only.Topic.Tables))
		}
	}
	if got := told(rowsOf(p.Write), "shop.orders"); !reflect.DeepEqual(got, told(rowsOf(mustCompile(t, threeTables).Write), "shop.orders")) {
		t.Errorf("the program itself was changed: %q", got)
	}
}

// mappingOf gives the mapping of one table, by its full name.
func (p *Program) mappingOf(table string) *TableMapping {
	for i := range p.Topic.Tables {
		if m := &p.Topic.Tables[i]; m.Keyspace+"."+m.Table == table {
			return m
		}
	}
	return nil
}

func TestOnlyOfTombstones(t *testing.T) {
	p := mustCompile(t, threeTables)
	for _, tt := range []struct {
		table string
		want  []string
	}{
		{"shop.log", nil},
		{"shop.sessions", []string{"tombstone table=shop.sessions: " + errTombstone.Error()}},
		{"shop.orders", []string{`DELETE at 1700000000000000 routed by "id": "id"`}},
	} {
		only, err := p.Only(tt.table)
		if err != nil {
			t.Fatal(err)
		}
		if got := told(rowsOf(only.Tombstone), tt.table); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.table, got, tt.want)
		}
	}
}

func TestOnlyOfUnknownTables(t *testing.T) {
	p := mustCompile(t, threeTables)
	for _, tt := range []struct {
		tables []string
		want   string
	}{
		{nil, `no table of topic "orders" is named`},
		{[]string{"shop.orders", "shop.order"}, `m.yaml does not feed table shop.order from topic "orders": did you mean "shop.orders"?`},
		{[]string{"orders"}, `m.yaml does not feed table orders from topic "orders": it feeds: "shop.log", "shop.sessions", "shop.orders"`},
		{[]string{"shop.by_day"}, `m.yaml does not feed table shop.by_day from topic "orders": it feeds: "shop.log", "shop.sessions", "shop.orders"`},
	} {
		if only, err := p.Only(tt.tables...); err == nil || err.Error() != tt.want || only != nil {
			t.Errorf("%q: %v\nwant %s", tt.tables, err, tt.want)
		}
	}
}
