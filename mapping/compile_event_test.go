package mapping

import (
	"strings"
	"testing"
)

func TestCompileEventTime(t *testing.T) {
	const one = "table: orders\naccept: [event_time_ties]\ntombstone: ignore\ncolumns: {id: key.id}\ntimestamp: "
	const plain = "table: orders\naccept: [event_time_ties]\ntombstone: ignore\ncolumns: {id: key}\ntimestamp: "
	for _, tt := range []struct {
		name, src string
		severity  Severity
		want      string // empty: nothing is said
	}{
		{"a field", mapped(avroKey, one+"value.at"), 0, ""},
		{"a field of the key", mapped(avroKey, one+"key.at"), 0, ""},
		{"the record's time", mapped(avroKey, one+"meta.timestamp"), 0, ""},
		{"the whole of a long key", mapped(longKey, plain+"{from: key, unit: us}"), 0, ""},
		{"not accepted", mapped(avroKey, "table: orders\ntombstone: ignore\ncolumns: {id: key.id}\ntimestamp: value.at"), Error,
			"m.yaml:10:20: records of one row of shop.orders that have the same value.at tie: the larger value wins, whichever record came later (say `accept: [event_time_ties]` if that may be, or `timestamp: record`)"},
		{"a text as key", mapped(stringKey, "table: log\naccept: [event_time_ties]\ntombstone: ignore\ncolumns: {topic: key, partition: meta.partition, offset: meta.offset}\ntimestamp: key"), Error,
			"m.yaml:11:20: the key cannot be the write timestamp: string cannot become a write timestamp: a long can"},
		{"a header", mapped(avroKey, one+"header['at']"), Error, "m.yaml:11:20: header['at'] cannot be the write timestamp: a header is text (take it from value, key or meta.timestamp)"},
		{"the offset", mapped(avroKey, one+"meta.offset"), Error, "m.yaml:11:20: meta.offset cannot be the write timestamp: it is no time (meta.timestamp is the time of the record)"},
		{"a unit of the record's time", mapped(avroKey, one+"{from: meta.timestamp, unit: s}"), Error, "m.yaml:11:49: meta.timestamp counts milliseconds (remove it)"},
		{"deletes without a time", mapped(avroKey, "table: orders\naccept: [event_time_ties]\ncolumns: {id: key.id}\ntimestamp: value.at"), Error,
			"m.yaml:7:16: a record without a value cannot say when it deletes a row of shop.orders: the write timestamp is value.at (say `tombstone: ignore` or `tombstone: dead_letter`, or take the timestamp from key or meta)"},
		{"deletes with one", mapped(avroKey, "table: orders\naccept: [event_time_ties]\ncolumns: {id: key.id}\ntimestamp: key.at"), 0, ""},
		{"a floor", "floor: 2026-01-31\n" + mapped(avroKey, one+"value.at"), Note, "m.yaml:12:20: note: the file's floor does not lift the write timestamps of shop.orders: they are what value.at says"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, ds := compileOne(t, tt.src)
			switch {
			case tt.want == "" && len(ds) > 0:
				t.Errorf("got %v", ds)
			case tt.want == "":
			case len(ds) != 1 || ds[0].Severity != tt.severity:
				t.Errorf("got %v", ds)
			case tt.severity == Error && !strings.HasPrefix(ds.Err().Error(), tt.want), tt.severity != Error && ds[0].String() != tt.want:
				t.Errorf("got  %v %v\nwant %s", ds.Err(), ds, tt.want)
			}
		})
	}
}

func TestCheckEventTimeShapes(t *testing.T) {
	const entry = "table: orders\naccept: [event_time_ties]\ntombstone: ignore\ncolumns: {id: key.id}\ntimestamp: "
	micros := &Shape{Kind: KindLong, Logical: LogicalTimestampMicros}
	for _, tt := range []struct {
		name, timestamp string
		value           []*Shape
		severity        Severity
		want            string
	}{
		{"fits", "value.at", []*Shape{record("O", "at", micros)}, 0, ""},
		{"two units", "value.at", []*Shape{record("O", "at", long), record("O", "at", micros)}, 0, ""},
		{"a text", "value.at", []*Shape{record("O", "at", str)}, Error, "value.at cannot feed the write timestamp in v1: string cannot become a write timestamp: a long can"},
		{"a text in one version", "value.at", []*Shape{record("O", "at", str), record("O", "at", long)}, Error, "value.at cannot feed the write timestamp in v1: "},
		{"an int", "value.at", []*Shape{record("O", "at", primitive(KindInt))}, Error, "value.at cannot feed the write timestamp in v1: int cannot become a write timestamp: with `unit: s` it can"},
		{"a date", "{from: value.at, unit: s}", []*Shape{record("O", "at", &Shape{Kind: KindInt, Logical: LogicalDate})}, Error, "int (date) cannot become a write timestamp"},
		{"nowhere", "value.att", []*Shape{record("O", "at", long)}, Error, "value.att is in no registered schema of this topic's value (looked in 1, up to v1)"},
		{"null", "value.at", []*Shape{record("O", "at", nullable(long))}, Warning, "value.at can be null or absent in v1, and the rows of shop.orders take their write timestamps from it"},
		{"absent in one version", "value.at", []*Shape{record("O", "id", long), record("O", "at", long)}, Warning, "value.at can be null or absent in v1, and "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustCompile(t, mapped(avroKey, entry+tt.timestamp))
			var versions []NamedShape
			for i, s := range tt.value {
				versions = append(versions, NamedShape{"v" + string(rune('1'+i)), s})
			}
			ds := CheckShapes(p, idKey(), versions)
			switch {
			case tt.want == "" && len(ds) > 0:
				t.Errorf("got %v", ds)
			case tt.want == "":
			case len(ds) != 1 || ds[0].Severity != tt.severity || !strings.Contains(ds[0].Message, tt.want):
				t.Errorf("got  %v\nwant %s", ds, tt.want)
			}
		})
	}
}
