package mapping

// Format says how a key or a value is encoded.
type Format struct {
	Kind    FormatKind
	Subject string // names another subject than the topic's; empty: <topic>-key or <topic>-value
	Schema  *GivenSchema
	Pos     Pos // of `key:` or `value:`; zero when the file does not say
}

// GivenSchema is `schema:`, the one schema of all keys or values of a topic. They
// have no framing then, and the schema registry is not asked.
type GivenSchema struct {
	Path string // as the mapping file has it
	Text string // what that file holds; empty before File.ReadSchemas
	Pos  Pos
}

// FormatKind is an encoding of keys and values.
type FormatKind uint8

// The formats. FormatNone is a key that nobody reads.
const (
	FormatAvro FormatKind = iota
	FormatString
	FormatLong
	FormatInt
	FormatUUID
	FormatBytes
	FormatNone
)

var formatNames = [...]string{"avro", "string", "long", "int", "uuid", "bytes", "none"}

// String gives the word that the mapping file uses.
func (k FormatKind) String() string { return formatNames[k] }

// plainShapes are what keys that need no schema hold.
var plainShapes = [...]*Shape{
	FormatString: {Kind: KindString},
	FormatLong:   {Kind: KindLong},
	FormatInt:    {Kind: KindInt},
	FormatUUID:   {Kind: KindString, Logical: LogicalUUID},
	FormatBytes:  {Kind: KindBytes},
	FormatNone:   nil,
}

// Shape gives what a key of a format without schema holds: a UUID is its text.
// It is nil for FormatAvro, whose schemas say it, and for FormatNone.
func (k FormatKind) Shape() *Shape { return plainShapes[k] }
