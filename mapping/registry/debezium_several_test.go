package registry

import (
	"slices"
	"strings"
	"testing"

	"ingest/mapping"
)

// envelopeOf is a small envelope of a source table whose rows have one field
// beside the id.
func envelopeOf(namespace, field string) string {
	return strings.NewReplacer("NAMESPACE", namespace, "FIELD", field).Replace(`{"type":"record","name":"Envelope","namespace":"NAMESPACE","fields":[
{"name":"before","default":null,"type":["null",{"type":"record","name":"Value","fields":[{"name":"id","type":"int"},{"name":"FIELD","type":["null","string"]}]}]},
{"name":"after","default":null,"type":["null","Value"]},
{"name":"op","type":"string"}]}`)
}

const severalTables = `
version: 1
topics:
  - topic: all
    envelope: debezium
    tables:
      - table: shop.people
        record: db.people.Envelope
        columns: {name: value.name, id: key.id}
      - table: shop.cities
        record: db.cities.Envelope
        columns: {id: key.id, title: value.title}
`

func severalProgram(t *testing.T) *mapping.Program {
	return compile(t, severalTables, table(t, "people", 2, "name", "text", "id", "int"), table(t, "cities", 1, "id", "int", "title", "text"))
}

// change is the body of an event of either envelope: the field before and after.
func change(op, before, after string) []byte {
	var b []byte
	for _, v := range []string{before, after} {
		if v == "" {
			b = putLong(b, 0)
			continue
		}
		b = putString(putLong(putLong(putLong(b, 1), 7), 1), v)
	}
	return putString(b, op)
}

// TestDebeziumSeveralEnvelopes: events of two source tables in one topic, whether
// each envelope has a subject of its own (TopicRecordNameStrategy) or one schema is a
// union of them, with a record beside them that Debezium writes.
func TestDebeziumSeveralEnvelopes(t *testing.T) {
	people, cities, beat := envelopeOf("db.people", "name"), envelopeOf("db.cities", "title"), debeziumSchema(t, "heartbeat")
	for _, tc := range []struct {
		name string
		seed map[string]string // by subject, whose id is its place below
		head [3][]byte         // of people, cities and heartbeats
	}{
		{"each its own", map[string]string{"all-db.people.Envelope": people, "all-db.cities.Envelope": cities, "all-heartbeat": beat},
			[3][]byte{framed(2, nil), framed(3, nil), framed(4, nil)}},
		{"a union", map[string]string{"all-value": "[\"null\"," + people + "," + cities + "," + beat + "]"},
			[3][]byte{framed(5, putLong(nil, 1)), framed(5, putLong(nil, 2)), framed(5, putLong(nil, 3))}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, config())
			w.seed("all-key", 1, 1, debeziumSchema(t, "postgres-key"))
			ids := map[string]int{"all-db.people.Envelope": 2, "all-db.cities.Envelope": 3, "all-heartbeat": 4, "all-value": 5}
			for subject, schema := range tc.seed {
				w.seed(subject, 1, ids[subject], schema)
			}
			program := severalProgram(t)
			ds, err := checked(t.Context(), w.client, program)
			if err != nil || ds.Err() != nil {
				t.Fatal(err, ds)
			}
			only, err := program.Only("shop.cities")
			if err != nil {
				t.Fatal(err)
			}
			event := func(kind int, body []byte) []byte { return slices.Concat(tc.head[kind], body) }
			values := [][]byte{event(0, change("c", "", "Ann")), event(1, change("r", "", "Oslo")), event(0, change("u", "Ann", "Bea")),
				event(1, change("d", "Oslo", "")), event(2, putLong(nil, 1)), event(0, change("d", "Bea", "")), event(1, change("t", "", ""))}
			d := &debezium{t: t, world: w, mapper: NewMapper(program, w.client)}
			for _, v := range values {
				d.value(v)
			}
			const truncated = ": the source's table was truncated, and the rows here stay: truncate the table, or say `truncate: ignore`"
			ofCities := []string{"1: INSERT at 101: id=00000007 title=4f736c6f", "3: DELETE at 103: id=00000007"}
			check(t, described(&d.buf),
				"0: INSERT at 100: name=416e6e id=00000007",
				ofCities[0],
				"2: INSERT at 102: name=426561 id=00000007",
				"2: DELETE at 102: name=416e6e id=00000007",
				ofCities[1],
				"5: DELETE at 105: name=426561 id=00000007",
				"6: truncate path=op"+truncated)
			d = &debezium{t: t, world: w, mapper: NewMapper(only, w.client)}
			for _, v := range values {
				d.value(v)
			}
			check(t, described(&d.buf), append(ofCities, "6: truncate path=op"+truncated)...)
		})
	}
}

// TestDebeziumOutgrown: a row that `when` no longer takes stays, and delete_when
// deletes it.
func TestDebeziumOutgrown(t *testing.T) {
	for key, want := range map[string]string{
		"when: value.city != 'gone'":        "",
		"delete_when: value.city == 'gone'": "1: DELETE at 101: id=00000007\n",
	} {
		d := newDebezium(t, "")
		d.mapper = NewMapper(compile(t, `
version: 1
topics:
  - topic: customers
    envelope: debezium
    tables:
      - table: shop.kept
        `+key+`
        columns: {id: key.id, city: value.city}
`, table(t, "kept", 1, "id", "int", "city", "text")), d.world.client)
		d.event("c", nil, customer(7, "A")).event("u", nil, customer(7, "gone")).event("d", customer(7, "gone"), nil)
		if got := described(&d.buf); got != "0: INSERT at 100: id=00000007 city=41\n"+want+"2: DELETE at 102: id=00000007\n" {
			t.Errorf("%s: got\n%s", key, got)
		}
	}
}
