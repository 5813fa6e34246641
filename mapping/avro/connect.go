package avro

import (
	"math"
	"strconv"

	hamba "github.com/hamba/avro/v2"

	"ingest/mapping"
)

// connectNames are the semantic types of Kafka Connect and Debezium, which their
// Avro converters keep in a type's "connect.name". Where Avro's own logical type
// says something, that counts. Strings need nothing: what text becomes is decided
// by the column (Uuid, Json, Enum, Xml, ZonedTimestamp, IsoDate, Interval, …).
var connectNames = map[mapping.Kind]map[string]mapping.Logical{
	mapping.KindInt: {
		"org.apache.kafka.connect.data.Date": mapping.LogicalDate,
		"org.apache.kafka.connect.data.Time": mapping.LogicalTimeMillis,
		"io.debezium.time.Date":              mapping.LogicalDate,
		"io.debezium.time.Time":              mapping.LogicalTimeMillis,
	},
	mapping.KindLong: {
		"org.apache.kafka.connect.data.Timestamp": mapping.LogicalTimestampMillis,
		"io.debezium.time.Timestamp":              mapping.LogicalLocalTimestampMillis,
		"io.debezium.time.MicroTimestamp":         mapping.LogicalLocalTimestampMicros,
		"io.debezium.time.NanoTimestamp":          mapping.LogicalLocalTimestampNanos,
		"io.debezium.time.MicroTime":              mapping.LogicalTimeMicros,
		"io.debezium.time.NanoTime":               mapping.LogicalTimeNanos,
		"io.debezium.time.MicroDuration":          mapping.LogicalMicroDuration,
		"io.debezium.time.NanoDuration":           mapping.LogicalNanoDuration,
	},
	mapping.KindBytes:  {"io.debezium.data.Bits": mapping.LogicalBits},
	mapping.KindString: {"io.debezium.data.Uuid": mapping.LogicalUUID},
}

const (
	connectDecimal      = "org.apache.kafka.connect.data.Decimal"
	variableScaleRecord = "io.debezium.data.VariableScaleDecimal"
	// maxConnectPrecision is what Confluent's converter writes when the connector
	// says none.
	maxConnectPrecision = 64
)

// setConnect gives a shape without a logical type the one of its connect.name.
func setConnect(shape *mapping.Shape, props hamba.PropertySchema) {
	name, _ := props.Prop("connect.name").(string)
	switch {
	case name == "" || shape.Logical != mapping.LogicalNone:
	case name == connectDecimal && (shape.Kind == mapping.KindBytes || shape.Kind == mapping.KindFixed):
		setConnectDecimal(shape, props)
	default:
		shape.Logical = connectNames[shape.Kind][name]
	}
}

// setConnectDecimal takes the scale from connect.parameters, where it is a text
// and may be negative, as Oracle's NUMBER(5,-2) makes it.
func setConnectDecimal(shape *mapping.Shape, props hamba.PropertySchema) {
	parameters, _ := props.Prop("connect.parameters").(map[string]any)
	text, _ := parameters["scale"].(string)
	scale, err := strconv.ParseInt(text, 10, 32)
	if err != nil || scale == math.MinInt32 {
		return
	}
	shape.Logical, shape.Scale, shape.Precision = mapping.LogicalDecimal, int(scale), maxConnectPrecision
	text, _ = parameters["connect.decimal.precision"].(string)
	if precision, err := strconv.ParseInt(text, 10, 32); err == nil && precision > 0 {
		shape.Precision = int(precision)
	}
}

// setVariableScale marks Debezium's record of a number and its own scale.
func setVariableScale(shape *mapping.Shape, props hamba.PropertySchema) {
	name, _ := props.Prop("connect.name").(string)
	if name != variableScaleRecord && shape.Name != variableScaleRecord || len(shape.Fields) != 2 {
		return
	}
	scale, value := &shape.Fields[0], &shape.Fields[1]
	if scale.Name == "scale" && scale.Shape.Kind == mapping.KindInt && value.Name == "value" && value.Shape.Kind == mapping.KindBytes {
		shape.Logical = mapping.LogicalVariableScaleDecimal
	}
}
