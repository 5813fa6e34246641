package mapping_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// misfit is a value that its column cannot hold.
type misfit struct {
	schema  string
	cql     string
	payload []byte // the Avro bytes of the value
	secret  string // what of it must not be told
}

func avroLong(v int64) []byte { return binary.AppendVarint(nil, v) }

func avroText(s string) []byte { return append(avroLong(int64(len(s))), s...) }

func avroList(items ...[]byte) []byte {
	out := avroLong(int64(len(items)))
	for _, item := range items {
		out = append(out, item...)
	}
	return append(out, 0)
}

func misfits() []misfit {
	const long, text, big, odd = `"long"`, `"string"`, 7_654_321_987_654_321, "s3cr3t-é"
	var out []misfit
	for _, column := range []string{"tinyint", "smallint", "int", "float", "double"} {
		out = append(out, misfit{long, column, avroLong(big<<8 + 1), fmt.Sprint(big<<8 + 1)})
	}
	for _, column := range []string{"ascii", "uuid", "timeuuid", "inet", "timestamp", "date", "time", "duration", "decimal", "varint"} {
		out = append(out, misfit{text, column, avroText(odd), odd})
	}
	logical := func(base, name string) string { return `{"type":"` + base + `","logicalType":"` + name + `"}` }
	debezium := func(base, name string) string {
		return `{"type":"` + base + `","connect.name":"io.debezium.` + name + `"}`
	}
	decimal := `{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}`
	return append(out,
		misfit{text, "text", avroText("s3cr3t\xff"), "s3cr3t"},
		misfit{text, "timeuuid", avroText(uuid4), uuid4},
		misfit{text, "duration", avroText("P1DT-4217S"), "4217"},
		misfit{text, "duration", avroText("P987654321Y"), "987654321"},
		misfit{decimal, "decimal", avroText(""), ""},
		misfit{decimal, "varint", avroText("\x04\xd2"), "12.34"},
		misfit{decimal, "varint", avroText(strings.Repeat("s3cr3t", 1000)), "s3cr3t"},
		misfit{logical("bytes", "big-decimal"), "decimal", avroText("s3cr3t"), "s3cr3t"},
		misfit{`{"type":"fixed","name":"P","size":12,"logicalType":"duration"}`, "duration", []byte("\xff\xff\xff\xff\x01\x00\x00\x00\x01\x00\x00\x00"), "4294967295"},
		misfit{logical("int", "time-millis"), "time", avroLong(86_400_000), "86400000"},
		misfit{logical("long", "time-micros"), "time", avroLong(-4217), "4217"},
		misfit{debezium("long", "time.NanoTime"), "time", avroLong(big), fmt.Sprint(big)},
		misfit{debezium("long", "time.MicroDuration"), "duration", avroLong(big << 8), fmt.Sprint(big << 8)},
		misfit{debezium("bytes", "data.Bits"), "bigint", avroText("s3cr3t-s3cr3t"), "s3cr3t"},
		misfit{debezium("bytes", "data.Bits"), "int", avroText("s3cr3t"), "s3cr3t"},
		misfit{logical("long", "timestamp-millis"), "date", avroLong(big << 8), fmt.Sprint(big << 8)},
		misfit{`{"type":"array","items":["null","string"]}`, "list<text>", avroList(append(avroLong(1), avroText("s3cr3t")...), avroLong(0)), "s3cr3t"},
		misfit{`{"type":"array","items":"int"}`, "set<tinyint>", avroList(avroLong(4217)), "4217"},
		misfit{`{"type":"array","items":"float"}`, "vector<float, 3>", avroList([]byte{1, 2, 3, 4}), ""},
		misfit{`{"type":"map","values":"string"}`, "map<uuid, text>", avroList(append(avroText("s3cr3t"), avroText("x")...)), "s3cr3t"},
		misfit{`{"type":"record","name":"A","fields":[{"name":"street","type":"string"},{"name":"zip_code","type":"long"}]}`, "addr",
			append(avroText("s3cr3t"), avroLong(1<<40)...), "s3cr3t"})
}

// TestPoisonMessages: what a value that does not fit is told as. Each message names
// the table, the column, the path, the type and what would fit, and never the value.
func TestPoisonMessages(t *testing.T) {
	cases := misfits()
	var types, paths, fields []string
	for i, c := range cases {
		name := fmt.Sprint("f", i)
		types, paths = append(types, c.cql), append(paths, "value."+name)
		inner := strings.NewReplacer(`"name":"P"`, `"name":"P`+name+`"`, `"name":"A"`, `"name":"A`+name+`"`).Replace(c.schema)
		fields = append(fields, `{"name":"`+name+`","type":["null",`+inner+`]}`)
	}
	schema, err := avro.Parse(`{"type":"record","name":"Rec","fields":[`+strings.Join(fields, ",")+`]}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	form := compiled(t, types, paths).Write
	decoder, problems := avro.Compile(schema, form.Targets(mapping.RootValue))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	key := form.Targets(mapping.RootKey)[0].Slot
	var told strings.Builder
	for i, c := range cases {
		payload := make([]byte, i, len(cases)+len(c.payload)+1)
		payload = append(append(payload, 2), c.payload...)
		payload = append(payload, make([]byte, len(cases)-i-1)...)
		var b mapping.Buffer
		frame := b.Frame(len(form.Slots))
		if err := decoder.Decode(payload, frame); err != nil {
			t.Fatalf("%s into %s: %v", c.schema, c.cql, err)
		}
		frame.Cells[key] = mapping.Cell{Data: []byte("k"), State: mapping.Value}
		form.Rows(&mapping.Record{Key: []byte("k")}, frame, 1, 0, &b)
		if len(b.Poison) != 1 {
			t.Fatalf("%s into %s: %d poison", c.schema, c.cql, len(b.Poison))
		}
		message := b.Poison[0].Err.Error()
		if want := fmt.Sprintf("value table=ks.t column=c%d path=value.f%d type=%s: ", i, i, cql(t, c.cql)); !strings.HasPrefix(message, want) || c.secret != "" && strings.Contains(message, c.secret) {
			t.Errorf("got %s, want %s…, without %s", message, want, c.secret)
		}
		told.WriteString(message + "\n")
	}
	golden(t, "testdata/poison.golden", told.String())
}
