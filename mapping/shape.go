package mapping

// Shape describes the values of a source schema without tying them to the
// library that parsed it. Recursive schemas make cyclic shapes.
type Shape struct {
	Kind      Kind
	Logical   Logical
	Name      string   // full name of a record, enum or fixed
	Size      int      // bytes of a fixed
	Precision int      // digits of a decimal
	Scale     int      // digits of a decimal after the point; Kafka Connect's may be negative
	Symbols   []string // of an enum, in the writer's order
	Elem      *Shape   // of an array or a map's values
	Fields    []Field  // of a record, in the writer's order
	Branches  []*Shape // of a union, in the writer's order
}

// Field is one field of a record shape.
type Field struct {
	Name    string
	Aliases []string
	Shape   *Shape
}

// Kind is an Avro primitive or complex type.
type Kind uint8

// The kinds of the Avro 1.12 specification.
const (
	KindNull Kind = iota
	KindBoolean
	KindInt
	KindLong
	KindFloat
	KindDouble
	KindBytes
	KindString
	KindFixed
	KindEnum
	KindArray
	KindMap
	KindRecord
	KindUnion
)

var kindNames = [...]string{"null", "boolean", "int", "long", "float", "double", "bytes", "string",
	"fixed", "enum", "array", "map", "record", "union"}

func (k Kind) String() string { return kindNames[k] }

// Logical is an Avro logical type. One that the specification does not know, or
// that does not fit its base type, is LogicalNone: the base type counts.
type Logical uint8

// The logical types of the Avro 1.12 specification, and what Debezium adds.
const (
	LogicalNone Logical = iota
	LogicalDecimal
	LogicalBigDecimal
	LogicalUUID
	LogicalDate
	LogicalTimeMillis
	LogicalTimeMicros
	LogicalTimestampMillis
	LogicalTimestampMicros
	LogicalTimestampNanos
	LogicalLocalTimestampMillis
	LogicalLocalTimestampMicros
	LogicalLocalTimestampNanos
	LogicalDuration
	// Those of Debezium that Avro has no name for.
	LogicalTimeNanos            // a long
	LogicalMicroDuration        // a long
	LogicalNanoDuration         // a long
	LogicalBits                 // bytes, the lowest first
	LogicalVariableScaleDecimal // a record of scale and value
)

var logicalNames = [...]string{"", "decimal", "big-decimal", "uuid", "date", "time-millis", "time-micros",
	"timestamp-millis", "timestamp-micros", "timestamp-nanos",
	"local-timestamp-millis", "local-timestamp-micros", "local-timestamp-nanos", "duration",
	"NanoTime", "MicroDuration", "NanoDuration", "Bits", "VariableScaleDecimal"}

func (l Logical) String() string { return logicalNames[l] }

// String names the shape as a person would: "long (timestamp-millis)".
func (s *Shape) String() string {
	switch {
	case s.Kind == KindUnion && s.Nullable() && len(s.Branches) == 2:
		return "nullable " + s.NonNull().String()
	case s.Logical != LogicalNone:
		return s.Kind.String() + " (" + s.Logical.String() + ")"
	case s.Kind == KindArray || s.Kind == KindMap:
		return s.Kind.String() + " of " + s.Elem.label()
	case s.Name != "":
		return s.Kind.String() + " " + s.Name
	}
	return s.Kind.String()
}

// label is String without descending, so that cyclic shapes end.
func (s *Shape) label() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Kind.String()
}

// Nullable reports whether the shape is null or a union with a null branch.
func (s *Shape) Nullable() bool {
	if s.Kind == KindNull {
		return true
	}
	for _, b := range s.Branches {
		if b.Kind == KindNull {
			return true
		}
	}
	return false
}

// NonNull gives the only branch of a union that is not null, and the shape
// itself when it is no union or has several such branches.
func (s *Shape) NonNull() *Shape {
	var found *Shape
	for _, b := range s.Branches {
		if b.Kind == KindNull {
			continue
		}
		if found != nil {
			return s
		}
		found = b
	}
	if found == nil {
		return s
	}
	return found
}
