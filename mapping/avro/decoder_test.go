package avro_test

import (
	"slices"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
)

const addrSchema = `{"type":"record","name":"Addr","fields":[{"name":"zip","type":"int"},{"name":"unused","type":"string"},{"name":"street","type":["null","string"]}]}`

// TestDecode reads payloads written by hand after the specification: numbers
// are zigzag varints, so 02 is 1 and 01 is -1.
func TestDecode(t *testing.T) {
	cases := []struct {
		name    string
		schema  string
		wants   []want
		payload string
		cells   []string // hexadecimal, absent, null, or ! and the fault
	}{
		{"whole string", `"string"`, []want{at("text")}, "\x04ab", []string{"6162"}},
		{"whole long into two columns", `"long"`, []want{at("bigint"), at("tinyint")}, "\x03", []string{"fffffffffffffffe", "fe"}},
		{"int", `"int"`, []want{at("int")}, "\xff\xff\xff\xff\x0f", []string{"80000000"}},
		{"long", `"long"`, []want{at("bigint")}, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", []string{"7fffffffffffffff"}},
		{"float is little-endian", `"float"`, []want{at("float"), at("double")}, "\x00\x00\xc0\x3f", []string{"3fc00000", "3ff8000000000000"}},
		{"double is little-endian", `"double"`, []want{at("double")}, "\x00\x00\x00\x00\x00\x00\xe0\x3f", []string{"3fe0000000000000"}},
		{"boolean", `"boolean"`, []want{at("boolean")}, "\x01", []string{"01"}},
		{"bytes", `"bytes"`, []want{at("blob")}, "\x04\x00\xff", []string{"00ff"}},
		{"fixed", `{"type":"fixed","name":"F","size":2}`, []want{at("blob")}, "ab", []string{"6162"}},
		{"enum", `{"type":"enum","name":"E","symbols":["A","BC"]}`, []want{at("text"), at("ascii")}, "\x02", []string{"4243", "4243"}},
		{"null", `"null"`, []want{at("text")}, "", []string{"null"}},
		{"nullable null", `["null","string"]`, []want{at("text")}, "\x00", []string{"null"}},
		{"nullable value", `["null","string"]`, []want{at("text")}, "\x02\x02a", []string{"61"}},
		{"null last", `["string","null"]`, []want{at("text")}, "\x02", []string{"null"}},
		{"union of numbers", `["null","int","long"]`, []want{at("bigint")}, "\x04\x02", []string{"0000000000000001"}},
		{"empty text is a value", `"string"`, []want{at("text")}, "\x00", []string{""}},
		{"logical types", `{"type":"record","name":"R","fields":[
			{"name":"d","type":{"type":"int","logicalType":"date"}},
			{"name":"p","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}},
			{"name":"u","type":{"type":"string","logicalType":"uuid"}}]}`,
			[]want{at("date", "d"), at("decimal", "p"), at("uuid", "u")},
			"\x00\x04\x04\xd2\x4800000000-0000-0000-0000-0000000000ff",
			[]string{"80000000", "0000000204d2", "000000000000000000000000000000ff"}},
		{"unit", `"long"`, []want{{cql: "timestamp", unit: mapping.UnitSeconds}}, "\x02", []string{"00000000000003e8"}},
		{"fields, skipped and missing", `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"},{"name":"c","type":"long"}]}`,
			[]want{at("bigint", "c"), at("text", "zzz"), at("int", "a")}, "\x02\x04xx\x06", []string{"0000000000000003", "absent", "00000001"}},
		{"another spelling", `{"type":"record","name":"R","fields":[{"name":"customerId","type":"int"}]}`,
			[]want{{path: []any{"customer_id"}, cql: "int", loose: true}, at("int", "customer_id")}, "\x02", []string{"00000001", "absent"}},
		{"through null", `{"type":"record","name":"R","fields":[{"name":"a","type":["null",` + addrSchema + `]}]}`,
			[]want{at("int", "a", "zip"), at("text", "a", "street"), at("addr", "a")}, "\x00", []string{"null", "null", "null"}},
		{"part and whole of one record", `{"type":"record","name":"R","fields":[{"name":"a","type":["null",` + addrSchema + `]},{"name":"z","type":"int"}]}`,
			[]want{at("int", "a", "zip"), at("text", "a", "street"), at("addr", "a"), at("int", "z")},
			"\x02\x0a\x02x\x02\x04ab\x0c", []string{"00000005", "6162", "00000002" + "6162" + "00000004" + "00000005" + "ffffffff", "00000006"}},
		{"union branch by name", `[` + addrSchema + `,{"type":"record","name":"Other","namespace":"x","fields":[{"name":"n","type":"int"}]}]`,
			[]want{at("int", "Addr", "zip"), at("int", "Other", "n"), at("int", "x.Other", "n")}, "\x02\x02", []string{"absent", "00000001", "00000001"}},
		{"tuple", `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","string"]}]}`,
			[]want{at("tuple<int, text>")}, "\x02\x00", []string{"00000004" + "00000001" + "ffffffff"}},
		{"list", `{"type":"array","items":"int"}`, []want{at("list<bigint>")}, "\x04\x02\x04\x00",
			[]string{"00000002" + "00000008" + "0000000000000001" + "00000008" + "0000000000000002"}},
		{"empty list", `{"type":"array","items":"int"}`, []want{at("list<int>")}, "\x00", []string{"00000000"}},
		{"set of two blocks, one with its size", `{"type":"array","items":"string"}`, []want{at("set<text>")}, "\x01\x04\x02a\x02\x02b\x00",
			[]string{"00000002" + "00000001" + "61" + "00000001" + "62"}},
		{"map", `{"type":"map","values":"int"}`, []want{at("map<text, int>"), at("int", "k"), at("int", "none")}, "\x02\x02k\x02\x00",
			[]string{"00000001" + "00000001" + "6b" + "00000004" + "00000001", "00000001", "absent"}},
		{"of two entries with one key the last counts", `{"type":"map","values":["null","string"]}`, []want{at("text", "k")}, "\x04\x02k\x02\x02a\x02k\x00\x00", []string{"null"}},
		{"the last entry counts though it is of another branch", `{"type":"map","values":["long","string"]}`, []want{at("bigint", "k", "long")},
			"\x04\x02k\x00\x0a\x02k\x02\x02a\x00", []string{"absent"}},
		{"fields in the type's order with others between", `{"type":"record","name":"R","fields":[{"name":"x","type":"long"},{"name":"street","type":"string"},
			{"name":"y","type":"string"},{"name":"zip","type":"int"},{"name":"z","type":"long"}]}`,
			[]want{at("addr")}, "\x02\x02a\x04yy\x0e\x02", []string{"00000001" + "61" + "00000004" + "00000007" + "ffffffff"}},
		{"nested", `{"type":"array","items":{"type":"map","values":{"type":"array","items":"int"}}}`, []want{at("list<frozen<map<text, frozen<set<int>>>>>")},
			"\x02\x02\x02k\x02\x02\x00\x00\x00",
			[]string{"00000001" + "00000019" + "00000001" + "00000001" + "6b" + "0000000c" + "00000001" + "00000004" + "00000001"}},
		{"items by index", `{"type":"array","items":["null","int"]}`, []want{at("int", 0), at("int", 1), at("int", 2), at("int", 9)},
			"\x04\x02\x02\x00\x02\x02\x06\x00", []string{"00000001", "null", "00000003", "absent"}},
		{"vector of fixed size", `{"type":"array","items":"float"}`, []want{at("vector<float, 2>")}, "\x04\x00\x00\xc0\x3f\x00\x00\x00\x00\x00", []string{"3fc0000000000000"}},
		{"vector of texts", `{"type":"array","items":"string"}`, []want{at("vector<text, 2>")}, "\x04\x04ab\x00\x00", []string{"02" + "6162" + "00"}},
		{"vector too short", `{"type":"array","items":"float"}`, []want{at("vector<float, 2>"), at("float", 0)}, "\x02\x00\x00\xc0\x3f\x00",
			[]string{"!array does not have as many items as the vector has dimensions", "3fc00000"}},
		{"vector too long", `{"type":"array","items":"float"}`, []want{at("vector<float, 1>")}, "\x04\x00\x00\xc0\x3f\x00\x00\x00\x00\x00",
			[]string{"!array does not have as many items as the vector has dimensions"}},
		{"null in a list", `{"type":"array","items":["null","int"]}`, []want{at("list<int>"), at("int", 1)}, "\x04\x00\x02\x02\x00",
			[]string{"!null within a collection: CQL has no null elements", "00000001"}},
		{"a value out of range costs its column", `{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":{"type":"array","items":"int"}},{"name":"c","type":"int"}]}`,
			[]want{at("tinyint", "a"), at("list<tinyint>", "b"), at("tinyint", "c")}, "\x80\x02\x04\x02\x80\x02\x00\x02",
			[]string{"!out of range for tinyint (-128 to 127)", "!out of range for tinyint (-128 to 127)", "01"}},
		{"text that is no UTF-8 costs its column", `{"type":"record","name":"R","fields":[{"name":"a","type":"string"},{"name":"b","type":"string"}]}`,
			[]want{at("text", "a"), at("blob", "a"), at("text", "b")}, "\x02\xff\x02x", []string{"!text is not valid UTF-8", "ff", "78"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := decode(t, c.schema, c.wants, []byte(c.payload))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.cells) {
				t.Errorf("got  %q\nwant %q", got, c.cells)
			}
		})
	}
}

