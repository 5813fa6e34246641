package draft

import (
	"fmt"
	"strings"

	"ingest/mapping"
)

// lines gathers lines whose comments stand in one column.
type lines struct{ texts, comments []string }

func (l *lines) add(comment, format string, args ...any) {
	l.texts = append(l.texts, fmt.Sprintf(format, args...))
	l.comments = append(l.comments, comment)
}

// maxIndent bounds how far to the right comments stand.
const maxIndent = 60

func (l *lines) write(mark string) string {
	width := 0
	for i, text := range l.texts {
		if l.comments[i] != "" && len(text) <= maxIndent {
			width = max(width, len(text))
		}
	}
	var b strings.Builder
	for i, text := range l.texts {
		if l.comments[i] != "" {
			text = fmt.Sprintf("%-*s %s %s", width, text, mark, l.comments[i])
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}

// mapping writes the mapping file.
func (t *table) mapping() string {
	in := t.in
	var l lines
	l.add("", "# Drafted by `ingest init` from %s.", in.Origin)
	l.add("", "# Check it with `ingest validate`; docs/mapping.md says what else a mapping can do.")
	l.add("", "version: 1")
	l.add("", "defaults:")
	l.add("", "  keyspace: %s", in.Keyspace)
	l.add("", "topics:")
	l.add("", "  - topic: %s", in.Topic)
	t.formats(&l)
	l.add("", "    tables:")
	l.add("PRIMARY KEY "+keyText(t.keys), "      - table: %s", t.name)
	if t.byKey {
		l.add("a null value deletes the row", "        tombstone: delete")
	} else {
		l.add("a null value cannot say which row", "        tombstone: ignore")
	}
	if t.nullable {
		l.add("without this a null leaves what the column holds", "        # nulls: tombstone")
	}
	l.add("", "        columns:")
	for _, c := range append(t.keys[:len(t.keys):len(t.keys)], t.columns...) {
		l.add(fmt.Sprintf("%s, from %s", c.typ, c.note), "          %s: %s", yamlKey(c.name), c.from)
	}
	for _, o := range t.leftOut {
		l.add("", "          # left out: %s: %s", o.path, o.why)
	}
	return l.write("#")
}

// formats writes how keys and values are encoded.
func (t *table) formats(l *lines) {
	in := t.in
	switch {
	case !t.byKey:
		l.add("the key is not read", "    key: {format: none}")
	case in.Key == nil:
		l.add("", "    key: {format: %s}", in.KeyFormat)
	case in.KeySubject != "":
		l.add("", "    key: {format: avro, subject: '%s'}", in.KeySubject)
	default:
		l.add("", "    key: {format: avro}")
	}
	if in.ValueSubject != "" {
		l.add("", "    value: {format: avro, subject: '%s'}", in.ValueSubject)
	}
}

func keyText(keys []column) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = quoted(k.name)
	}
	return "((" + strings.Join(list, ", ") + "))"
}

// ddl writes the statements that create the table.
func (t *table) ddl() string {
	keyspace := quoted(t.in.Keyspace)
	var b strings.Builder
	fmt.Fprintf(&b, "-- Drafted by `ingest init` from %s.\n", t.in.Origin)
	b.WriteString("-- One replica is for a first try: where rows must not be lost, create the keyspace with three before this runs.\n")
	fmt.Fprintf(&b, "CREATE KEYSPACE IF NOT EXISTS %s\n  WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};\n", keyspace)
	for i, typ := range t.types.types {
		b.WriteString("\n" + createType(keyspace, typ, t.types.origins[i]))
	}
	var l lines
	for _, c := range append(t.keys[:len(t.keys):len(t.keys)], t.columns...) {
		l.add(c.from+", "+c.note, "  %s %s,", quoted(c.name), c.typ)
	}
	fmt.Fprintf(&b, "\nCREATE TABLE IF NOT EXISTS %s.%s (\n%s  PRIMARY KEY %s\n);\n", keyspace, quoted(t.name), l.write("--"), keyText(t.keys))
	return b.String()
}

func createType(keyspace string, typ *mapping.Type, origin string) string {
	var fields []string
	for i, name := range typ.Fields {
		fields = append(fields, "  "+quoted(name)+" "+typ.Elems[i].String())
	}
	return fmt.Sprintf("CREATE TYPE IF NOT EXISTS %s.%s ( -- %s\n%s\n);\n", keyspace, quoted(typ.Name), origin, strings.Join(fields, ",\n"))
}
