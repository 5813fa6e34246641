package mapping

import (
	"os"
	"reflect"
	"testing"
)

// TestTimestampFaults shows what people see for a `timestamp:` that is neither
// record nor a path.
func TestTimestampFaults(t *testing.T) {
	src, err := os.ReadFile("testdata/timestamp.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, ds := Parse("timestamp.yaml", src)
	golden(t, "timestamp.golden", rendered(t, ds, src))
}

func TestParseTimestamp(t *testing.T) {
	at := []Step{{Kind: StepField, Name: "at"}}
	for line, want := range map[string]*EventTime{
		"":                                      nil,
		"timestamp: record":                     nil,
		"timestamp: value.at":                   {Source: Source{Root: RootValue, Path: at}, Pos: Pos{8, 20}},
		"timestamp: {from: key.at, unit: us}":   {Source: Source{Root: RootKey, Path: at, Unit: UnitMicros}, Pos: Pos{8, 27}, unitAt: Pos{8, 41}},
		"timestamp: {from: value.at, unit: ms}": {Source: Source{Root: RootValue, Path: at, Unit: UnitMillis}, Pos: Pos{8, 27}, unitAt: Pos{8, 43}},
		"timestamp: meta.timestamp":             {Source: Source{Root: RootMeta, Name: "timestamp"}, Pos: Pos{8, 20}},
	} {
		f := mustParse(t, mapped("", "table: orders\ncolumns_from: value\n"+line))
		if got := f.Topics[0].Tables[0].EventTime; !reflect.DeepEqual(got, want) {
			t.Errorf("%q gives %+v, want %+v", line, got, want)
		}
	}
}

// A key that only the timestamp reads is read as one that a column reads.
func TestTimestampInfersTheKey(t *testing.T) {
	f := mustParse(t, mapped("", "table: orders\ncolumns_from: value\ntimestamp: key.at"))
	if kind := f.Topics[0].Key.Kind; kind != FormatAvro {
		t.Errorf("the key's format is %s", kind)
	}
}
