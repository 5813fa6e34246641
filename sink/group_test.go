package sink

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gocql/gocql"
	"pgregory.net/rapid"

	"ingest/mapping"
)

// threeSets places partitions on three replica sets by their key's first byte.
type threeSets struct{}

func (threeSets) keyspace(string) locator { return threeSets{} }
func (threeSets) set(token int64) int32   { return int32(uint64(token) % 3) }

func levelOf(st *mapping.Statement) (gocql.Consistency, error) {
	return parseConsistency(st.Consistency)
}

// testRows draws rows of some tables, levels and partitions.
func testRows(t *rapid.T) []mapping.Row {
	tables := []*mapping.Table{{Keyspace: "k", Name: "a"}, {Keyspace: "k", Name: "b"}}
	var statements []*mapping.Statement
	for _, table := range tables {
		for _, level := range []string{"LOCAL_QUORUM", "ONE"} {
			statements = append(statements, &mapping.Statement{Table: table, Consistency: level},
				&mapping.Statement{Table: table, Consistency: level, Op: mapping.DeleteRow})
		}
	}
	partitions := rapid.IntRange(1, 40).Draw(t, "partitions")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) mapping.Row {
		return mapping.Row{
			Statement: rapid.SampledFrom(statements).Draw(t, "statement"),
			Routing:   binary.BigEndian.AppendUint32(nil, uint32(rapid.IntRange(0, partitions-1).Draw(t, "partition"))),
			Size:      rapid.Int32Range(50, 900).Draw(t, "size"),
		}
	}), 0, 200).Draw(t, "rows")
}

func testCaps(t *rapid.T) caps {
	c := caps{
		rows:       rapid.IntRange(1, 40).Draw(t, "cap of rows"),
		bytes:      rapid.IntRange(1, 6000).Draw(t, "cap of bytes"),
		partitions: rapid.IntRange(1, 12).Draw(t, "cap of partitions"),
	}
	c.singleBytes = c.bytes + rapid.IntRange(0, 20000).Draw(t, "more for one partition")
	return c
}

// partition names what a row's partition is.
func partition(r *mapping.Row) string {
	return fmt.Sprintf("%p %x %s", r.Statement.Table, r.Routing, r.Statement.Consistency)
}

func TestGroupKeepsItsPromises(t *testing.T) {
	var g grouper // used again, as the writer does
	rapid.Check(t, func(t *rapid.T) {
		rows, c := testRows(t), testCaps(t)
		batches, err := g.group(rows, c, threeSets{}, levelOf)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[*mapping.Row]int{}
		batchesOf := map[string]int{}
		for _, b := range batches {
			checkBatch(t, b, c)
			here := map[string]bool{}
			for _, r := range b.rows {
				seen[r]++
				here[partition(r)] = true
			}
			for p := range here {
				batchesOf[p]++
			}
		}
		for i := range rows {
			if seen[&rows[i]] != 1 {
				t.Fatalf("row %d is in %d batches", i, seen[&rows[i]])
			}
		}
		if len(seen) != len(rows) {
			t.Fatalf("%d rows came out of %d", len(seen), len(rows))
		}
		checkOrder(t, rows, batches)
		for p, n := range batchesOf {
			if want := fewest(rows, p, c); n != want {
				t.Fatalf("partition %s is in %d batches, %d would do", p, n, want)
			}
		}
	})
}

// checkOrder sees that a partition's rows come in the order in which they were
// given, within a batch and from batch to batch.
func checkOrder(t *rapid.T, rows []mapping.Row, batches []batch) {
	given := map[*mapping.Row]int{}
	for i := range rows {
		given[&rows[i]] = i
	}
	last := map[string]int{}
	for _, b := range batches {
		for _, r := range b.rows {
			p := partition(r)
			if before, ok := last[p]; ok && given[r] < before {
				t.Fatalf("row %d of partition %s comes after row %d", given[r], p, before)
			}
			last[p] = given[r]
		}
	}
}

