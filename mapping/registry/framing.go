package registry

import (
	"encoding/binary"
	"fmt"

	"ingest/mapping"
	"ingest/retry"
)

// The framing of the Confluent serializers: a zero byte, then the schema id in
// four bytes, big-endian ("Wire format" in the Confluent documentation). It stands
// in front of the payload or, as HeaderSchemaIdSerializer writes it, in a header.
// A header may as well hold a one and the schema's GUID, in 16 bytes.
const (
	magicID   = 0
	magicGUID = 1
	idBytes   = 5
	guidBytes = 17
)

// The headers that say a schema, of keys and of values.
const (
	keyHeader   = "__key_schema_id"
	valueHeader = "__value_schema_id"
)

// schemaRef names a schema as a record does: by the registry's id, or by its GUID,
// whose bytes are two numbers here because registers take those.
type schemaRef struct {
	high, low uint64
	id        int32
	byGUID    bool
}

// String is what messages call it.
func (r schemaRef) String() string {
	if !r.byGUID {
		return fmt.Sprintf("schema id %d", r.id)
	}
	return "schema GUID " + r.text()
}

// text writes the GUID as the registry's API does.
func (r schemaRef) text() string {
	g := r.guid()
	return fmt.Sprintf("%x-%x-%x-%x-%x", g[:4], g[4:6], g[6:8], g[8:10], g[10:])
}

func (r schemaRef) guid() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, r.high), r.low)
}

// frameOf finds which schema a payload was written with, and where its Avro begins.
// A header that names a schema wins over what stands in front of the payload,
// which is then all Avro. One without a value says nothing.
func frameOf(rec *mapping.Record, header string, data []byte) (ref schemaRef, body []byte, err error) {
	if len(rec.Headers) > 0 {
		if value, _ := rec.Header(header); len(value) > 0 {
			ref, err = readHeader(header, value)
			return ref, data, err
		}
	}
	return unframe(data)
}

func readHeader(name string, value []byte) (schemaRef, error) {
	switch {
	case value[0] == magicID && len(value) == idBytes:
		return schemaRef{id: int32(binary.BigEndian.Uint32(value[1:]))}, nil
	case value[0] == magicGUID && len(value) == guidBytes:
		return schemaRef{high: binary.BigEndian.Uint64(value[1:]), low: binary.BigEndian.Uint64(value[9:]), byGUID: true}, nil
	}
	return schemaRef{}, framing("header %s has %d bytes and begins with %#02x: a schema is named by 0 and an id in 4 bytes, or by 1 and a GUID in 16", name, len(value), value[0])
}

// unframe reads the schema id in front of an Avro payload.
func unframe(data []byte) (ref schemaRef, body []byte, err error) {
	switch {
	case len(data) < idBytes:
		return ref, nil, framing("%d bytes are too few for a schema id in front", len(data))
	case data[0] != magicID:
		return ref, nil, framing("the first byte is %#02x, where 0 stands in front of a schema id", data[0])
	}
	return schemaRef{id: int32(binary.BigEndian.Uint32(data[1:idBytes]))}, data[idBytes:], nil
}

func framing(format string, args ...any) error {
	return &retry.Poison{Reason: retry.ReasonFraming, Err: fmt.Errorf(format, args...)}
}
