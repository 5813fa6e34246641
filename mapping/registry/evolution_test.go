package registry

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"ingest/mapping"
)

// TestVersionsOfOneTopic: each record is read with the schema that it was written
// with, whatever the versions did to the fields.
func TestVersionsOfOneTopic(t *testing.T) {
	w := newWorld(t, config())
	record := func(fields string) string { return `{"type":"record","name":"Order","fields":[` + fields + `]}` }
	const text = "61626364" // abcd
	for i, v := range []struct {
		name, schema string
		value        []byte
		want         string
	}{
		{"as it was", record(`{"name":"qty","type":"int"}`), putLong(nil, 5), "qty=00000005"},
		{"a field is added in front", record(`{"name":"note","type":"string"},{"name":"qty","type":"int"}`), putLong(putString(nil, "x"), 5), "qty=00000005"},
		{"the field is removed", record(`{"name":"note","type":"string"}`), putString(nil, "x"), "qty=?3"},
		{"promoted", record(`{"name":"qty","type":"long"}`), putLong(nil, 6), "qty=00000006"},
		{"promoted, beyond the column", record(`{"name":"qty","type":"long"}`), putLong(nil, 1<<40), "value table=shop.orders column=qty path=value.qty type=int: "},
		{"made nullable", record(`{"name":"qty","type":["null","int"]}`), putLong(putLong(nil, 1), 7), "qty=00000007"},
		{"its branches in turn", record(`{"name":"qty","type":["int","null"]}`), putLong(putLong(nil, 0), 7), "qty=00000007"},
		{"renamed", record(`{"name":"quantity","aliases":["qty"],"type":"int"}`), putLong(nil, 8), "qty=00000008"},
		{"renamed, and another of the old name", record(`{"name":"quantity","aliases":["qty"],"type":"string"},{"name":"qty","type":"int"}`), putLong(putString(nil, "x"), 9), "qty=00000009"},
		{"two with that alias", record(`{"name":"a","aliases":["qty"],"type":"int"},{"name":"b","aliases":["qty"],"type":"int"}`), putLong(putLong(nil, 1), 2), "schema table=shop.orders column=qty path=value.qty type=int: qty matches both a and b"},
		{"retyped", record(`{"name":"qty","type":"boolean"}`), []byte{1}, "schema table=shop.orders column=qty path=value.qty type=int: "},
	} {
		t.Run(v.name, func(t *testing.T) {
			id := int32(i + 1)
			w.seed("orders-value", i+1, int(id), v.schema)
			m := ordersMapper(t, w, "string", "text")
			rec := mapping.Record{Topic: "orders", Key: []byte("abcd"), Value: framed(id, v.value)}
			var buf mapping.Buffer
			if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
				t.Fatal(err)
			}
			got := described(&buf)
			if !strings.Contains(got, v.want) || len(buf.Rows) == 1 && !strings.Contains(got, "id="+text) {
				t.Errorf("got %swant %s", got, v.want)
			}
		})
	}
}

// TestReorderedEnums: a symbol is its text, wherever a version has it.
func TestReorderedEnums(t *testing.T) {
	w := newWorld(t, config())
	const one = `{"type":"record","name":"R","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":["RED","BLUE"]}}]}`
	w.seed("orders-value", 1, 1, one)
	w.seed("orders-value", 2, 2, strings.Replace(one, `"RED","BLUE"`, `"BLUE","GREEN","RED"`, 1))
	file := strings.ReplaceAll(orders, "KEY", "string")
	file = strings.Replace(file, "qty: value.qty", "qty: value.e", 1)
	m := NewMapper(compile(t, file, table(t, "orders", 1, "id", "text", "qty", "text", "schema", "int")), w.client)
	var buf mapping.Buffer
	for id, at := range map[int32]int64{1: 1, 2: 0} {
		rec := mapping.Record{Topic: "orders", Key: []byte("a"), Value: framed(id, putLong(nil, at))}
		if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range buf.Rows {
		if string(row.Cells[1].Data) != "BLUE" {
			t.Errorf("%s", described(&buf))
		}
	}
	if len(buf.Rows) != 2 {
		t.Errorf("%s", described(&buf))
	}
}

// TestAPlanIsCompiledOnce: however many lanes meet a schema's records, and in
// whatever order, its plan is made once, and the registry is asked once.
func TestAPlanIsCompiledOnce(t *testing.T) {
	w := newWorld(t, config())
	w.seed("orders-value", 1, 1, ordersValue)
	w.seed("orders-value", 2, 2, widerValue)
	m := ordersMapper(t, w, "string", "text")
	values := [][]byte{framed(1, putLong(nil, 5)), framed(2, putLong(putString(nil, "x"), 5))}
	const lanes, records = 8, 500
	made := make([]map[*plan]bool, lanes)
	var running sync.WaitGroup
	for lane := range lanes {
		running.Go(func() {
			made[lane] = map[*plan]bool{}
			var buf mapping.Buffer
			for i := range records {
				rec := mapping.Record{Topic: "orders", Key: []byte("a"), Value: values[(lane+i)%2]}
				if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
					t.Error(err)
				}
				for _, p := range *m.write.value.plans.Load() {
					made[lane][p] = true
				}
			}
			if len(buf.Rows) != records {
				t.Errorf("%d rows, want %d", len(buf.Rows), records)
			}
		})
	}
	running.Wait()
	all := map[*plan]bool{}
	for _, plans := range made {
		for p := range plans {
			all[p] = true
		}
	}
	if len(all) != 2 || w.asked() != 2 {
		t.Errorf("%d plans were made and the registry was asked %d times, for 2 schemas", len(all), w.asked())
	}
	entry, err := w.client.find(t.Context(), schemaRef{id: 1})
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Collect(maps.Values(*m.write.value.plans.Load()))
	if again := m.write.value.add(schemaRef{id: 1}, entry); !slices.Contains(before, again) {
		t.Error("who comes second makes the plan again")
	}
}
