package mapping

// Topic is one entry of a mapping file's topics.
type Topic struct {
	Name   string
	Key    Format
	Value  Format
	Tables []TableMapping
}

// Format says how a key or a value is encoded.
type Format struct {
	Kind    FormatKind
	Subject string // names another subject than the topic's; empty: <topic>-key or <topic>-value
}

// FormatKind is an encoding of keys and values.
type FormatKind uint8

// The formats. FormatNone is a key that nobody reads.
const (
	FormatAvro FormatKind = iota
	FormatString
	FormatLong
	FormatNone
)
