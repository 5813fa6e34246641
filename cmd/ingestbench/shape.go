package main

import "fmt"

// keyspace holds the tables of the measurements.
const keyspace = "ingestbench"

// shape says how the rows of a topic fall into Cassandra partitions.
type shape struct {
	name       string
	text       string // for the report
	key        string // the first field and column, which is also the Kafka key
	primaryKey string // in CQL
	devices    int    // keys that take turns; 0: every record has a key of its own
}

var shapes = []shape{
	{
		name: "interleaved", text: "rows of 1,000 Cassandra partitions arrive interleaved",
		key: "device", primaryKey: "((device), seq)", devices: 1000,
	},
	{
		name: "scattered", text: "every row is a Cassandra partition of its own",
		key: "id", primaryKey: "(id)",
	},
}

// shapesNamed gives the shapes of --shape.
func shapesNamed(name string) ([]shape, error) {
	if name == "both" {
		return shapes, nil
	}
	for _, s := range shapes {
		if s.name == name {
			return []shape{s}, nil
		}
	}
	return nil, fmt.Errorf("--shape %q is none of interleaved, scattered, both", name)
}

// keyNumber numbers the keys: records of one number share a Cassandra partition.
func (s *shape) keyNumber(record int) int {
	if s.devices == 0 {
		return record
	}
	return record % s.devices
}

// partition gives a record's Kafka partition. All records of a key are in one.
func (s *shape) partition(record, partitions int) int { return s.keyNumber(record) % partitions }

// column is one column of the table; its name is that of the record's field.
type column struct{ name, cql, avro string }

// columns are those of the table, in the order of the record's fields.
func (s *shape) columns() []column {
	return []column{
		{s.key, "text", `"string"`},
		{"seq", "bigint", `"long"`},
		{"measured_at", "timestamp", `{"type": "long", "logicalType": "timestamp-millis"}`},
		{"temperature", "double", `"double"`},
		{"pressure", "double", `"double"`},
		{"cycles", "int", `"int"`},
		{"errors", "int", `"int"`},
		{"running", "boolean", `"boolean"`},
		{"alarm", "boolean", `"boolean"`},
		{"site", "text", `"string"`},
		{"note", "text", `["null", "string"]`},
		{"state", "text", `{"type": "enum", "name": "State", "symbols": ["IDLE", "WARMING", "WORKING", "SERVICE"]}`},
	}
}

// columnCount is len of what columns gives.
const columnCount = 12

// keyColumns is how many of the first columns make the primary key.
func (s *shape) keyColumns() int {
	if s.devices == 0 {
		return 1
	}
	return 2
}
