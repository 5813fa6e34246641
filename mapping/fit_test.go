package mapping_test

import (
	"strings"
	"testing"

	"ingest/mapping"
)

func list(elem *mapping.Shape) *mapping.Shape {
	return &mapping.Shape{Kind: mapping.KindArray, Elem: elem}
}

func nullable(s *mapping.Shape) *mapping.Shape {
	return &mapping.Shape{Kind: mapping.KindUnion, Branches: []*mapping.Shape{{Kind: mapping.KindNull}, s}}
}

func record(name string, fields ...mapping.Field) *mapping.Shape {
	return &mapping.Shape{Kind: mapping.KindRecord, Name: name, Fields: fields}
}

// scalarTypes are all of CQL's that a column may have, in the order of the
// table's letters below.
var scalarTypes = strings.Fields("boolean tinyint smallint int bigint varint decimal float double timestamp date time duration text ascii blob uuid timeuuid inet counter")

// TestTypeTable is the table of docs/types.md for scalar types: l is lossless,
// c checked, f floored, - refused.
func TestTypeTable(t *testing.T) {
	fixed := func(size int, logical mapping.Logical) *mapping.Shape {
		return &mapping.Shape{Kind: mapping.KindFixed, Name: "F", Size: size, Logical: logical}
	}
	cases := []struct {
		name  string
		shape *mapping.Shape
		fits  string // boolean; tinyint … double; timestamp date time duration; text ascii blob; uuid timeuuid inet; counter
	}{
		{"null", shape(mapping.KindNull), "l llllllll llll lll lll l"},
		{"boolean", shape(mapping.KindBoolean), "l -------- ---- --- --- -"},
		{"int", shape(mapping.KindInt), "- ccllllcl l--- --- --- l"},
		{"long", shape(mapping.KindLong), "- ccclllcc l--- --- --- l"},
		{"float", shape(mapping.KindFloat), "- ------ll ---- --- --- -"},
		{"double", shape(mapping.KindDouble), "- -------l ---- --- --- -"},
		{"bytes", shape(mapping.KindBytes), "- -------- ---- --l --- -"},
		{"string", shape(mapping.KindString), "- ----cc-- fccc ccl ccc -"},
		{"fixed", fixed(8, mapping.LogicalNone), "- -------- ---- --l --- -"},
		{"enum", shape(mapping.KindEnum), "- -------- ---- ll- --- -"},
		{"decimal", decimalShape(9, 2), "- ----cc-- ---- --l --- -"},
		{"big-decimal", shape(mapping.KindBytes, mapping.LogicalBigDecimal), "- -----c-- ---- --l --- -"},
		{"uuid string", shape(mapping.KindString, mapping.LogicalUUID), "- -------- ---- ccl ccc -"},
		{"uuid fixed", fixed(16, mapping.LogicalUUID), "- -------- ---- --l lc- -"},
		{"date", shape(mapping.KindInt, mapping.LogicalDate), "- --ll---- ll-- --- --- -"},
		{"time-millis", shape(mapping.KindInt, mapping.LogicalTimeMillis), "- --ll---- --c- --- --- -"},
		{"time-micros", shape(mapping.KindLong, mapping.LogicalTimeMicros), "- ---l---- --c- --- --- -"},
		{"timestamp-millis", shape(mapping.KindLong, mapping.LogicalTimestampMillis), "- ---l---- lf-- --- --- -"},
		{"timestamp-micros", shape(mapping.KindLong, mapping.LogicalTimestampMicros), "- ---l---- ff-- --- --- -"},
		{"timestamp-nanos", shape(mapping.KindLong, mapping.LogicalTimestampNanos), "- ---l---- ff-- --- --- -"},
		{"local-timestamp-millis", shape(mapping.KindLong, mapping.LogicalLocalTimestampMillis), "- ---l---- lf-- --- --- -"},
		{"local-timestamp-micros", shape(mapping.KindLong, mapping.LogicalLocalTimestampMicros), "- ---l---- ff-- --- --- -"},
		{"local-timestamp-nanos", shape(mapping.KindLong, mapping.LogicalLocalTimestampNanos), "- ---l---- ff-- --- --- -"},
		{"duration", fixed(12, mapping.LogicalDuration), "- -------- ---c --l --- -"},
		{"NanoTime", shape(mapping.KindLong, mapping.LogicalTimeNanos), "- ---l---- --c- --- --- -"},
		{"MicroDuration", shape(mapping.KindLong, mapping.LogicalMicroDuration), "- ---l---- ---c --- --- -"},
		{"NanoDuration", shape(mapping.KindLong, mapping.LogicalNanoDuration), "- ---l---- ---l --- --- -"},
		{"Bits", shape(mapping.KindBytes, mapping.LogicalBits), "- --ccl--- ---- --l --- -"},
		{"array", list(shape(mapping.KindInt)), "- -------- ---- --- --- -"},
		{"record", record("R", mapping.Field{Name: "a", Shape: shape(mapping.KindInt)}), "- -------- ---- --- --- -"},
	}
	letters := map[mapping.Fit]byte{mapping.Lossless: 'l', mapping.Checked: 'c', mapping.Floored: 'f'}
	for _, c := range cases {
		want := strings.ReplaceAll(c.fits, " ", "")
		for i, name := range scalarTypes {
			got := byte('-')
			if fit, err := mapping.FitOf(c.shape, cql(t, name), mapping.UnitNone); err == nil {
				got = letters[fit]
			} else if !strings.Contains(err.Error(), "it fits ") {
				t.Errorf("%s into %s: %v does not say what fits", c.name, name, err)
			}
			if got != want[i] {
				t.Errorf("%s into %s: got %c, want %c", c.name, name, got, want[i])
			}
		}
	}
}

