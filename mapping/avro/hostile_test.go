package avro_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
	"ingest/retry"
)

const (
	longs    = `{"type":"array","items":"long"}`
	nulls    = `{"type":"array","items":"null"}`
	treeText = `{"type":"record","name":"Tree","fields":[{"name":"kids","type":{"type":"array","items":"Tree"}}]}`
	twoTexts = `{"type":"record","name":"R","fields":[{"name":"a","type":"string"},{"name":"b","type":"string"}]}`
)

// TestHostilePayloads: each is refused as such, whether its fields are wanted,
// picked apart or skipped.
func TestHostilePayloads(t *testing.T) {
	deep := bytes.Repeat([]byte{2}, 20<<20)
	cases := []struct {
		name    string
		schema  string
		cql     string // of the whole value
		payload []byte
		want    string
	}{
		{"empty", `"long"`, "bigint", nil, "at byte 0 of 0: the data ends"},
		{"truncated varint", `"long"`, "bigint", []byte{0x80}, "the data ends"},
		{"truncated second field", twoTexts, "", []byte("\x02a"), "at byte 2 of 2: the data ends"},
		{"truncated text", `"string"`, "text", []byte("\x06ab"), "length is negative or reaches beyond"},
		{"truncated fixed", `{"type":"fixed","name":"F","size":4}`, "blob", []byte("abc"), "the data ends"},
		{"truncated float", `"float"`, "float", []byte("abc"), "the data ends"},
		{"truncated double", `"double"`, "double", []byte("abc"), "the data ends"},
		{"truncated boolean", `"boolean"`, "boolean", nil, "the data ends"},
		{"array without its end", longs, "list<bigint>", []byte{2, 2}, "the data ends"},
		{"trailing bytes", `"long"`, "bigint", []byte{2, 0}, "at byte 1 of 2: bytes are left"},
		{"varint of eleven bytes", `"long"`, "bigint", append(bytes.Repeat([]byte{0x80}, 10), 0), "more than 64 bits"},
		{"varint of 65 bits", `"long"`, "bigint", append(bytes.Repeat([]byte{0xff}, 9), 2), "more than 64 bits"},
		{"int of 33 bits", `"int"`, "int", []byte{0x80, 0x80, 0x80, 0x80, 0x10}, "more than 32 bits"},
		{"int of six bytes", `"int"`, "int", []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0}, "more than 32 bits"},
		{"boolean 2", `"boolean"`, "boolean", []byte{2}, "neither 0 nor 1"},
		{"negative length", `"string"`, "text", []byte{1}, "length is negative"},
		{"lowest length", `"bytes"`, "blob", putLong(nil, math.MinInt64), "length is negative"},
		{"highest length", `"bytes"`, "blob", putLong(nil, math.MaxInt64), "reaches beyond"},
		{"enum index too large", `{"type":"enum","name":"E","symbols":["A"]}`, "text", []byte{2}, "enum's index"},
		{"enum index negative", `{"type":"enum","name":"E","symbols":["A"]}`, "text", []byte{1}, "enum's index"},
		{"union index too large", `["null","long"]`, "bigint", []byte{4}, "union's index"},
		{"union index negative", `["null","long"]`, "bigint", []byte{1}, "union's index"},
		{"array count 1<<40", longs, "list<bigint>", putLong(nil, 1<<40), "more items than the data can hold"},
		{"array count beyond the data", longs, "list<bigint>", []byte{6, 0, 0}, "more items than the data can hold"},
		{"array of doubles beyond the data", `{"type":"array","items":"double"}`, "list<double>", append([]byte{4}, make([]byte, 15)...), "more items than the data can hold"},
		{"map count beyond the data", `{"type":"map","values":"long"}`, "map<text, bigint>", []byte{4, 0, 0, 0}, "more items than the data can hold"},
		{"block count MinInt64", longs, "list<bigint>", putLong(putLong(nil, math.MinInt64), 0), "block's size"},
		{"block size beyond the data", longs, "list<bigint>", []byte{1, 100, 0, 0}, "block's size"},
		{"block size negative", longs, "list<bigint>", []byte{1, 1, 0, 0}, "block's size"},
		{"block size too small for its items", longs, "list<bigint>", []byte{3, 2, 0, 0, 0}, "block's size"},
		{"block size too large for its items", longs, "list<bigint>", []byte{1, 4, 0, 0, 0}, "block's size"},
		{"block size too small for its item", longs, "list<bigint>", []byte{1, 2, 0x80, 1, 0}, "block's size"},
		{"block counts that overflow", nulls, "", putLong(putLong(nil, 1), math.MaxInt64), "too many items of no size"},
		{"2e9 items of no size", nulls, "", putLong(nil, 2_000_000_000), "too many items of no size"},
		{"items of no size in many blocks", nulls, "", bytes.Repeat(putLong(nil, avro.MaxEmptyItems/2), 3), "too many items of no size"},
		{"2e9 empty records", `{"type":"array","items":{"type":"record","name":"E","fields":[]}}`, "", putLong(nil, 2_000_000_000), "too many items of no size"},
		{"20 MB of nesting", treeText, "", deep, "nest too deep"},
		{"record of itself alone", `{"type":"record","name":"Self","fields":[{"name":"self","type":"Self"}]}`, "", nil, "nest too deep"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			refused(t, c.schema, nil, c.payload, c.want)
			if c.cql != "" {
				refused(t, c.schema, []want{at(c.cql)}, c.payload, c.want)
			}
			wrapped := `{"type":"record","name":"Wrapper","fields":[{"name":"pad","type":"int"},{"name":"f","type":` + c.schema + `}]}`
			_, found, _ := strings.Cut(c.want, ": ")
			if !strings.HasPrefix(c.want, "at byte") {
				found = c.want
			}
			refused(t, wrapped, append(parts(c.schema), at("int", "pad")), append([]byte{0}, c.payload...), found)
		})
	}
}

