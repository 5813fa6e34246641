//go:build stack

package test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"ingest/mapping"
	"ingest/test/harness"
)

const debeziumMapping = `version: 1
topics:
  - topic: debezium
    envelope: debezium
    tables:
      - table: debezium.customers
        columns_from: value
        columns: {id: key.id, lsn: source.lsn}
      - table: debezium.cities
        columns: {city: value.city, id: key.id, name: value.name}
`

// debeziumSchema is what the PostgreSQL connector's Avro converter registers.
func debeziumSchema(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../mapping/registry/testdata/debezium/" + name + ".avsc")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// changes makes the events of one source table.
type changes struct {
	*scene
	key, value *subject
}

func (c *changes) event(id int, op string, before, after map[string]any) *kgo.Record {
	v := map[string]any{"op": op, "before": before, "after": after, "source": map[string]any{
		"version": "3.0.0.Final", "connector": "postgresql", "name": "dbserver1", "ts_ms": int64(1_700_000_000_000), "snapshot": "false",
		"db": "inventory", "schema": "public", "table": "customers", "lsn": int64(77)}}
	for _, name := range []string{"before", "after"} {
		if v[name].(map[string]any) == nil {
			v[name] = nil
		}
	}
	return c.of(id, c.value.encode(c.t, v))
}

func (c *changes) of(id int, value []byte) *kgo.Record {
	return c.record(string(c.key.encode(c.t, map[string]any{"id": id})), value)
}

func customer(id int, city string, name, bio any) map[string]any {
	return map[string]any{"id": id, "city": city, "name": name, "bio": bio, "tags": []any{"t"}}
}

// TestDebezium follows a table's changes: written rows with nulls and values that
// the database did not tell, a changed primary key, deletes and their tombstones,
// a truncated table, and what is no change of a row.
func TestDebezium(t *testing.T) {
	s := newScene(t, "debezium", 1,
		"CREATE TABLE debezium.customers (id int PRIMARY KEY, city text, name text, bio text, tags frozen<list<text>>, lsn bigint)",
		"CREATE TABLE debezium.cities (city text, id int, name text, PRIMARY KEY (city, id))")
	c := &changes{s, register(t, "debezium-key", debeziumSchema(t, "postgres-key")), register(t, "debezium-value", debeziumSchema(t, "postgres-envelope"))}
	beat := register(t, "heartbeats-value", debeziumSchema(t, "heartbeat"))
	const gone = mapping.Unavailable
	records := []*kgo.Record{
		c.event(1, "c", nil, customer(1, "A", "N", "B")),
		c.event(2, "r", nil, customer(2, "A", "M", nil)),
		c.event(1, "u", nil, customer(1, "A", nil, gone)),
		c.event(1, "u", customer(1, "A", nil, "B"), customer(1, "B", nil, gone)),
		c.event(3, "c", nil, customer(3, "C", "Q", nil)),
		c.event(3, "d", customer(3, "C", nil, nil), nil),
		c.of(3, nil),
		c.event(4, "d", customer(4, "D", nil, nil), nil),
		c.of(4, nil),
		c.event(4, "c", nil, customer(4, "D", "P", nil)),
		c.event(0, "t", nil, nil),
		c.of(0, beat.encode(t, map[string]any{"ts_ms": int64(1)})),
		c.event(2, "d", nil, nil),
	}
	at := stamped(records)
	produce(t, s.client, records...)
	env := s.env(debeziumMapping, "INGEST_POISON_SHARE=0")
	s.catchUp(env)

	demandCells(t, "customers", s.cells("SELECT city, lsn, writetime(city) FROM debezium.customers"),
		map[string]string{"B": fmt.Sprint("77@", at(3)), "D": fmt.Sprint("77@", at(9))})
	demandCells(t, "what the database did not tell", s.cells("SELECT bio, lsn, writetime(bio) FROM debezium.customers WHERE id = 1"),
		map[string]string{"B": fmt.Sprint("77@", at(0))})
	demandCells(t, "names", s.cells("SELECT name, lsn, writetime(name) FROM debezium.customers WHERE id = 1"), map[string]string{"": "77@null"})
	// The last event deletes customer 2 from one table and does not tell the other's key.
	demandCells(t, "cities", s.cells("SELECT city, cast(id AS bigint), writetime(name) FROM debezium.cities"),
		map[string]string{"A": fmt.Sprint("2@", at(1)), "B": "1@null", "D": fmt.Sprint("4@", at(9))})
	s.demandLetters(map[string]string{place(records[10]): "truncate *", place(records[12]): "null_key debezium.cities"})
	s.verify(env).demand(t, nil)
	code, output := validate(t, harness.WriteMapping(t, debeziumMapping))
	if code != 0 || !strings.Contains(output, "set REPLICA IDENTITY FULL") {
		t.Errorf("validate: exit code %d and\n%s", code, output)
	}
}
