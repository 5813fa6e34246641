package main

import (
	"slices"
	"testing"
)

var defaultCaps = caps{Rows: 30, Bytes: 4608, PartitionBytes: 65536, Partitions: 10}

// group divides the rows of some records and checks what must hold for every
// division: each row once, and no batch above a cap.
func group(t *testing.T, s *shape, records, partitions int, c caps) (*rows, *batches) {
	t.Helper()
	r := encodeRows(s, records)
	b := groupRows(s, r, partitions, c)
	all := slices.Sorted(slices.Values(b.order))
	for i, row := range all {
		if row != int32(i) {
			t.Fatalf("row %d is not in exactly one batch", i)
		}
	}
	if len(all) != records {
		t.Fatalf("%d rows are in batches, want %d", len(all), records)
	}
	for i := range b.len() {
		checkCaps(t, s, r, b.rows(i), c)
	}
	return r, b
}

func checkCaps(t *testing.T, s *shape, r *rows, batch []int32, c caps) {
	t.Helper()
	bytes, keys := 0, map[int]bool{}
	for _, row := range batch {
		bytes += r.size(row)
		keys[s.keyNumber(int(row))] = true
	}
	most := c.Bytes
	if len(keys) == 1 {
		most = c.PartitionBytes
	}
	if len(batch) == 0 || len(batch) > c.Rows || bytes > most || len(keys) > c.Partitions {
		t.Fatalf("a batch has %d rows, %d bytes, %d partitions", len(batch), bytes, len(keys))
	}
}

func TestInterleavedRowsShareBatches(t *testing.T) {
	// 60,000 records in 4 Kafka partitions: each holds 250 devices of 60 records,
	// and its 15,000 records make chunks of 7,600 and 7,400. In the first chunk
	// 100 devices have 31 records and 150 have 30; in the second 150 have 30.
	_, b := group(t, &shapes[0], 60_000, 4, defaultCaps)
	full := 0
	for i := range b.len() {
		if len(b.rows(i)) == 30 {
			full++
		}
	}
	if want := 4 * (250 + 150); full != want {
		t.Errorf("%d batches are full, want %d", full, want)
	}
}

func TestScatteredRowsArePackedByPartitions(t *testing.T) {
	_, b := group(t, &shapes[1], 1000, 1, defaultCaps)
	if b.len() != 100 {
		t.Errorf("%d batches, want 100 of 10 partitions each", b.len())
	}
}

func TestScatteredRowsArePackedByBytes(t *testing.T) {
	c := defaultCaps
	c.Partitions, c.Bytes = 1000, 2000 // a row counts 40 + 12*16 + about 130 bytes
	_, b := group(t, &shapes[1], 1000, 1, c)
	for i := range b.len() - openPacks {
		if n := len(b.rows(i)); n != 5 {
			t.Fatalf("batch %d has %d rows, want 5", i, n)
		}
	}
}

func TestSmallCaps(t *testing.T) {
	for _, c := range []caps{
		{Rows: 1, Bytes: 4608, PartitionBytes: 65536, Partitions: 10},
		{Rows: 30, Bytes: 4608, PartitionBytes: 65536, Partitions: 1},
		{Rows: 7, Bytes: 900, PartitionBytes: 1500, Partitions: 2},
	} {
		group(t, &shapes[0], 20_000, 3, c)
		group(t, &shapes[1], 5_000, 3, c)
	}
}

func TestBindGivesTheRowsBytes(t *testing.T) {
	r := encodeRows(&shapes[0], 11)
	s := slot{cells: make([]cell, 0, 2*(columnCount+1))}
	s.bind(r, []int32{10, 1}, "text")
	if len(s.entries) != 2 || len(s.entries[0].Args) != 13 || len(s.entries[1].Args) != 13 {
		t.Fatalf("the entries do not have 13 values each: %v", s.entries)
	}
	device, ok := s.entries[1].Args[0].(*cell)
	if want := "press-line-001-controller-unit-000001"; !ok || string(*device) != want {
		t.Errorf("the device of record 1 is %s, want %s", *device, want)
	}
	// 2026-01-01T00:00:00.010Z in microseconds is 1767225600010000.
	stamp := s.entries[0].Args[12].(*cell)
	if want := []byte{0x00, 0x06, 0x47, 0x48, 0x46, 0x20, 0x67, 0x10}; !slices.Equal(*stamp, want) {
		t.Errorf("the timestamp of record 10 is % x, want % x", *stamp, want)
	}
	if _, isCell := s.entries[0].Args[10].(*cell); isCell {
		t.Error("the note of record 10 is bound, want unset")
	}
}