// sizeOnServer is the estimate for the test's rows, which have no cells: the
// wire's 40 bytes and the key's four are not counted, 21 are.
func sizeOnServer(r *mapping.Row) int { return int(r.Size) - 40 - 4 + 21 }

// checkBatch holds one batch against the caps and against mixing.
func checkBatch(t *rapid.T, b batch, c caps) {
	partitions := map[string]bool{}
	size := 0
	for _, r := range b.rows {
		level, _ := levelOf(r.Statement)
		if level != b.level {
			t.Fatalf("a row of level %v is in a batch of level %v", level, b.level)
		}
		if set := (threeSets{}).set(token(r.Routing)); set != b.set {
			t.Fatalf("a row of replica set %d is in a batch for set %d", set, b.set)
		}
		partitions[partition(r)] = true
		size += sizeOnServer(r)
	}
	size += 33 * len(partitions)
	limit := c.bytes
	if len(partitions) == 1 {
		limit = c.singleBytes
	}
	switch {
	case len(b.rows) == 0:
		t.Fatal("a batch is empty")
	case len(b.rows) > c.rows:
		t.Fatalf("%d rows, the cap is %d", len(b.rows), c.rows)
	case len(partitions) > c.partitions:
		t.Fatalf("%d partitions, the cap is %d", len(partitions), c.partitions)
	case size > limit && len(b.rows) > 1:
		t.Fatalf("%d bytes in %d partitions, the cap is %d", size, len(partitions), limit)
	}
}

// fewest counts the batches that a partition's rows need in their order.
func fewest(rows []mapping.Row, p string, c caps) int {
	batches, n, size := 0, 0, 0
	for i := range rows {
		if partition(&rows[i]) != p {
			continue
		}
		more := sizeOnServer(&rows[i])
		if batches == 0 || n == c.rows || size+more > c.singleBytes {
			batches, n, size = batches+1, 0, 33
		}
		n, size = n+1, size+more
	}
	return batches
}

func TestGroupIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, c := testRows(t), testCaps(t)
		first, _ := new(grouper).group(rows, c, threeSets{}, levelOf)
		second, _ := new(grouper).group(rows, c, threeSets{}, levelOf)
		if fmt.Sprint(first) != fmt.Sprint(second) { // prints the rows' addresses in order
			t.Fatal("the same rows make other batches")
		}
	})
}

func TestGroupPacksSmallGroupsTogether(t *testing.T) {
	st := &mapping.Statement{Table: &mapping.Table{}, Consistency: "ONE"}
	rows := make([]mapping.Row, 100) // ten partitions of ten rows, interleaved
	for i := range rows {
		rows[i] = mapping.Row{Statement: st, Routing: []byte{byte(i % 10)}, Size: 100}
	}
	top := newTopology(ringOf("r"), nil)
	batches, err := new(grouper).group(rows, caps{rows: 30, bytes: 4000, singleBytes: 60000, partitions: 10}, top, levelOf)
	if err != nil {
		t.Fatal(err)
	}
	if len(batches) != 4 {
		t.Errorf("%d batches, want 4: three groups of ten fit into one of 30", len(batches))
	}
}

func TestGroupRefusesAnUnknownLevel(t *testing.T) {
	st := &mapping.Statement{Table: &mapping.Table{}, Consistency: "MOST"}
	if _, err := new(grouper).group([]mapping.Row{{Statement: st}}, caps{rows: 1}, threeSets{}, levelOf); err == nil {
		t.Error("no error for consistency MOST")
	}
}

func BenchmarkGroup(b *testing.B) {
	st := &mapping.Statement{Table: &mapping.Table{}, Consistency: "ONE"}
	rows := make([]mapping.Row, 8000)
	for i := range rows {
		rows[i] = mapping.Row{Statement: st, Routing: []byte(fmt.Sprintf("device-%06d", i%1000)), Cells: make([]mapping.Cell, 12), Size: 240}
	}
	c := BatchConfig{Rows: 30, Bytes: 4608, PartitionBytes: 65536, Partitions: 10}.caps()
	top := newTopology(ringOf("r"), nil)
	var g grouper
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.group(rows, c, top, levelOf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
}
