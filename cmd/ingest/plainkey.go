package main

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"ingest/mapping"
	"ingest/mapping/avro"
)

// plainKey writes a key that --key gives as Kafka's own serializers do.
func plainKey(kind mapping.FormatKind, text string) ([]byte, error) {
	switch kind {
	case mapping.FormatString, mapping.FormatNone:
		return []byte(text), nil
	case mapping.FormatUUID:
		return []byte(strings.ToLower(text)), nil
	case mapping.FormatLong, mapping.FormatInt:
		return numberKey(kind, text)
	}
	return nil, usage("--key", fmt.Errorf("the topic's keys are of format %s: give 0x and the key's bytes in hexadecimal digits", kind))
}

func numberKey(kind mapping.FormatKind, text string) ([]byte, error) {
	bits := 64
	if kind == mapping.FormatInt {
		bits = 32
	}
	n, err := strconv.ParseInt(text, 10, bits)
	switch {
	case err != nil:
		return nil, usage("--key", fmt.Errorf("the topic's keys are %s: give a whole number of %d bits", kind, bits))
	case bits == 32:
		return binary.BigEndian.AppendUint32(nil, uint32(n)), nil
	}
	return binary.BigEndian.AppendUint64(nil, uint64(n)), nil
}

// encodeGiven encodes JSON with a schema that the mapping file gives. It has no
// framing.
func encodeGiven(given *mapping.GivenSchema, text []byte, flag string) ([]byte, error) {
	schema, err := avro.Parse(given.Text, nil)
	if err != nil {
		return nil, misconfigured(fmt.Errorf("schema %s: %w", given.Path, err))
	}
	body, err := schema.EncodeJSON(text)
	if err != nil {
		return nil, usage(flag, fmt.Errorf("schema %s: %w", given.Path, err))
	}
	return body, nil
}
