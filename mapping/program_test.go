package mapping

import (
	"bytes"
	"errors"
	"testing"

	"ingest/retry"
)

// form makes a form of one table by hand: columns with kinds, all fed by
// value.<name>.
func form(t *testing.T, columns ...string) *Form {
	t.Helper()
	table := makeTable(t, "ks", "t", columns...)
	st := &Statement{Table: table, Routing: table.PartitionKey}
	f := &Form{}
	for i, col := range table.Columns {
		st.Columns = append(st.Columns, i)
		f.Slots = append(f.Slots, Slot{Column: col.Name, Type: col.Type, Key: table.IsKey(i), Source: Source{Path: []Step{{Name: col.Name}}}})
	}
	f.Parts = []Part{{Statement: st}}
	return f
}

// set puts a value into a slot as a decoder would.
func set(f *Frame, slot int, data string) {
	start := len(f.Arena)
	f.Arena = append(f.Arena, data...)
	f.Put(slot, start)
}

// TestSettle: absent, null and default are three things.
func TestSettle(t *testing.T) {
	def := Cell{Data: []byte("d"), State: Value}
	for _, tt := range []struct {
		name      string
		state     State
		nulls     Nulls
		def       Cell
		want      State
		wantBytes string
	}{
		{"absent", Absent, NullsUnset, Cell{}, Unset, ""},
		{"absent, nulls: tombstone", Absent, NullsTombstone, Cell{}, Unset, ""},
		{"absent with a default", Absent, NullsUnset, def, Value, "d"},
		{"null", Null, NullsUnset, Cell{}, Unset, ""},
		{"null with a default", Null, NullsUnset, def, Unset, ""},
		{"null, nulls: tombstone", Null, NullsTombstone, def, Tombstone, ""},
		{"null, nulls: default", Null, NullsDefault, def, Value, "d"},
		{"null, nulls: default without one", Null, NullsDefault, Cell{}, Unset, ""},
	} {
		f := form(t, "id text pk", "v text")
		f.Slots[1].Nulls, f.Slots[1].Default = tt.nulls, tt.def
		var b Buffer
		frame := b.Frame(2)
		set(frame, 0, "k")
		frame.Cells[1].State = tt.state
		f.Rows(&Record{}, frame, 1, 0, &b)
		if len(b.Rows) != 1 {
			t.Errorf("%s: %d rows, poison %v", tt.name, len(b.Rows), b.Poison)
			continue
		}
		c := b.Rows[0].Cells[1]
		if c.State != tt.want || string(c.Data) != tt.wantBytes || c.Type != f.Slots[1].Type {
			t.Errorf("%s: cell %+v, want state %d and %q", tt.name, c, tt.want, tt.wantBytes)
		}
	}
}

// TestNullKeyIsPoison: neither null nor absent makes a primary key.
func TestNullKeyIsPoison(t *testing.T) {
	for _, state := range []State{Absent, Null} {
		for _, nulls := range []Nulls{NullsUnset, NullsTombstone, NullsDefault} {
			f := form(t, "id text pk", "v text")
			f.Slots[0].Nulls = nulls
			var b Buffer
			frame := b.Frame(2)
			frame.Cells[0].State = state
			f.Rows(&Record{}, frame, 1, 7, &b)
			var p *retry.Poison
			if len(b.Rows) != 0 || len(b.Poison) != 1 || b.Poison[0].Record != 7 || !errors.As(b.Poison[0].Err, &p) {
				t.Fatalf("state %d: %d rows, poison %v", state, len(b.Rows), b.Poison)
			}
			if p.Reason != retry.ReasonNullKey || p.Table != "ks.t" || p.Column != "id" || p.Path != "value.id" {
				t.Errorf("poison %+v", p)
			}
		}
	}
}

func TestDefaultMakesKey(t *testing.T) {
	f := form(t, "id text pk")
	f.Slots[0].Default = Cell{Data: []byte("none"), State: Value}
	var b Buffer
	f.Rows(&Record{}, b.Frame(1), 1, 0, &b)
	if len(b.Rows) != 1 || string(b.Rows[0].Routing) != "none" {
		t.Errorf("rows %+v, poison %v", b.Rows, b.Poison)
	}
}

