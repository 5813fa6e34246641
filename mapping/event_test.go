package mapping

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"ingest/retry"
)

const eventOrders = `table: orders
accept: [event_time_ties]
timestamp: value.at
tombstone: ignore
columns:
  id: key.id
  note: value.note`

// micros is a moment in microseconds since 1970.
const micros = 1_700_000_000_000_000

// mapOne fills the slots of a program's write form as decoders would, gives the
// event slot a cell, and makes the rows.
func mapOne(p *Program, r *Record, stamp int64, event func(f *Frame, slot int)) (row *Row, poison *retry.Poison) {
	var b Buffer
	form := p.Write
	frame := b.Frame(len(form.Slots))
	for i := range form.Slots {
		s := &form.Slots[i]
		switch {
		case s.event && s.fill == nil:
			event(frame, i)
		case !s.event:
			set(frame, i, "12345678")
		}
	}
	form.Rows(r, frame, stamp, 0, &b)
	if len(b.Poison) > 0 {
		errors.As(b.Poison[0].Err, &poison)
	}
	if len(b.Rows) > 0 {
		row = &b.Rows[0]
	}
	return row, poison
}

func at(v int64) func(f *Frame, slot int) {
	return func(f *Frame, slot int) { set(f, slot, string(binary.BigEndian.AppendUint64(nil, uint64(v)))) }
}

func TestEventStamp(t *testing.T) {
	const ahead = int64(24 * time.Hour / time.Microsecond)
	const head, raised, off = "version: 1\n", "version: 1\ngeneration: 7\n", "version: 1\nmax_future: off\n"
	null := func(f *Frame, slot int) { f.Cells[slot].State = Null }
	absent := func(*Frame, int) {}
	bad := func(f *Frame, slot int) { f.Fail(slot, errEventTime) }
	for _, tt := range []struct {
		name   string
		head   string
		record int64 // its timestamp, milliseconds
		event  func(f *Frame, slot int)
		want   int64 // 0: poison
		poison string
	}{
		{"an early event", head, micros / 1000, at(micros - 5_000_000), micros - 5_000_000, ""},
		{"a later event", head, micros / 1000, at(micros + 1), micros + 1, ""},
		{"with a generation", raised, micros / 1000, at(micros), micros + 7, ""},
		{"as far ahead as may be", head, micros / 1000, at(micros + ahead), micros + ahead, ""},
		{"further ahead", head, micros / 1000, at(micros + ahead + 1), 0, "event_time table=shop.orders path=value.at: more than max_future (24h0m0s) later than the record's own timestamp"},
		{"further ahead, max_future off", off, micros / 1000, at(micros + ahead + 1), micros + ahead + 1, ""},
		{"a record without a timestamp", head, -1, at(micros), micros, ""},
		{"a record of microseconds", head, micros, at(micros), micros, ""},
		{"null", head, micros / 1000, null, 0, "event_time table=shop.orders path=value.at: the record has no write timestamp: it is null or absent"},
		{"absent", head, micros / 1000, absent, 0, "event_time table=shop.orders path=value.at: the record has no write timestamp: it is null or absent"},
		{"out of range", head, micros / 1000, bad, 0, "event_time table=shop.orders path=value.at: not between 1970-01-01 and 2100-01-01: does it count in another unit?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustCompile(t, tt.head+mapped(avroKey, eventOrders)[len(head):])
			row, poison := mapOne(p, &Record{Timestamp: tt.record}, 42, tt.event)
			if tt.want == 0 {
				if row != nil || poison == nil || poison.Error() != tt.poison {
					t.Errorf("row %+v and poison %v, want %s", row, poison, tt.poison)
				}
				return
			}
			if row == nil || poison != nil || row.Timestamp != tt.want || len(row.Cells) != 2 {
				t.Errorf("row %+v and poison %v, want the write timestamp %d", row, poison, tt.want)
			}
		})
	}
}

// Of one record's tables, each has its own write timestamp.
func TestEventStampIsOneTables(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, eventOrders)+"      - table: sessions\n        accept: [ttl_from_write]\n        columns:\n          id: key.id\n")
	var b Buffer
	frame := b.Frame(len(p.Write.Slots))
	set(frame, 0, "12345678")
	frame.Cells[2].State = Null
	set(frame, 3, "k")
	p.Write.Rows(&Record{}, frame, 42, 0, &b)
	if len(b.Rows) != 1 || b.Rows[0].Timestamp != 42 || b.Rows[0].Statement.Table.Name != "sessions" || len(b.Poison) != 1 {
		t.Errorf("rows %+v and poison %v", b.Rows, b.Poison)
	}
}

func TestEventStampOfTheRecordsOwnTime(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, "table: orders\naccept: [event_time_ties]\ntimestamp: meta.timestamp\ncolumns: {id: key.id}"))
	row, _ := mapOne(p, &Record{Timestamp: micros / 1000}, micros+1, nil)
	if row == nil || row.Timestamp != micros {
		t.Errorf("row %+v, want %d: the record's time as it is", row, int64(micros))
	}
	if _, poison := mapOne(p, &Record{Timestamp: -1}, 42, nil); poison == nil || poison.Reason != retry.ReasonEventTime {
		t.Errorf("a record without a timestamp: poison %v", poison)
	}
	var b Buffer
	frame := b.Frame(len(p.Tombstone.Slots))
	set(frame, 0, "12345678")
	p.Tombstone.Rows(&Record{Timestamp: micros / 1000}, frame, micros+1, 0, &b)
	if len(b.Rows) != 1 || b.Rows[0].Timestamp != micros || b.Rows[0].Statement.Op != DeleteRow {
		t.Errorf("the delete is %+v, poison %v", b.Rows, b.Poison)
	}
}

// The write timestamp costs no memory.
func TestEventStampAllocatesNothing(t *testing.T) {
	p := mustCompile(t, mapped(avroKey, eventOrders))
	var b Buffer
	data := binary.BigEndian.AppendUint64(nil, micros)
	r := Record{Timestamp: micros / 1000}
	run := func() {
		b.Reset()
		for range 100 {
			frame := b.Frame(len(p.Write.Slots))
			for i := range p.Write.Slots {
				start := len(frame.Arena)
				frame.Arena = append(frame.Arena, data...)
				frame.Put(i, start)
			}
			p.Write.Rows(&r, frame, 42, 0, &b)
		}
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 || len(b.Rows) != 100 {
		t.Errorf("%v allocations, %d rows", n, len(b.Rows))
	}
}
