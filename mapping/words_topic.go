package mapping

func topicWords() words {
	return words{
		"topic":   {about: "The name of one topic. Each topic has one entry.", value: topicText()},
		"topics":  {about: "In place of `topic`: a list of topics that are fed alike.", see: "several-topics", value: listOf(topicText())},
		"pattern": {about: "In place of `topic`: a regular expression for the names of topics, also of those to come.", see: "several-topics", value: text(`^orders\..+`)},
		"key": {
			about: "How keys are encoded: `{format: avro}`, `string` (UTF-8), `long` or `int` (8 or 4 bytes, big-endian), `uuid` (its text), `bytes` or `none` (not read).", see: "keys",
			value: formatOf(formatNames[:]),
		},
		"value":     {about: "How values are encoded: `{format: avro}`, which is the default and the only format.", see: "where-schemas-come-from", value: formatOf(formatNames[:1])},
		"on_error":  {about: "What becomes of a record that can never be written: `dead_letter` (default), `skip` or `fail`.", see: "records-that-cannot-be-written", value: oneOf(onErrorNames[:]...)},
		"unmatched": {about: "What becomes of a record that no table's `record` takes: `dead_letter` (default) or `skip`.", see: "several-record-types-in-one-topic", value: oneOf("dead_letter", "skip")},
		"envelope":  {about: "`debezium`: values are the events of Debezium's connectors.", see: "debezium", value: anyOf(oneOf("debezium"), ref("envelope"))},
		"truncate":  {about: "What the event of a truncated table becomes, with `envelope: debezium`: `dead_letter` (default) or `ignore`.", value: oneOf("dead_letter", "ignore")},
		"tables":    {about: "A list of tables. One record gives each of them one row, or with `for_each` one row for each item. Its offset waits for all of them.", value: listOf(ref("table"))},
	}
}

func envelopeWords() words {
	return words{
		"type": {about: "`debezium`.", value: oneOf("debezium")},
		"unavailable": {
			about: "The connector's `unavailable.value.placeholder`, where it is not the default: a text, or `hex:` and the digits of its bytes.",
			value: text("__gone__", "hex:7e676f6e657e"),
		},
	}
}

func formatWords() words {
	return words{
		"format":  {about: "The encoding.", value: oneOf(formatNames[:]...)},
		"subject": {about: "Another subject of the schema registry than `<topic>-key` and `<topic>-value`; beside `format: avro`.", value: text("com.acme.Device")},
		"schema":  {about: "A file with the one schema of all keys or values, relative to the mapping file, in place of the schema registry.", see: "where-schemas-come-from", value: text("order.avsc")},
	}
}

// formatOf is a format of some encodings only.
func formatOf(kinds []string) *jsonSchema {
	return &jsonSchema{AllOf: []*jsonSchema{ref("format"), {Properties: map[string]*jsonSchema{"format": oneOf(kinds...)}}}}
}

func topicText() *jsonSchema { return matching(`^[A-Za-z0-9._-]{1,249}$`, "orders") }
