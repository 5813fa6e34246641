package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// reading is one record. A shape has a device or an id, never both.
type reading struct {
	Device      string    `avro:"device"`
	ID          string    `avro:"id"`
	Seq         int64     `avro:"seq"`
	MeasuredAt  time.Time `avro:"measured_at"`
	Temperature float64   `avro:"temperature"`
	Pressure    float64   `avro:"pressure"`
	Cycles      int32     `avro:"cycles"`
	Errors      int32     `avro:"errors"`
	Running     bool      `avro:"running"`
	Alarm       bool      `avro:"alarm"`
	Site        string    `avro:"site"`
	Note        *string   `avro:"note"`
	State       string    `avro:"state"`
}

var states = [...]string{"IDLE", "WARMING", "WORKING", "SERVICE"}

// epoch is the time of record 0; each following one is a millisecond later.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func recordTime(record int) time.Time { return epoch.Add(time.Duration(record) * time.Millisecond) }

// sample gives the record of a number, always the same.
func (s *shape) sample(record int) reading {
	key := s.keyNumber(record)
	scramble := mix(uint64(record))
	r := reading{
		Seq:         int64(record),
		MeasuredAt:  recordTime(record),
		Temperature: 15 + float64(scramble%2000)/100,
		Pressure:    980 + float64(scramble>>16%5000)/100,
		Cycles:      int32(scramble >> 24 % 100_000),
		Errors:      int32(scramble >> 32 % 50),
		Running:     record%4 != 0,
		Alarm:       record%17 == 0,
		Site:        fmt.Sprintf("plant %02d, building %c, hall %03d, north", key%40, 'A'+key%7, key%200),
		State:       states[record%len(states)],
	}
	if s.devices == 0 {
		m := mix(uint64(key) + 1<<40)
		r.ID = fmt.Sprintf("%08x-%04x-4%03x-8000-%012x", m>>32, m>>16&0xffff, m&0xfff, key)
	} else {
		r.Seq = int64(record / s.devices)
		r.Device = fmt.Sprintf("press-line-%03d-controller-unit-%06d", key%100, key)
	}
	if record%5 != 0 {
		note := fmt.Sprintf("checked by shift %d, next inspection %07d h", record%3, scramble>>40%10_000_000)
		r.Note = &note
	}
	return r
}

// mix scrambles a number (the finalizer of SplitMix64), so that values do not
// compress better than those of real machines.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// spread gives the i-th of some records in no regular distance from each other,
// so that they are not all of one kind.
func spread(i, records int) int { return int(mix(uint64(i)) % uint64(records)) }

func (r *reading) key() string { return r.Device + r.ID }

// null is the length of a cell that is not there.
const null = math.MaxUint16

// appendCells appends the record's cells, in the order of shape.columns, as
// native protocol v4 encodes them (section 6 of its specification), and gives
// the length of each.
func (r *reading) appendCells(to []byte) ([]byte, [columnCount]uint16) {
	var lengths [columnCount]uint16
	at, start := 0, len(to)
	end := func() {
		lengths[at] = uint16(len(to) - start)
		at, start = at+1, len(to)
	}
	text := func(s string) { to = append(to, s...); end() }
	long := func(v int64) { to = binary.BigEndian.AppendUint64(to, uint64(v)); end() }
	integer := func(v int32) { to = binary.BigEndian.AppendUint32(to, uint32(v)); end() }
	boolean := func(v bool) { to = append(to, boolByte(v)); end() }

	text(r.key())
	long(r.Seq)
	long(r.MeasuredAt.UnixMilli())
	long(int64(math.Float64bits(r.Temperature)))
	long(int64(math.Float64bits(r.Pressure)))
	integer(r.Cycles)
	integer(r.Errors)
	boolean(r.Running)
	boolean(r.Alarm)
	text(r.Site)
	if r.Note != nil {
		text(*r.Note)
	} else {
		end()
		lengths[at-1] = null
	}
	text(r.State)
	return to, lengths
}

func boolByte(v bool) byte {
	if v {
		return 1
	}
	return 0
}
