package main

import (
	"slices"
	"testing"

	"github.com/twmb/avro"
)

func TestRecordsAreOfTheSizeThatIsMeasured(t *testing.T) {
	for _, s := range shapes {
		text, err := s.schemaText()
		if err != nil {
			t.Fatal(err)
		}
		schema, err := avro.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		p := &producer{shape: &s, records: 100_000, schema: schema, schemaID: 1}
		average, err := p.averageSize()
		if err != nil {
			t.Fatal(err)
		}
		if average < 146 || average > 157 {
			t.Errorf("%s: records have %.1f bytes on average, want 146 to 157", s.name, average)
		}
	}
}

func TestEveryRecordHasItsOwnRow(t *testing.T) {
	for _, s := range shapes {
		type key struct {
			text string
			seq  int64
		}
		seen := map[key]bool{}
		for i := range 50_000 {
			r := s.sample(i)
			k := key{text: r.key()}
			if s.devices > 0 {
				k.seq = r.Seq
			}
			if seen[k] {
				t.Fatalf("%s: record %d has the primary key of another", s.name, i)
			}
			seen[k] = true
		}
	}
}

func TestNotesAreNullInAFifth(t *testing.T) {
	nulls := 0
	for i := range 1000 {
		if r := shapes[0].sample(i); r.Note == nil {
			nulls++
		}
	}
	if nulls != 200 {
		t.Errorf("%d of 1000 notes are null, want 200", nulls)
	}
}

func TestCells(t *testing.T) {
	r := reading{
		Device: "d", Seq: 258, MeasuredAt: recordTime(1), Temperature: 1, Pressure: -2,
		Cycles: -1, Errors: 7, Running: true, Site: "", State: "IDLE",
	}
	data, lengths := r.appendCells(nil)
	want := slices.Concat(
		[]byte("d"),
		[]byte{0, 0, 0, 0, 0, 0, 1, 2},
		[]byte{0, 0, 1, 0x9b, 0x76, 0xda, 0xa8, 1}, // 1767225600001 ms
		[]byte{0x3f, 0xf0, 0, 0, 0, 0, 0, 0},
		[]byte{0xc0, 0, 0, 0, 0, 0, 0, 0},
		[]byte{0xff, 0xff, 0xff, 0xff},
		[]byte{0, 0, 0, 7},
		[]byte{1}, []byte{0},
		[]byte("IDLE"),
	)
	if !slices.Equal(data, want) {
		t.Errorf("the cells are\n% x, want\n% x", data, want)
	}
	if want := [columnCount]uint16{1, 8, 8, 8, 8, 4, 4, 1, 1, 0, null, 4}; lengths != want {
		t.Errorf("the lengths are %v, want %v", lengths, want)
	}
}
