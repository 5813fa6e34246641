package mapping

func tableWords() words {
	return words{
		"table": {
			about: "`table` or `keyspace.table`, in their true case and without quotes.",
			value: matching(`^[A-Za-z0-9_]{1,48}(\.[A-Za-z0-9_]{1,48})?$`, "orders", "shop.orders"),
		},
		"keyspace":     {about: "The table's keyspace. Else the one in `table`, that of `defaults`, or `INGEST_CASSANDRA_KEYSPACE`.", value: keyspaceName()},
		"columns":      {about: "What feeds each column, or with `cql` each bind. `columns` or `columns_from` must be there.", see: "a-column", value: columnMap()},
		"columns_from": {about: "`value`, `key` or, with `for_each`, `item`: every column (with `cql`, every bind) that `columns` does not list is fed by the field of its name.", value: oneOf("value", "key", "item")},
		"consistency":  {about: "`LOCAL_QUORUM`, `QUORUM`, `EACH_QUORUM`, `TWO`, `THREE`, `ALL`; `ONE` and `LOCAL_ONE` earn a warning; `ANY` and the serial levels are errors.", value: oneOf(consistencies...)},
		"record":       {about: "The name of the Avro record that this table takes, or a list of names; every record without it.", see: "several-record-types-in-one-topic", value: anyOf(recordName(), listOf(recordName()))},
		"for_each":     {about: "The path of an array or map: one row for each of its items.", see: "one-row-for-each-item", value: text("value.items")},
		"tombstone":    {about: "What a record without a value does: `delete`, `ignore` or `dead_letter`.", value: oneOf(tombstoneNames[:]...)},
		"nulls":        {about: "What a null becomes: `unset`, `tombstone` or `default`.", value: oneOf(nullsNames[:]...)},
		"ttl": {
			about: "How long a row lives, counted from the record's write timestamp: a whole number with `s`, `m`, `h`, `d` or `w`, from 1 s to 630720000 s (20 years); or a path or expression that gives whole seconds or such a text.",
			value: text("30d", "12h", "value.ttl"),
		},
		"write": {about: "What a record with a value does: `upsert` (default), `update`, `insert_if_absent`, `delete` or `counter`.", see: "ways-to-write", value: oneOf(writeModes...)},
		"cql": {
			about: "The statement that writes the rows: one INSERT, UPDATE or DELETE with binds such as `:id`, which `columns` feeds by their names; `:timestamp` is the write timestamp, `:ttl` the rest of the life. In place of `write`, `delete` and `op`.",
			see:   "a-statement-of-your-own", value: text("UPDATE cart USING TIMESTAMP :timestamp SET items[:sku] = :qty WHERE id = :id"),
		},
		"delete":      {about: "What a delete removes: `row` (default), `partition`, or a list of columns.", see: "ways-to-write", value: anyOf(oneOf("row", "partition"), listOf(text("note")))},
		"when":        {about: "An expression: records for which it is not true give no row.", see: "expressions", value: text("value.status != 'TEST'")},
		"delete_when": {about: "An expression: records for which it is true delete their row and write nothing.", see: "expressions", value: text("value.deleted")},
		"timestamp": {
			about: "Where write timestamps come from: `record` (default), or a path or expression that gives the time of the event.", see: "ordering-by-event-time",
			value: anyOf(text("record", "value.updated_at"), ref("timestamp")),
		},
		"accept": {about: "A list of weaker promises that this table may run with: `cross_partition`, `ttl_from_write`, `event_time_ties`, `counter`, `lwt`, `list_append`, `now`, `server_timestamp`.", see: "order-and-what-to-accept", value: listOf(oneOf(labels...))},
	}
}

func columnMap() *jsonSchema {
	return &jsonSchema{Type: "object", MinProperties: 1, AdditionalProperties: anyOf(text("value.customer.id", "key.id"), number(), boolean(), ref("column"))}
}

func recordName() *jsonSchema { return text("com.acme.Order", "Order") }
