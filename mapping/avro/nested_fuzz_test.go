package avro_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gocql/gocql"
)

const nestedSchema = `{"type":"record","name":"R","fields":[
 {"name":"numbers","type":{"type":"array","items":"long"}},
 {"name":"texts","type":{"type":"array","items":"string"}},
 {"name":"table","type":{"type":"map","values":{"type":"array","items":"long"}}},
 {"name":"people","type":{"type":"array","items":{"type":"record","name":"Addr","fields":[
  {"name":"zip","type":["null","int"]},{"name":"unused","type":"string"},{"name":"street","type":["null","string"]}]}}}]}`

// nestedValue is what one input of the fuzzer stands for.
type nestedValue struct {
	numbers []int64
	texts   []string
}

func nestedOf(data []byte, words string) nestedValue {
	v := nestedValue{numbers: []int64{}, texts: []string{}} // nil is null to the driver
	for chunk := range slices.Chunk(data, 8) {
		var b [8]byte
		copy(b[:], chunk)
		v.numbers = append(v.numbers, int64(binary.LittleEndian.Uint64(b[:])))
	}
	if words != "" {
		v.texts = strings.Split(words, " ")
	}
	return v
}

// avro writes the value: arrays of one block, but for the texts, which have one
// block each.
func (v nestedValue) avro() []byte {
	numbers := func(b []byte) []byte {
		if len(v.numbers) > 0 {
			b = putLong(b, int64(len(v.numbers)))
		}
		for _, n := range v.numbers {
			b = putLong(b, n)
		}
		return append(b, 0)
	}
	b := numbers(nil)
	for _, text := range v.texts {
		b = putString(putLong(b, 1), text)
	}
	b = append(b, 0)
	if len(v.texts) > 0 {
		b = numbers(putString(putLong(b, 1), v.texts[0]))
	}
	b = append(b, 0)
	for i, text := range v.texts {
		b = putLong(b, 1)
		if i%2 == 0 {
			b = putLong(putLong(b, 1), int64(i))
		} else {
			b = putLong(b, 0)
		}
		b = putString(b, "unused")
		if text == "" {
			b = putLong(b, 0)
		} else {
			b = putString(putLong(b, 1), text)
		}
	}
	return append(b, 0)
}

// driverPerson is the addr of the tests as the driver binds it.
type driverPerson struct {
	Street *string `cql:"street"`
	Zip    *int32  `cql:"zip"`
	Extra  *string `cql:"extra"`
}

func (v nestedValue) people() []driverPerson {
	people := make([]driverPerson, len(v.texts))
	for i, text := range v.texts {
		if i%2 == 0 {
			zip := int32(i)
			people[i].Zip = &zip
		}
		if text != "" {
			people[i].Street = &v.texts[i]
		}
	}
	return people
}

// FuzzNestedLikeTheDriver: lists, maps, tuples and user-defined types, in each
// other, have the bytes that gocql makes of the same values.
func FuzzNestedLikeTheDriver(f *testing.F) {
	f.Add([]byte{}, "")
	f.Add([]byte{1, 2, 3}, "a  grüße")
	f.Add(bytes.Repeat([]byte{0xff}, 40), " ")
	native := func(kind gocql.Type) gocql.TypeInfo { return gocql.NewNativeType(4, kind, "") }
	list := func(elem gocql.TypeInfo) gocql.TypeInfo {
		return gocql.CollectionType{NativeType: native(gocql.TypeList).(gocql.NativeType), Elem: elem}
	}
	bigint, text := native(gocql.TypeBigInt), native(gocql.TypeVarchar)
	udt := gocql.UDTTypeInfo{NativeType: native(gocql.TypeUDT).(gocql.NativeType), KeySpace: "shop", Name: "addr", Elements: []gocql.UDTField{
		{Name: "street", Type: text}, {Name: "zip", Type: native(gocql.TypeInt)}, {Name: "extra", Type: text}}}
	table := gocql.CollectionType{NativeType: native(gocql.TypeMap).(gocql.NativeType), Key: text, Elem: list(bigint)}
	f.Fuzz(func(t *testing.T, data []byte, words string) {
		if !utf8.ValidString(words) || len(data) > 1<<12 || len(words) > 1<<12 {
			return
		}
		v := nestedOf(data, words)
		entries := map[string][]int64{}
		if len(v.texts) > 0 {
			entries[v.texts[0]] = v.numbers
		}
		cells, err := decode(t, nestedSchema, []want{at("list<bigint>", "numbers"), at("list<text>", "texts"),
			at("map<text, frozen<list<bigint>>>", "table"), at("list<frozen<addr>>", "people")}, v.avro())
		if err != nil {
			t.Fatal(err)
		}
		for i, theirs := range []struct {
			info  gocql.TypeInfo
			value any
		}{{list(bigint), v.numbers}, {list(text), v.texts}, {table, entries}, {list(udt), v.people()}} {
			want, err := gocql.Marshal(theirs.info, theirs.value)
			if err != nil {
				t.Fatal(err)
			}
			if got := cells[i]; got != hex.EncodeToString(want) {
				t.Fatalf("%s: got %s, the driver %x", theirs.info, got, want)
			}
		}
	})
}