// parts wants an item, so that the walk goes through the array or map.
func parts(schema string) []want {
	switch {
	case strings.Contains(schema, "double"):
		return []want{at("double", "f", 3)}
	case strings.Contains(schema, "record"):
		return nil
	}
	return []want{at("bigint", "f", 3), at("bigint", "f", "k")}
}

// refused wants a decode error that names the fault and its place only.
func refused(t *testing.T, schema string, wants []want, payload []byte, text string) {
	t.Helper()
	_, err := decode(t, schema, wants, payload)
	poison, ok := errors.AsType[*retry.Poison](err)
	if !ok || poison.Reason != retry.ReasonDecode || !strings.Contains(err.Error(), text) {
		t.Errorf("wanting %v: got %v, want %q", wants, err, text)
	}
}

func TestDepthUpToTheBoundIsRead(t *testing.T) {
	// Each level is a record and an array; the innermost array is empty.
	nest := func(levels int) []byte {
		return append(append(bytes.Repeat([]byte{2}, levels-1), 0), make([]byte, levels-1)...)
	}
	if _, err := decode(t, treeText, nil, nest(avro.MaxDepth/2)); err != nil {
		t.Error(err)
	}
	refused(t, treeText, nil, nest(avro.MaxDepth/2+1), "nest too deep")
}

func TestEmptyItemsUpToTheBoundAreRead(t *testing.T) {
	if _, err := decode(t, nulls, nil, append(putLong(nil, avro.MaxEmptyItems), 0)); err != nil {
		t.Error(err)
	}
}

// TestEmptyRecordsOfEmptyRecords: a schema whose record of no size has 2^40
// fields in all costs nothing to read.
func TestEmptyRecordsOfEmptyRecords(t *testing.T) {
	schema := `{"type":"record","name":"R0","fields":[]}`
	for i := 1; i <= 40; i++ {
		name := "R" + strings.Repeat("x", i)
		schema = `{"type":"record","name":"` + name + `","fields":[{"name":"a","type":` + schema + `},{"name":"b","type":"` + inner(i) + `"}]}`
	}
	if _, err := decode(t, schema, nil, nil); err != nil {
		t.Error(err)
	}
}

func inner(i int) string {
	if i == 1 {
		return "R0"
	}
	return "R" + strings.Repeat("x", i-1)
}

// TestAmplification: a payload whose collection would be a hundred times its
// size costs its column, and no more memory than the bound.
func TestAmplification(t *testing.T) {
	symbol := strings.Repeat("A", 100)
	record := `{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array","items":{"type":"enum","name":"E","symbols":["` + symbol + `"]}}},{"name":"b","type":"int"}]}`
	decoder, problems := avro.Compile(parse(t, record), targets(t, []want{at("list<text>", "a"), at("int", "b")}))
	if problems != nil {
		t.Fatal(problems)
	}
	const items = 1 << 20
	payload := append(append(putLong(nil, items), make([]byte, items)...), 0, 2)
	var buffer mapping.Buffer
	frame := buffer.Frame(2)
	if err := decoder.Decode(payload, frame); err != nil {
		t.Fatal(err)
	}
	if got := cells(frame); !strings.HasPrefix(got[0], "!collection, tuple or user-defined type takes too many bytes") || got[1] != "00000001" {
		t.Errorf("got %.80q", got)
	}
	if cap(frame.Arena) > 2*avro.MaxCell {
		t.Errorf("the arena grew to %d bytes", cap(frame.Arena))
	}
}

// TestErrorsHoldNoData: what a payload says must not reach logs.
func TestErrorsHoldNoData(t *testing.T) {
	cases := []struct{ schema, cql, payload string }{
		{`"string"`, "text", "\x0csecret\x00"},
		{`"string"`, "uuid", "\x0csecret"},
		{`"string"`, "inet", "\x0csecret"},
		{`"long"`, "tinyint", "\xce\xc2\xf1\x05"},
		{`"string"`, "ascii", "\x0esecret\xff"},
	}
	for _, c := range cases {
		got, err := decode(t, c.schema, []want{at(c.cql)}, []byte(c.payload))
		text := got[0]
		if err != nil {
			text = err.Error()
		} else if text[0] != '!' {
			t.Errorf("%s into %s: no fault", c.schema, c.cql)
		}
		if strings.Contains(text, "secret") || strings.Contains(text, "6172839") {
			t.Errorf("the error holds the value: %s", text)
		}
	}
}