func TestFitOfNested(t *testing.T) {
	person := record("com.acme.Person",
		mapping.Field{Name: "street", Shape: shape(mapping.KindString)},
		mapping.Field{Name: "zipCode", Shape: shape(mapping.KindInt)},
		mapping.Field{Name: "other", Shape: shape(mapping.KindDouble)})
	numbers := &mapping.Shape{Kind: mapping.KindUnion, Branches: []*mapping.Shape{shape(mapping.KindNull), shape(mapping.KindInt), shape(mapping.KindLong)}}
	mixed := &mapping.Shape{Kind: mapping.KindUnion, Branches: []*mapping.Shape{shape(mapping.KindInt), shape(mapping.KindString)}}
	cases := []struct {
		name  string
		shape *mapping.Shape
		cql   string
		want  string
	}{
		{"list", list(shape(mapping.KindInt)), "list<bigint>", "lossless"},
		{"set", list(shape(mapping.KindString)), "set<text>", "checked"},
		{"list of nullable", list(nullable(shape(mapping.KindInt))), "list<int>", "checked"},
		{"nullable list", nullable(list(shape(mapping.KindInt))), "list<int>", "lossless"},
		{"list of lists", list(list(shape(mapping.KindInt))), "list<frozen<list<int>>>", "lossless"},
		{"list of another type", list(shape(mapping.KindString)), "list<int>", "!array of string into list<int>: string cannot become int"},
		{"vector", list(shape(mapping.KindFloat)), "vector<float, 3>", "checked"},
		{"map", &mapping.Shape{Kind: mapping.KindMap, Elem: shape(mapping.KindInt)}, "map<text, int>", "checked"},
		{"map with numbers for keys", &mapping.Shape{Kind: mapping.KindMap, Elem: shape(mapping.KindInt)}, "map<int, int>", "!keys of map of int into map<int, int>"},
		{"map into list", &mapping.Shape{Kind: mapping.KindMap, Elem: shape(mapping.KindInt)}, "list<int>", "!it fits map<text"},
		{"micros in a list", list(shape(mapping.KindLong, mapping.LogicalTimestampMicros)), "list<timestamp>", "floored"},
		{"record into UDT", person, "addr", "checked"},
		{"record into another UDT", record("R", mapping.Field{Name: "x", Shape: shape(mapping.KindInt)}), "addr", "!none of the record's fields"},
		{"record into UDT of another type", record("R", mapping.Field{Name: "street", Shape: shape(mapping.KindInt)}), "addr", "!field street of record R"},
		{"record into tuple", person, "tuple<text, int, double>", "checked"},
		{"record into shorter tuple", person, "tuple<text, int>", "!a tuple of its 3 fields"},
		{"ambiguous field", record("R", mapping.Field{Name: "zipCode", Shape: shape(mapping.KindInt)}, mapping.Field{Name: "ZIP_CODE", Shape: shape(mapping.KindInt)}), "addr", "!matches both zipCode and ZIP_CODE"},
		{"union of numbers", numbers, "bigint", "lossless"},
		{"union of numbers, narrower", numbers, "int", "checked"},
		{"union that fits in part", mixed, "bigint", "!string cannot become bigint"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fit, err := mapping.FitOf(c.shape, cql(t, c.cql), mapping.UnitNone)
			fault, bad := strings.CutPrefix(c.want, "!")
			switch {
			case bad && (err == nil || !strings.Contains(err.Error(), fault)):
				t.Errorf("got %v, want %q", err, fault)
			case !bad && (err != nil || fit.String() != c.want):
				t.Errorf("got %s, %v, want %s", fit, err, c.want)
			}
		})
	}
}

func TestFitOfRecursiveShapeEnds(t *testing.T) {
	tree := record("Tree", mapping.Field{Name: "street", Shape: shape(mapping.KindString)})
	tree.Fields = append(tree.Fields, mapping.Field{Name: "zip_code", Shape: list(tree)})
	if _, err := mapping.FitOf(tree, cql(t, "addr"), mapping.UnitNone); err == nil {
		t.Error("a list of trees became an int")
	}
}
