package captured

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Table is the CREATE statement of a table for this connector's records.
func (f *File) Table(keyspace, table string) string {
	var keys, columns []string
	for _, c := range f.Columns(table) {
		cql := c.CQL
		if strings.Contains(cql, "<") {
			cql = "frozen<" + cql + ">"
		}
		columns = append(columns, strconv.Quote(c.Target())+" "+cql) // by is a word of CQL
		if c.Key {
			keys = append(keys, strconv.Quote(c.Target()))
		}
	}
	return fmt.Sprintf("CREATE TABLE %s.%s (%s, PRIMARY KEY (%s))", keyspace, Target(table), strings.Join(columns, ", "), strings.Join(keys, ", "))
}

// Target is the name in CQL of a source's table.
func Target(table string) string { return strings.ReplaceAll(table, "-", "_") }

// Mapping is a mapping file that follows topics, given with their tables, into
// tables of the same names.
func (f *File) Mapping(keyspace string, tables map[string]string) string {
	out := &strings.Builder{}
	fmt.Fprint(out, "version: 1\ntopics:\n")
	for _, topic := range slices.Sorted(maps.Keys(tables)) {
		f.entry(out, topic, keyspace, tables[topic])
	}
	return out.String()
}

func (f *File) entry(out *strings.Builder, topic, keyspace, table string) {
	envelope := "debezium"
	if gone := f.Unavailable(); gone != "" {
		envelope = "{type: debezium, unavailable: '" + gone + "'}"
	}
	fmt.Fprintf(out, "  - topic: %s\n    envelope: %s\n    tables:\n      - table: %s.%s\n        columns_from: value\n        columns:\n", topic, envelope, keyspace, Target(table))
	for _, c := range f.Columns(table) {
		switch {
		case c.Path != "":
			fmt.Fprintf(out, "          %s: %s\n", c.Target(), c.Path)
		case c.Key:
			fmt.Fprintf(out, "          %s: key.%s\n", c.Target(), c.Name)
		}
	}
}
