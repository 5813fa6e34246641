package avro

import (
	"math"

	hamba "github.com/hamba/avro/v2"

	"ingest/mapping"
)

// logicals are the logical types that need nothing but their base type. Those
// of a fixed also need its size; decimal has rules of its own.
var logicals = map[mapping.Kind]map[string]mapping.Logical{
	mapping.KindInt: {"date": mapping.LogicalDate, "time-millis": mapping.LogicalTimeMillis},
	mapping.KindLong: {
		"time-micros":            mapping.LogicalTimeMicros,
		"timestamp-millis":       mapping.LogicalTimestampMillis,
		"timestamp-micros":       mapping.LogicalTimestampMicros,
		"timestamp-nanos":        mapping.LogicalTimestampNanos,
		"local-timestamp-millis": mapping.LogicalLocalTimestampMillis,
		"local-timestamp-micros": mapping.LogicalLocalTimestampMicros,
		"local-timestamp-nanos":  mapping.LogicalLocalTimestampNanos,
	},
	mapping.KindString: {"uuid": mapping.LogicalUUID},
	mapping.KindBytes:  {"big-decimal": mapping.LogicalBigDecimal},
}

// setLogical gives a shape its logical type. One that is unknown or does not
// fit its base type is ignored, as the specification wants.
func setLogical(shape *mapping.Shape, known hamba.LogicalSchema, props hamba.PropertySchema) {
	name, _ := props.Prop("logicalType").(string) // here when hamba did not take it
	if known != nil {
		name = string(known.Type())
	}
	switch {
	case name == "decimal":
		setDecimal(shape, known, props)
	case shape.Kind == mapping.KindFixed && name == "uuid" && shape.Size == 16:
		shape.Logical = mapping.LogicalUUID
	case shape.Kind == mapping.KindFixed && name == "duration" && shape.Size == 12:
		shape.Logical = mapping.LogicalDuration
	default:
		shape.Logical = logicals[shape.Kind][name]
	}
}

func setDecimal(shape *mapping.Shape, known hamba.LogicalSchema, props hamba.PropertySchema) {
	if shape.Kind != mapping.KindBytes && shape.Kind != mapping.KindFixed {
		return
	}
	precision, scale := number(props.Prop("precision")), number(props.Prop("scale"))
	if d, ok := known.(*hamba.DecimalLogicalSchema); ok {
		precision, scale = d.Precision(), d.Scale()
	}
	switch {
	case precision < 1 || scale < 0 || scale > precision || scale > math.MaxInt32:
		return
	case shape.Kind == mapping.KindFixed && float64(precision) > math.Floor(math.Log10(2)*float64(8*shape.Size-1)):
		return // more digits than n bytes of two's complement hold
	}
	shape.Logical, shape.Precision, shape.Scale = mapping.LogicalDecimal, precision, scale
}

// number reads a whole number of a schema's properties, 0 when it is none or
// absurd: precision then is invalid and scale has its default.
func number(v any) int {
	f, ok := v.(float64)
	switch {
	case !ok && v != nil, f != math.Trunc(f), math.Abs(f) > math.MaxInt32:
		return -1
	}
	return int(f)
}
