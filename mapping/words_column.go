package mapping

func columnWords() words {
	return words{
		"from":    {about: "The path or expression that feeds the column.", value: text("value.note", "key.id", "header['x-request-id']")},
		"const":   {about: "A constant, which may be a text.", value: anyOf(&jsonSchema{Type: "string"}, number(), boolean())},
		"default": {about: "The value where the source has nothing: the record's schema has no such field, the array no such element, the map no such key, the record no such header. Without it the column is left as it is.", value: anyOf(&jsonSchema{Type: "string"}, number(), boolean())},
		"nulls":   {about: "What a null becomes: `unset` (the default) leaves the column as it is, `tombstone` deletes what is in it, `default` takes the column's default, and leaves the column as it is where that has none.", value: oneOf(nullsNames[:]...)},
		"unit":    {about: "For columns of type timestamp fed by plain integers: `s`, `ms` (the default), `us` or `ns` since 1970.", value: oneOf(unitNames[:]...)},
		"op":      {about: "With `write: update`, what becomes of a collection: `append`, `prepend` (lists), `remove` or `put`; without it the value replaces it.", see: "ways-to-write", value: oneOf(cellOps...)},
	}
}

func timestampWords() words {
	return words{
		"from": {about: "The path to the time of the event.", value: text("value.updated_at", "key.at")},
		"unit": {about: "What an integer counts since 1970: `s`, `ms` (the default), `us` or `ns`.", value: oneOf(unitNames[:]...)},
	}
}