// TestPoisonStaysAlone: a table whose value does not fit costs that table only.
func TestPoisonStaysAlone(t *testing.T) {
	f := form(t, "id text pk", "v int")
	other := form(t, "id text pk")
	f.Parts = append(f.Parts, Part{Statement: other.Parts[0].Statement, First: 2}, Part{First: 3, Refuse: &retry.Poison{Reason: retry.ReasonTombstone, Table: "ks.u"}})
	f.Slots = append(f.Slots, other.Slots...)
	var b Buffer
	frame := b.Frame(3)
	set(frame, 0, "k")
	frame.Fail(1, errors.New("out of range for int"))
	set(frame, 2, "k")
	f.Rows(&Record{}, frame, 1, 3, &b)
	if len(b.Rows) != 1 || b.Rows[0].Statement != other.Parts[0].Statement || b.Rows[0].Record != 3 {
		t.Fatalf("rows %+v", b.Rows)
	}
	if len(b.Poison) != 2 || b.Poison[0].Err.Error() != "value table=ks.t column=v path=value.v type=int: out of range for int" ||
		b.Poison[1].Err.Error() != "tombstone table=ks.u" {
		t.Errorf("poison %v", b.Poison)
	}
}

// TestRouting: one part is hashed as it is; several as CompositeType writes
// them: two bytes of length, the bytes, a zero.
func TestRouting(t *testing.T) {
	for _, tt := range []struct {
		name    string
		columns []string
		values  []string
		want    string
	}{
		{"one", []string{"a text pk", "b text ck"}, []string{"ab", "c"}, "ab"},
		{"one, not first", []string{"b text ck", "a text pk"}, []string{"c", "ab"}, "ab"},
		{"empty", []string{"a text pk"}, []string{""}, ""},
		{"two", []string{"a text pk", "b text pk", "c text"}, []string{"ab", "", "x"}, "\x00\x02ab\x00\x00\x00\x00"},
		{"three", []string{"a text pk", "b text pk", "c text pk"}, []string{"a", "bcd", "e"}, "\x00\x01a\x00\x00\x03bcd\x00\x00\x01e\x00"},
	} {
		f := form(t, tt.columns...)
		var b Buffer
		frame := b.Frame(len(tt.values))
		for i, v := range tt.values {
			set(frame, i, v)
		}
		f.Rows(&Record{}, frame, 99, 5, &b)
		if len(b.Rows) != 1 || string(b.Rows[0].Routing) != tt.want {
			t.Fatalf("%s: rows %+v, want routing %q", tt.name, b.Rows, tt.want)
		}
		if r := b.Rows[0]; r.Timestamp != 99 || r.Record != 5 || r.Statement != f.Parts[0].Statement {
			t.Errorf("%s: row %+v", tt.name, r)
		}
	}
}

// TestRoutingKeyOrder: the partition key's order counts, not the table's.
func TestRoutingKeyOrder(t *testing.T) {
	f := form(t, "a text pk", "b text pk")
	f.Parts[0].Statement.Routing = []int{1, 0}
	var b Buffer
	frame := b.Frame(2)
	set(frame, 0, "x")
	set(frame, 1, "yz")
	f.Rows(&Record{}, frame, 1, 0, &b)
	if got := string(b.Rows[0].Routing); got != "\x00\x02yz\x00\x00\x01x\x00" {
		t.Errorf("routing %q", got)
	}
}

func TestRowSize(t *testing.T) {
	f := form(t, "id text pk", "v text")
	var b Buffer
	frame := b.Frame(2)
	set(frame, 0, "four")
	f.Rows(&Record{}, frame, 1, 0, &b)
	if got := b.Rows[0].Size; got != 40+4+4+4 {
		t.Errorf("size %d", got)
	}
}

// TestRowsLiveUntilReset: rows keep their bytes while later records of the same
// buffer make arena and cells grow.
func TestRowsLiveUntilReset(t *testing.T) {
	f := form(t, "a text pk", "b text pk")
	var b Buffer
	for run := range 3 {
		for i := range 2000 {
			frame := b.Frame(2)
			set(frame, 0, string(rune('a'+i%26)))
			set(frame, 1, string(bytes.Repeat([]byte{byte('0' + run)}, i%50)))
			f.Rows(&Record{}, frame, int64(i), int32(i), &b)
		}
		for i, r := range b.Rows {
			if string(r.Cells[0].Data) != string(rune('a'+i%26)) || len(r.Cells[1].Data) != i%50 || r.Routing[2] != byte('a'+i%26) || r.Timestamp != int64(i) {
				t.Fatalf("run %d, row %d: %+v", run, i, r)
			}
		}
		b.Reset()
		if len(b.Rows)+len(b.Poison) != 0 {
			t.Fatal("reset keeps rows")
		}
	}
}

