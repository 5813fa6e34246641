package mapping

// word says what a key of the file is for: to people on docs/mapping.md, and to
// editors in the JSON Schema, which checks its value too. Every key has one; the
// tests say which is missing.
type word struct {
	about string      // sentences in Markdown
	see   string      // the place on docs/mapping.md that says more; empty: none
	value *jsonSchema // what may stand there
}

// words are those of one entry's keys, by key.
type words map[string]word

// entryKind is a kind of entry that the file has: its keys in the parser's order.
type entryKind struct {
	name     string // in the JSON Schema and in the page's markers
	keys     []string
	required []string
	words    words
}

// entries gives every kind of entry, the file first.
func entries() []entryKind {
	return []entryKind{
		entryOf("file", fileKeys, fileWords()),
		entryOf("defaults", defaultsKeys, defaultsWords()),
		entryOf("topic", topicKeys, topicWords()),
		entryOf("format", formatKeys, formatWords()),
		entryOf("envelope", envelopeKeys, envelopeWords()),
		entryOf("table", tableKeys, tableWords()),
		entryOf("column", columnKeys, columnWords()),
		entryOf("timestamp", eventTimeKeys, timestampWords()),
	}
}

func entryOf[T any](name string, keys []key[T], w words) entryKind {
	e := entryKind{name: name, keys: keyNames(keys), words: w}
	for _, k := range keys {
		if k.required {
			e.required = append(e.required, k.name)
		}
	}
	return e
}
