package mapping_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// avroType is a row of the type table.
type avroType struct {
	name   string
	schema string
}

// avroTypes are all of Avro's types and logical types, and those that Kafka
// Connect and Debezium add to them.
var avroTypes = []avroType{
	{"null", `"null"`},
	{"boolean", `"boolean"`},
	{"int", `"int"`},
	{"long", `"long"`},
	{"float", `"float"`},
	{"double", `"double"`},
	{"bytes", `"bytes"`},
	{"string", `"string"`},
	{"fixed", `{"type":"fixed","name":"F","size":8}`},
	{"enum", `{"type":"enum","name":"E","symbols":["A","B"]}`},
	{"decimal on bytes", `{"type":"bytes","logicalType":"decimal","precision":38,"scale":10}`},
	{"decimal on fixed", `{"type":"fixed","name":"D","size":16,"logicalType":"decimal","precision":38,"scale":10}`},
	{"big-decimal", `{"type":"bytes","logicalType":"big-decimal"}`},
	{"uuid on string", `{"type":"string","logicalType":"uuid"}`},
	{"uuid on fixed", `{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`},
	{"date", `{"type":"int","logicalType":"date"}`},
	{"time-millis", `{"type":"int","logicalType":"time-millis"}`},
	{"time-micros", `{"type":"long","logicalType":"time-micros"}`},
	{"timestamp-millis", `{"type":"long","logicalType":"timestamp-millis"}`},
	{"timestamp-micros", `{"type":"long","logicalType":"timestamp-micros"}`},
	{"timestamp-nanos", `{"type":"long","logicalType":"timestamp-nanos"}`},
	{"local-timestamp-millis", `{"type":"long","logicalType":"local-timestamp-millis"}`},
	{"local-timestamp-micros", `{"type":"long","logicalType":"local-timestamp-micros"}`},
	{"local-timestamp-nanos", `{"type":"long","logicalType":"local-timestamp-nanos"}`},
	{"duration", `{"type":"fixed","name":"P","size":12,"logicalType":"duration"}`},
	{"Debezium NanoTime", `{"type":"long","connect.name":"io.debezium.time.NanoTime"}`},
	{"Debezium MicroDuration", `{"type":"long","connect.name":"io.debezium.time.MicroDuration"}`},
	{"Debezium NanoDuration", `{"type":"long","connect.name":"io.debezium.time.NanoDuration"}`},
	{"Debezium Bits", `{"type":"bytes","connect.name":"io.debezium.data.Bits"}`},
	{"Debezium VariableScaleDecimal", `{"type":"record","name":"VariableScaleDecimal","namespace":"io.debezium.data",
		"fields":[{"name":"scale","type":"int"},{"name":"value","type":"bytes"}]}`},
	{"array", `{"type":"array","items":"int"}`},
	{"map", `{"type":"map","values":"int"}`},
	{"record", `{"type":"record","name":"R","fields":[{"name":"street","type":"string"}]}`},
	{"union of int and long", `["null","int","long"]`},
	{"union of int and string", `["null","int","string"]`},
}

// tableColumns are the columns of the type table: every scalar type of CQL, and one
// of each kind that holds others.
var tableColumns = append(append([]string{}, scalarTypes...), "list<int>", "set<int>", "map<text, int>", "tuple<text>", "addr", "vector<int, 3>")

// verdict is what the table says of a pair: a letter, or the expression that
// converts.
func verdict(s *mapping.Shape, column *mapping.Type) (letter, conversion string) {
	fit, err := mapping.FitOf(s, column, mapping.UnitNone)
	if err == nil {
		return map[mapping.Fit]string{mapping.Lossless: "L", mapping.Checked: "C", mapping.Floored: "F"}[fit], ""
	}
	if conversion = mapping.ConversionFor(err, "value.x"); conversion != "" {
		return "x", conversion
	}
	return "–", ""
}

// TestTypeTablePage holds docs/types.md, and what the tests on servers read, to
// what the code does; -update writes both.
func TestTypeTablePage(t *testing.T) {
	var table, pairs, conversions strings.Builder
	short := strings.NewReplacer("list<int>", "list", "set<int>", "set", "map<text, int>", "map", "tuple<text>", "tuple", "addr", "UDT", "vector<int, 3>", "vector")
	fmt.Fprintf(&table, "| Avro | %s |\n|---|%s\n", short.Replace(strings.Join(tableColumns, " | ")), strings.Repeat("---|", len(tableColumns)))
	conversions.WriteString("| Avro | needs | for |\n|---|---|---|\n")
	pairs.WriteString("avro\tcql\tverdict\n")
	for _, row := range avroTypes {
		schema, err := avro.Parse(row.schema, nil)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		table.WriteString("| " + row.name + " |")
		var needs []string
		wanted := map[string][]string{}
		for _, column := range tableColumns {
			letter, conversion := verdict(schema.Shape(), cql(t, column))
			table.WriteString(" " + letter + " |")
			if conversion != "" {
				if wanted[conversion] == nil {
					needs = append(needs, conversion)
				}
				wanted[conversion] = append(wanted[conversion], column)
				letter = conversion
			}
			fmt.Fprintf(&pairs, "%s\t%s\t%s\n", row.name, column, letter)
		}
		table.WriteString("\n")
		for _, conversion := range needs {
			fmt.Fprintf(&conversions, "| %s | `%s` | %s |\n", row.name, conversion, strings.Join(wanted[conversion], ", "))
		}
	}
	golden(t, "testdata/types.tsv", pairs.String())
	section(t, "../docs/types.md", "table", table.String())
	section(t, "../docs/types.md", "conversions", conversions.String())
}

// golden compares a file with what it should hold.
func golden(t *testing.T, path, want string) {
	t.Helper()
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: go test ./mapping -run %s -update", path, t.Name())
	}
}

// section compares the generated part of a page, between its two comments.
func section(t *testing.T, path, name, want string) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), "<!-- generated: "+name+" -->\n")
	_, after, closed := strings.Cut(rest, "<!-- end -->\n")
	if !found || !closed {
		t.Fatalf("%s has no section %s", path, name)
	}
	golden(t, path, before+"<!-- generated: "+name+" -->\n"+want+"<!-- end -->\n"+after)
}

// TestRefusalsSayWhatToDo: each refused pair of the table names the types that
// fit, and the conversion where there is one.
func TestRefusalsSayWhatToDo(t *testing.T) {
	for _, row := range avroTypes {
		schema, err := avro.Parse(row.schema, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range tableColumns {
			_, err := mapping.FitOf(schema.Shape(), cql(t, column), mapping.UnitNone)
			if err == nil {
				continue
			}
			if text := err.Error(); !strings.Contains(text, " cannot become "+column) && !strings.Contains(text, "none of the record's fields") ||
				!strings.Contains(text, "it fits ") && !strings.Contains(text, "none of the record's fields") {
				t.Errorf("%s into %s: %v", row.name, column, err)
			}
		}
	}
}
