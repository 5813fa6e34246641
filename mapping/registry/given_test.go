package registry

import (
	"errors"
	"strings"
	"testing"

	"ingest/mapping"
)

const givenOrders = `
version: 1
topics:
  - topic: orders
    key: {format: avro, schema: key.avsc}
    value: {format: avro, schema: order.avsc}
    tables:
      - table: shop.orders
        columns:
          id: key
          qty: value.qty
          schema: meta.schema_id
`

// given compiles givenOrders with schemas by their paths.
func given(t *testing.T, schemas map[string]string) *mapping.Program {
	t.Helper()
	file, found := mapping.Parse("mapping.yaml", []byte(givenOrders))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	file, found = file.ReadSchemas(func(path string) (string, error) {
		if text, ok := schemas[path]; ok {
			return text, nil
		}
		return "", errors.New("no such file")
	})
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	catalog := &mapping.Catalog{Keyspaces: map[string]map[string]*mapping.Table{"shop": {"orders": table(t, "orders", 1, "id", "text", "qty", "int", "schema", "int")}}}
	program, found := mapping.Compile(file, 0, catalog)
	if program == nil {
		t.Fatal(found)
	}
	return program
}

// TestGivenSchemas: payloads are Avro from their first byte on, whatever it is and
// whatever a header says, and nobody asks a registry.
func TestGivenSchemas(t *testing.T) {
	var nobody *Client
	program := given(t, map[string]string{"key.avsc": `"string"`, "order.avsc": ordersValue})
	if found, err := checked(t.Context(), nobody, program); err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	m := NewMapper(program, nobody)
	header := []mapping.Header{{Name: valueHeader, Value: []byte{0, 0, 0, 0, 9}}}
	for _, tt := range []struct {
		key, value []byte
		want       string
	}{
		{putString(nil, "a"), putLong(nil, 5), "0: INSERT at 1: id=61 qty=00000005 schema=?3\n"},
		{putString(nil, ""), putLong(nil, 0), "0: INSERT at 1: id= qty=00000000 schema=?3\n"},
		{putString(nil, "a"), framed(7, putLong(nil, 5)), "0: decode path=value: at byte 1 of 6: bytes are left after the last field\n"},
	} {
		var buf mapping.Buffer
		rec := mapping.Record{Topic: "orders", Key: tt.key, Value: tt.value, Headers: header}
		if err := m.Map(t.Context(), &rec, 1, 0, &buf); err != nil {
			t.Fatal(err)
		}
		if got := described(&buf); got != tt.want || rec.SchemaID != 0 {
			t.Errorf("schema id %d, got %s want %s", rec.SchemaID, got, tt.want)
		}
	}
	nobody.Close()
}

// TestGivenSchemasAreChecked as the only version there is.
func TestGivenSchemasAreChecked(t *testing.T) {
	var nobody *Client
	for value, want := range map[string]string{
		otherValue: "value.qty cannot feed column \"qty\" in schema order.avsc",
		`{"type":"record","name":"R","fields":[{"name":"quantity","type":"int"}]}`: "value.qty is in no registered schema of this topic's value",
		"{": "schema order.avsc: parsing schema",
	} {
		program := given(t, map[string]string{"key.avsc": `"string"`, "order.avsc": value})
		found, err := checked(t.Context(), nobody, program)
		if err != nil {
			t.Fatal(err)
		}
		if fault := found.Err(); fault == nil || !strings.Contains(fault.Error(), want) {
			t.Errorf("found %v, want %q", found, want)
		}
	}
}