// full is a form with every kind of source, and a record for it.
func full(t testing.TB) (*Form, *Record) {
	t.Helper()
	table := func(name, typ string) Slot {
		parsed, err := ParseType(typ, nil)
		if err != nil {
			t.Fatal(err)
		}
		return Slot{Column: name, Type: parsed}
	}
	f := &Form{Slots: []Slot{table("a", "text"), table("b", "bigint"), table("c", "text"), table("d", "int"), table("e", "text"), table("f", "timestamp"), table("g", "uuid")}}
	st := &Statement{Table: &Table{Keyspace: "ks", Name: "t"}, Routing: []int{0, 1}, Columns: []int{0, 1, 2, 3, 4, 5, 6}}
	f.Parts = []Part{{Statement: st}}
	sources := []Source{{Root: RootKey}, {Root: RootMeta, Name: "offset"}, {Root: RootHeader, Name: "h"}, {Root: RootMeta, Name: "partition"}, {Root: RootMeta, Name: "topic"}, {Root: RootMeta, Name: "timestamp"}, {Root: RootHeader, Name: "u"}}
	for i := range f.Slots {
		s := &f.Slots[i]
		s.Source, s.Key = sources[i], i < 2
		if s.Source.Root == RootKey {
			continue
		}
		var err error
		if s.fill, err = fillerFor(&s.Source, s.Type); err != nil {
			t.Fatal(err)
		}
	}
	return f, &Record{
		Topic: "orders", Partition: 3, Offset: 42, Timestamp: 1_700_000_000_000, Key: []byte("key"),
		Headers: []Header{{"h", []byte("hello")}, {"u", []byte("123e4567-e89b-12d3-a456-426614174000")}},
	}
}

// TestHeaderThatDoesNotFit: what a header cannot become is poison of its column.
func TestHeaderThatDoesNotFit(t *testing.T) {
	f, rec := full(t)
	rec.Headers = append(rec.Headers, Header{"u", []byte("no UUID")})
	var b Buffer
	frame := b.Frame(len(f.Slots))
	set(frame, 0, "key")
	f.Rows(rec, frame, 1, 0, &b)
	if len(b.Rows) != 0 || len(b.Poison) != 1 {
		t.Fatalf("rows %+v, poison %v", b.Rows, b.Poison)
	}
	var p *retry.Poison
	if !errors.As(b.Poison[0].Err, &p) || p.Reason != retry.ReasonValue || p.Column != "g" || p.Path != "header['u']" || !errors.Is(p, errUUID) {
		t.Errorf("poison %+v", p)
	}
}

// textKey gives what fills the slots that take the key from its text.
func textKey(t testing.TB, f *Form) func(key []byte, frame *Frame) {
	t.Helper()
	encoders := map[int]BytesEncoder{}
	for _, target := range f.Targets(RootKey) {
		encode, err := BytesEncoderFor(FormatString.Shape(), target.Type)
		if err != nil {
			t.Fatal(err)
		}
		encoders[target.Slot] = encode
	}
	return func(key []byte, frame *Frame) {
		for slot, encode := range encoders {
			arena, err := encode(frame.Arena, key)
			if err := frame.put(slot, arena, err); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestRowsAllocateNothing holds the promise of no allocation for each record
// once the buffers have grown.
func TestRowsAllocateNothing(t *testing.T) {
	f, rec := full(t)
	key := textKey(t, f)
	var b Buffer
	run := func() {
		b.Reset()
		for i := range int32(100) {
			frame := b.Frame(len(f.Slots))
			key(rec.Key, frame)
			f.Rows(rec, frame, 1, i, &b)
		}
	}
	run()
	if len(b.Rows) != 100 {
		t.Fatalf("%d rows, poison %v", len(b.Rows), b.Poison)
	}
	if got := testing.AllocsPerRun(20, run); got != 0 {
		t.Errorf("%v allocations for 100 records", got)
	}
}

func BenchmarkRows(b *testing.B) {
	f, rec := full(b)
	key := textKey(b, f)
	var buf Buffer
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%1000 == 0 {
			buf.Reset()
		}
		frame := buf.Frame(len(f.Slots))
		key(rec.Key, frame)
		f.Rows(rec, frame, 1, 0, &buf)
	}
}
