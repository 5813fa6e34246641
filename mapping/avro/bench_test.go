package avro_test

import (
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
)

const orderSchema = `{"type":"record","name":"Order","namespace":"com.acme","fields":[
 {"name":"id","type":"string"},
 {"name":"customer","type":"string"},
 {"name":"placed_at","type":{"type":"long","logicalType":"timestamp-millis"}},
 {"name":"quantity","type":"int"},
 {"name":"line_count","type":"int"},
 {"name":"version","type":"long"},
 {"name":"price","type":"double"},
 {"name":"discount","type":"double"},
 {"name":"paid","type":"boolean"},
 {"name":"gift","type":"boolean"},
 {"name":"note","type":["null","string"]},
 {"name":"channel","type":{"type":"enum","name":"Channel","symbols":["WEB","APP","STORE"]}}]}`

func orderPayload() []byte {
	var b []byte
	b = putString(b, "6f1c2b9e-8a41-4f63-9c0e-2f0a6f0f3d11")
	b = putString(b, "customer-0000042-of-the-northern-region")
	b = putLong(b, 1_767_225_600_123)
	b = putLong(b, 3)
	b = putLong(b, 12)
	b = putLong(b, 8_812_345)
	b = putDouble(b, 129.95)
	b = putDouble(b, 0.15)
	b = append(b, 1, 0)
	b = putLong(b, 1)
	b = putString(b, "leave it with the neighbour, please")
	return putLong(b, 2)
}

var orderTypes = []string{"text", "text", "timestamp", "int", "int", "bigint", "double", "double", "boolean", "boolean", "text", "text"}

func orderTargets(tb testing.TB, s *avro.Schema) []mapping.Target {
	var targets []mapping.Target
	for i, f := range s.Shape().Fields {
		targets = append(targets, mapping.Target{Slot: i, Path: []mapping.Step{{Kind: mapping.StepField, Name: f.Name}}, Type: cql(tb, orderTypes[i])})
	}
	return targets
}

// BenchmarkDecode is the way of a record from bytes to cells, in a buffer that
// is reset every 500 records as a lane does.
func BenchmarkDecode(b *testing.B) {
	s := parse(b, orderSchema)
	for _, bench := range []struct {
		name   string
		fields int
	}{{"all of 12 fields", 12}, {"first 3 of 12 fields", 3}} {
		b.Run(bench.name, func(b *testing.B) {
			decoder, problems := avro.Compile(s, orderTargets(b, s)[:bench.fields])
			if problems != nil {
				b.Fatal(problems)
			}
			payload := orderPayload()
			var buffer mapping.Buffer
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if n++; n%500 == 0 {
					buffer.Reset()
				}
				if err := decoder.Decode(payload, buffer.Frame(12)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