// TestTextAliasesThePayload: top-level text is not copied, and appending to it
// cannot reach what follows.
func TestTextAliasesThePayload(t *testing.T) {
	payload := []byte("\x04ab\x02c")
	decoder, _ := avro.Compile(parse(t, `{"type":"record","name":"R","fields":[{"name":"a","type":"string"},{"name":"b","type":"string"}]}`),
		targets(t, []want{at("text", "a"), at("text", "b")}))
	var buffer mapping.Buffer
	frame := buffer.Frame(2)
	if err := decoder.Decode(payload, frame); err != nil {
		t.Fatal(err)
	}
	if &frame.Cells[0].Data[0] != &payload[1] {
		t.Error("the text was copied")
	}
	if cap(frame.Cells[0].Data) != 2 || len(frame.Arena) != 0 {
		t.Error("the cell reaches beyond its text")
	}
}

func TestCompileNamesProblems(t *testing.T) {
	schema := parse(t, `{"type":"record","name":"R","fields":[{"name":"a","type":"double"},{"name":"xy","type":"int"},{"name":"x_y","type":"int"}]}`)
	decoder, problems := avro.Compile(schema, targets(t, []want{at("int", "a"), {path: []any{"X_Y"}, cql: "int", loose: true}, at("double", "a")}))
	if len(problems) != 2 || problems[0].Slot != 0 || problems[1].Slot != 1 {
		t.Fatalf("got %v", problems)
	}
	if text := problems[0].Err.Error(); !strings.Contains(text, "double cannot become int") {
		t.Errorf("got %s", text)
	}
	if text := problems[1].Err.Error(); !strings.Contains(text, "matches both xy and x_y") {
		t.Errorf("got %s", text)
	}
	var buffer mapping.Buffer
	frame := buffer.Frame(3)
	if err := decoder.Decode([]byte("\x00\x00\x00\x00\x00\x00\xe0\x3f\x00\x00"), frame); err != nil {
		t.Fatal(err)
	}
	got := cells(frame)
	if got[0][0] != '!' || got[1][0] != '!' || got[2] != "3fe0000000000000" {
		t.Errorf("got %q", got)
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	s := parse(t, orderSchema)
	decoder, _ := avro.Compile(s, orderTargets(t, s))
	payload := orderPayload()
	var buffer mapping.Buffer
	n := testing.AllocsPerRun(100, func() {
		buffer.Reset()
		if err := decoder.Decode(payload, buffer.Frame(12)); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
