package literal

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"pgregory.net/rapid"

	"ingest/mapping"
)

func parseType(t testing.TB, text string) *mapping.Type {
	t.Helper()
	udt := &mapping.Type{Kind: mapping.TypeUDT, Keyspace: "k", Name: "addr", Fields: []string{"street", "Zip"}}
	for _, field := range []string{"text", "int"} {
		udt.Elems = append(udt.Elems, must(mapping.ParseType(field, nil))(t))
	}
	return must(mapping.ParseType(text, func(string) (*mapping.Type, error) { return udt, nil }))(t)
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// The bytes are written out by hand, after the native protocol's section 6.
func TestOf(t *testing.T) {
	for _, tc := range []struct{ typ, bytes, want string }{
		{"text", "69742773", "'it''s'"},
		{"text", "", "''"},
		{"blob", "00ff", "0x00ff"},
		{"blob", "", "0x"},
		{"int", "", "(empty)"},
		{"boolean", "01", "true"},
		{"tinyint", "ff", "-1"},
		{"smallint", "8000", "-32768"},
		{"int", "7fffffff", "2147483647"},
		{"bigint", "8000000000000000", "-9223372036854775808"},
		{"varint", "00ff", "255"},
		{"varint", "ff", "-1"},
		{"float", "3f800000", "1"},
		{"double", "7ff8000000000001", "NaN"},
		{"double", "fff0000000000000", "-Infinity"},
		{"decimal", "0000000200ff", "2.55"},
		{"decimal", "00000003ff", "-0.001"},
		{"decimal", "fffffffe05", "5E2"},
		{"uuid", "00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff"},
		{"inet", "7f000001", "'127.0.0.1'"},
		{"date", "80000000", "'1970-01-01'"},
		{"date", "7fffffff", "'1969-12-31'"},
		{"date", "00000000", "0"},
		{"time", "0000000000000001", "'00:00:00.000000001'"},
		{"timestamp", "ffffffffffffffff", "'1969-12-31T23:59:59.999Z'"},
		{"timestamp", "7fffffffffffffff", "9223372036854775807"},
		{"duration", "020406", "1mo2d3ns"},
		{"duration", "010000", "-1mo"},
		{"duration", "000000", "0s"},
		{"list<int>", "00000002" + "0000000400000001" + "ffffffff", "[1, null]"},
		{"set<text>", "00000001" + "0000000161", "{'a'}"},
		{"map<text, int>", "00000001" + "0000000161" + "0000000400000007", "{'a': 7}"},
		{"tuple<int, text>", "0000000400000001", "(1, null)"},
		{"frozen<addr>", "0000000161" + "0000000400000009", `{street: 'a', "Zip": 9}`},
		{"vector<float, 2>", "3f80000040000000", "[1, 2]"},
		{"vector<text, 2>", "0161" + "026262", "['a', 'bb']"},
		{"vector<smallint, 1>", "020007", "[7]"},
		{"list<frozen<list<int>>>", "00000001" + "0000000c" + "00000001" + "0000000400000003", "[[3]]"},
	} {
		data, err := hex.DecodeString(tc.bytes)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Of(parseType(t, tc.typ), data); err != nil || got != tc.want {
			t.Errorf("%s %s is %s, %v; want %s", tc.typ, tc.bytes, got, err, tc.want)
		}
	}
}

func TestOfRefusesWhatIsNoValue(t *testing.T) {
	for _, tc := range []struct{ typ, bytes string }{
		{"int", "00"}, {"text", "ff"}, {"inet", "01"}, {"decimal", "00000001"}, {"duration", "02"}, {"duration", "0000000000"},
		{"list<int>", "00000001"}, {"list<int>", "7fffffff"}, {"list<int>", "0000000000"}, {"tuple<int>", "0000000400"}, {"vector<float, 2>", "3f800000"},
		{"vector<text, 1>", "ffffffffffffffffff"},
	} {
		data, _ := hex.DecodeString(tc.bytes)
		if got, err := Of(parseType(t, tc.typ), data); err == nil {
			t.Errorf("%s %s gives %s", tc.typ, tc.bytes, got)
		}
	}
}

// What the encoders of constants write is read back as it was.
func TestOfReadsWhatIsEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		if got, err := Of(&mapping.Type{Kind: mapping.TypeBigint}, binary.BigEndian.AppendUint64(nil, uint64(n))); err != nil || got != number(n) {
			t.Fatalf("%d is %s, %v", n, got, err)
		}
		u := rapid.Uint64().Draw(t, "u")
		r := &reader{data: mapping.AppendUvint(nil, u)}
		if got := r.uvint(); got != u || r.done() != nil {
			t.Fatalf("%d is %d, %v", u, got, r.done())
		}
		f := rapid.Float64().Draw(t, "f")
		if got, err := Of(&mapping.Type{Kind: mapping.TypeDouble}, binary.BigEndian.AppendUint64(nil, math.Float64bits(f))); err != nil || got == "" {
			t.Fatalf("%v is %s, %v", f, got, err)
		}
	})
}

// FuzzOf: no bytes make it panic or hang.
func FuzzOf(f *testing.F) {
	types := []string{"map<text, frozen<list<tuple<int, frozen<addr>>>>>", "vector<text, 3>", "decimal", "duration", "varint", "date", "timestamp", "vector<vector<float, 2>, 2>"}
	for i := range types {
		f.Add(uint8(i), []byte{0, 0, 0, 1, 0, 0, 0, 1, 'a'})
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		_, _ = Of(parseType(t, types[int(which)%len(types)]), data)
	})
}
