package mapping

func fileWords() words {
	return words{
		"version":  {about: "The version of the language: `1`.", value: exactly(1)},
		"defaults": {about: "What tables and topics have that do not say it themselves.", value: ref("defaults")},
		"floor": {
			about: "A date (`2026-01-31`, midnight UTC) or an instant (`2026-01-31T12:00:00Z`): no write timestamp is below it, but for tables with an event time. For tables that another writer stamped with its own clock, set it to the moment of the switch.",
			value: matching(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?$`, "2026-01-31", "2026-01-31T12:00:00Z"),
		},
		"generation": {
			about: "0 (default) to 1000, added to each write timestamp in microseconds. Raise it when a changed mapping is to write history again: the new rows then win over the old ones.",
			value: between(0, MaxGeneration),
		},
		"max_future": {
			about: "How far ahead of now a record may be dated: a whole number with `s`, `m`, `h`, `d` or `w`, from `1m` to `3650d`; 24h by default. One that is dated later holds its partition until its time comes. `off` lets it pass.",
			value: matching(`^([0-9]+[smhdw]|off)$`, "24h", "10m", "off"),
		},
		"topics": {about: "A list of topics.", value: listOf(ref("topic"))},
	}
}

func defaultsWords() words {
	return words{
		"keyspace":    {about: "The keyspace of tables that name none.", value: keyspaceName()},
		"consistency": {about: "The consistency level of writes, as for a table.", value: oneOf(consistencies...)},
		"nulls":       {about: "What a null becomes, as for a table.", value: oneOf(nullsNames[:]...)},
		"on_error":    {about: "What becomes of a record that can never be written, as for a topic.", value: oneOf(onErrorNames[:]...)},
	}
}

func keyspaceName() *jsonSchema { return matching(`^[A-Za-z0-9_]{1,48}$`, "shop") }
