//go:build stack

package sink

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"ingest/mapping"
	"ingest/retry"
)

func newTestReader(t *testing.T, s *Session) *Reader {
	t.Helper()
	r, err := NewReader(s, ReaderConfig{Consistency: "LOCAL_QUORUM", Retry: testConfig().Retry})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func keyOf(table *mapping.Table, parts ...[]byte) []mapping.Cell {
	var key []mapping.Cell
	for i, column := range slices.Concat(table.PartitionKey, table.Clustering) {
		key = append(key, mapping.Cell{Type: table.Columns[column].Type, State: mapping.Value, Data: parts[i]})
	}
	return key
}

// read gives the columns named, of the row with a key.
func read(t *testing.T, r *Reader, table *mapping.Table, key []mapping.Cell, names ...string) ([]mapping.Stored, bool) {
	t.Helper()
	var columns []int
	for _, name := range names {
		columns = append(columns, table.Column(name))
	}
	have, found, err := r.Read(t.Context(), table, key, columns)
	if err != nil {
		t.Fatal(err)
	}
	return have, found
}

func TestReaderGivesCellsWithTheirTimestamps(t *testing.T) {
	s := connect(t, testDeps())
	tab := table(t, s, "read_cells", `a text, "B" int, ck bigint, x text, y int, z blob, gone int, PRIMARY KEY ((a, "B"), ck)`)
	execute(t, `INSERT INTO sink.read_cells (a, "B", ck, x, y, z, gone) VALUES ('k', 7, 9, 'text', 5, 0x, 1) USING TIMESTAMP 1000`)
	execute(t, `UPDATE sink.read_cells USING TIMESTAMP 2000 AND TTL 600 SET y = 6 WHERE a = 'k' AND "B" = 7 AND ck = 9`)
	execute(t, `DELETE gone FROM sink.read_cells USING TIMESTAMP 3000 WHERE a = 'k' AND "B" = 7 AND ck = 9`)
	r := newTestReader(t, s)
	key := keyOf(tab, []byte("k"), binary.BigEndian.AppendUint32(nil, 7), binary.BigEndian.AppendUint64(nil, 9))

	have, found := read(t, r, tab, key, "x", "y", "z", "gone")
	if !found {
		t.Fatal("no row")
	}
	if ttl := have[1].TTL; ttl < 500 || ttl > 600 {
		t.Errorf("y has %d s left, want about 600", ttl)
	}
	have[1].TTL = 0
	got := fmt.Sprintf("%q %v", have[0].Data, have)
	want := fmt.Sprintf("%q %v", "text", []mapping.Stored{
		{Set: true, Data: []byte("text"), Stamp: 1000}, {Set: true, Data: []byte{0, 0, 0, 6}, Stamp: 2000},
		{Set: true, Data: []byte{}, Stamp: 1000}, {},
	})
	if got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	key[2].Data = binary.BigEndian.AppendUint64(nil, 10)
	if _, found := read(t, r, tab, key, "x"); found {
		t.Error("found a row that is not there")
	}
}

// A row may be its key alone, a collection is many cells unless it is frozen, and
// the driver takes tuples apart.
func TestReaderReadsWhatNests(t *testing.T) {
	execute(t, "CREATE TYPE IF NOT EXISTS sink.read_pair (p int, q text)")
	s := connect(t, testDeps())
	tab := table(t, s, "read_nested", "k text PRIMARY KEY, s set<text>, f frozen<set<text>>, u read_pair, fu frozen<read_pair>, t tuple<int, text>, after int")
	execute(t, "INSERT INTO sink.read_nested (k, s, f, u, fu, t, after) VALUES ('a', {'y', 'x'}, {'y', 'x'}, {p: 1}, {p: 1, q: 'q'}, (1, null), 3) USING TIMESTAMP 1000")
	execute(t, "INSERT INTO sink.read_nested (k) VALUES ('b') USING TIMESTAMP 1000")
	r := newTestReader(t, s)
	names := []string{"s", "f", "u", "fu", "t", "after"}
	have, found := read(t, r, tab, keyOf(tab, []byte("a")), names...)
	if !found {
		t.Fatal("no row")
	}
	one, null, q := "\x00\x00\x00\x04\x00\x00\x00\x01", "\xff\xff\xff\xff", "\x00\x00\x00\x01q"
	xy := "\x00\x00\x00\x02\x00\x00\x00\x01x\x00\x00\x00\x01y"
	for i, want := range []struct {
		data  string
		stamp int64
	}{{xy, 0}, {xy, 1000}, {one + null, 0}, {one + q, 1000}, {one + null, 1000}, {"\x00\x00\x00\x03", 1000}} {
		if h := have[i]; !h.Set || string(h.Data) != want.data || h.Stamp != want.stamp {
			t.Errorf("%s is %+v, want %q at %d", names[i], h, want.data, want.stamp)
		}
	}
	have, found = read(t, r, tab, keyOf(tab, []byte("b")), names...)
	if !found || slices.ContainsFunc(have, func(h mapping.Stored) bool { return h.Set }) {
		t.Errorf("the row that is its key alone: %v, %+v", found, have)
	}
}

// A table that is another one by now is no difference but an error.
func TestReaderSeesAChangedTable(t *testing.T) {
	s := connect(t, testDeps())
	tab := table(t, s, "read_changed", "k text PRIMARY KEY, v int")
	table(t, s, "read_changed", "k text PRIMARY KEY, v text")
	execute(t, "INSERT INTO sink.read_changed (k, v) VALUES ('a', 'four')")
	_, _, err := newTestReader(t, s).Read(t.Context(), tab, keyOf(tab, []byte("a")), []int{tab.Column("v")})
	if retry.ClassOf(err) != retry.Schema {
		t.Errorf("error %v, want one of class schema", err)
	}
}
